"""Builds the gateway from its settings: the only place where objects are made and handed to each other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.activating import ActivePolicies, PolicyFiles
from gateway.admitting import PolicyAdmissions
from gateway.allowing import AllowingDetector
from gateway.api import openapi
from gateway.api.access import Accesses, accesses_router
from gateway.api.attributions import attributions_router
from gateway.api.auth import Keys
from gateway.api.breaches import breaches_router
from gateway.api.documents import documents_router
from gateway.api.endpoint import Endpoint, Speech
from gateway.api.erasures import erasures_router
from gateway.api.errors import internal
from gateway.api.exposures import exposures_router
from gateway.api.framing import ChoicesFraming, Framer
from gateway.api.framing_messages import MessagesFraming
from gateway.api.framing_responses import ResponsesFraming
from gateway.api.front import Front
from gateway.api.guardrail import Guardrail, GuardrailFraming
from gateway.api.health import health_router
from gateway.api.incidents import incidents_router
from gateway.api.investigation import investigation_router
from gateway.api.lineage import lineage_router
from gateway.api.log import log_router
from gateway.api.metrics import Metrics
from gateway.api.models import models_router
from gateway.api.openlineage import openlineage_router
from gateway.api.policies import policies_router
from gateway.api.quarantines import quarantines_router
from gateway.api.replays import replays_router
from gateway.api.replies import error_response
from gateway.api.responses import responses_router
from gateway.api.searches import searches_router
from gateway.api.timelines import timelines_router
from gateway.api.traces import traces_router
from gateway.api.upstream import upstream_router
from gateway.api.vector_stores import Searches, VectorStores
from gateway.containing import Containment
from gateway.detectors.pool import PoolDetector
from gateway.dialects.chat import CHAT
from gateway.dialects.completions import COMPLETIONS
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.dialects.guardrail import PROMPT
from gateway.dialects.messages import MESSAGES, TOKEN_COUNT
from gateway.dialects.moderations import MODERATIONS
from gateway.dialects.rerank import RERANK
from gateway.dialects.responses import RESPONSES
from gateway.dialects.vector_stores import CALLER, SearchDialect
from gateway.domain.digests import new_id
from gateway.domain.errors import (
    BadRequest,
    ConfigurationError,
    GatewayError,
    GuardUnavailable,
    LineageUnavailable,
    NotFound,
)
from gateway.domain.json import JSON
from gateway.domain.principals import Principal, Role
from gateway.erasing import Erasing
from gateway.exporting import Exporting
from gateway.fields import Fields
from gateway.following import Followed, Following
from gateway.guards import Guards
from gateway.hashing import Hashing
from gateway.identity import Claims, Identities
from gateway.incidents import Incidents
from gateway.ingest import Ingestor
from gateway.interfaces import Detector, Embedder, Exporter, Ledger, Provider, Retriever
from gateway.investigation import Investigation
from gateway.isolating import Isolation
from gateway.joining import Joining
from gateway.jwks import KeySet
from gateway.lineage.anchoring import Anchoring, Anchors
from gateway.lineage.keys import activation, signer_for
from gateway.lineage.notes import Signer
from gateway.lineage.writer import Writer
from gateway.loaders.extraction import text_of
from gateway.pipeline import Pipeline
from gateway.policy.engine import PolicySet
from gateway.providers.completing import Completing
from gateway.providers.found import FoundProvider
from gateway.providers.ranking import RankingProvider
from gateway.providers.returned import ReturnedProvider
from gateway.providers.translating import TranslatingProvider, Translation
from gateway.providers.translating_messages import MESSAGES_IN_CHAT
from gateway.providers.translating_responses import RESPONSES_IN_CHAT
from gateway.reaching import Reach
from gateway.receiving import Receiver
from gateway.recognition.recogniser import Recogniser
from gateway.registry import configure, construct
from gateway.remembering import Memory
from gateway.replaying import Replaying
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex
from gateway.retrievers.existing import Existing
from gateway.retrievers.recognised import RecognisedRetriever
from gateway.retrievers.traced import TracedRetriever
from gateway.routing import Destination, Routes
from gateway.sections import Adapter, Collection, Log, ProviderSettings, Vault
from gateway.settings import Settings
from gateway.stores import attributing, segments, vectors
from gateway.stores.accesses import SQLAccesses
from gateway.stores.activations import SQLActivations
from gateway.stores.answers import SQLAnswers
from gateway.stores.attributing import Answers, MeaningAttribution, Vectors, WordAttribution, latin
from gateway.stores.attributions import SQLAttributions
from gateway.stores.breaches import SQLBreaches
from gateway.stores.entries import SQLEntries
from gateway.stores.erasing import Eraser
from gateway.stores.exposures import SQLExposures
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.following import Cursors
from gateway.stores.graph import SQLGraph
from gateway.stores.holding import SQLHolds
from gateway.stores.incidents import SQLIncidents
from gateway.stores.indexing import SearchIndexer
from gateway.stores.log import SQLLog
from gateway.stores.masters import Masters
from gateway.stores.meanings import Meaning, MeaningIndexer
from gateway.stores.opening import open_ledger, open_store, upgrade
from gateway.stores.origins import SQLOrigins
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from gateway.stores.recorded import SQLRecorded
from gateway.stores.retaining import Retention
from gateway.stores.scrubbing import scrub
from gateway.stores.sealing import Keyring
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from gateway.stores.spans import SQLSpans
from gateway.stores.sql import SQLStore
from gateway.stores.subjects import SQLSubjects
from gateway.stores.timelines import SQLTimelines
from gateway.stores.tracedresponses import SQLTracedResponses
from gateway.stores.turns import SQLTurns
from gateway.stores.vault import SQLVault
from gateway.stores.versions import SQLVersions
from gateway.subjects import Subjects
from gateway.travelling import Travelling
from gateway.turns import Chains
from gateway.unpacking import Unpacker
from gateway.upstream import Upstreams

log = logging.getLogger(__name__)

TRANSLATIONS: Mapping[str, Translation] = {
    "completions": Completing(),
    "messages": MESSAGES_IN_CHAT,
    "responses": RESPONSES_IN_CHAT,
}
"""What the providers that do not speak it are asked instead, by the dialect that callers speak."""

RETAINER = Principal("lineward", "", frozenset({Role.ADMIN}))
"""Who removes texts for their age."""

SWEEP_SECONDS = 3600.0
"""Between two looks for conversations whose lifetime is over."""

MEANING_RESTS = 4.0
"""How many times longer than it works the comparison of meanings rests: answers need the processors more."""

FEW = 16
"""Entries of which vectors are made at a time: other followers wait for them."""

SPOKEN: Sequence[tuple[Speech, Framer]] = (
    (CHAT, ChoicesFraming),
    (COMPLETIONS, ChoicesFraming),
    (MESSAGES, MessagesFraming),
    (TOKEN_COUNT, MessagesFraming),
    (RESPONSES, ResponsesFraming),
    (EMBEDDINGS, ChoicesFraming),
    (MODERATIONS, ChoicesFraming),
    (RERANK, ChoicesFraming),
)
"""The dialects that are served, and how their answers are written down."""

ALIASES = {"/v2/rerank": "/v1/rerank"}
"""Paths at which callers of another version ask the same: Cohere's."""


@dataclass(frozen=True, slots=True)
class Recognising:
    """What registered chunks and earlier answers are known again by."""

    fingerprints: SQLFingerprints
    answers: SQLAnswers
    recogniser: Recogniser
    memory: Memory

    @classmethod
    def of(cls, url: str) -> "Recognising":
        """Return what knows the texts that the store at *url* remembers."""
        fingerprints, answers = SQLFingerprints(url), SQLAnswers(url)
        recogniser = Recogniser(fingerprints)
        return cls(fingerprints, answers, recogniser, Memory(recogniser, answers))

    def close(self) -> None:
        """Write what is still to be remembered, and close the connections."""
        self.memory.close()
        self.fingerprints.close()
        self.answers.close()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What makes the log trustworthy: who signs it, and whether others keep what it was."""

    origin: str
    log: SQLLog
    signer: Signer | None
    anchors: Anchors | None
    every: timedelta

    @classmethod
    def of(cls, settings: Log, url: str, masters: Masters) -> "Evidence":
        """Return what *settings* say of the log at *url*, whose tables are there."""
        log = SQLLog(url, settings.origin, masters)
        signer = signer_for(settings.signing_key_file, settings.origin, log.signing())
        anchor = settings.anchor
        anchors, every = (Anchors(anchor.url), anchor.every) if anchor else (None, timedelta())
        return cls(settings.origin, log, signer, anchors, every)

    async def announce(self, writer: Writer) -> None:
        """Tell the log which key signs it, if it has not heard of any."""
        if self.signer and not await asyncio.to_thread(self.log.signing):
            log.warning("the lineage log is signed from now on; its public key is %s", self.signer.key)
            await writer.append([activation(self.signer.key)])

    async def anchor(self, writer: Writer) -> None:
        """Anchor the log on its schedule, until cancelled."""
        if self.anchors:
            await Anchoring(self.log, writer, self.anchors, self.every).run()

    @property
    def told(self) -> JSON:
        """What `/readyz` says of it."""
        key = {"key": str(self.signer.key)} if self.signer else {}
        anchors = {"anchors": self.anchors.told} if self.anchors else {}
        return {"origin": self.origin, "signed": self.signer is not None, **key, **anchors}


def _vectors(settings: Settings, local: Embedder) -> Vectors:
    """Return what makes vectors of texts in the thread that asks; its model is loaded for the first of them."""

    async def embedded(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if settings.embedder.kind == "onnx":
            return await local.embed(texts)
        # What is connected belongs to one loop, and each call has its own.
        made: Embedder = configure("embedders", settings.embedder.kind, settings.embedder.fields)
        try:
            return await made.embed(texts)
        finally:
            await made.aclose()

    return lambda texts: asyncio.run(embedded(texts))


@dataclass(frozen=True, slots=True)
class Followers:
    """What works behind the log, how it follows, and what it makes possible."""

    following: Following
    search: SQLSearch
    indexer: SearchIndexer
    index: Cursors
    """The cursors beside the search index."""
    cursors: Cursors
    """Those beside the record."""
    answers: Answers
    words: WordAttribution
    log: SQLEntries

    @classmethod
    def of(cls, settings: Settings, embedder: Embedder | None = None) -> "Followers":
        """Return those who follow the log of *settings*, whose tables are there.

        Without the *embedder* of the settings one is made when meanings are compared.
        """
        url, process = settings.store.url.get_secret_value(), new_id()
        entries, indexer = SQLEntries(url), SearchIndexer(url, settings.masters)
        index, cursors = Cursors(index_url(url), process), Cursors(url, process)
        answers = Answers(url, settings.masters)
        words = WordAttribution(answers)
        made: Embedder = embedder or configure("embedders", settings.embedder.kind, settings.embedder.fields)
        embed = _vectors(settings, made)
        followed = [Followed(indexer, index, segments.clear), Followed(words, cursors, attributing.clear)]
        if settings.meaning != "off":
            meanings = MeaningAttribution(words, answers, embed, latin if settings.meaning == "local" else bool)
            followed.append(Followed(meanings, cursors, attributing.clear, rest=MEANING_RESTS))
        meaning = None
        if settings.searched_meaning != "off":
            meaning = Meaning(made.version, embed, latin if settings.searched_meaning == "local" else bool)
            finder = MeaningIndexer(answers.texts, meaning)
            followed.append(Followed(finder, index, vectors.clear, rest=MEANING_RESTS, together=FEW))
        search = SQLSearch(url, settings.masters, meaning)
        return cls(Following(entries, followed), search, indexer, index, cursors, answers, words, entries)

    def restart(self) -> None:
        """Remove what was derived, so that it is derived again. Raises `LineageUnavailable`."""
        self.index.restart(self.indexer.name, vectors.clear)  # also where no follower makes them any more
        self.following.restart()

    def close(self) -> None:
        """End the work, and close the connections."""
        self.following.close()
        for one in (self.search, self.indexer, self.index, self.cursors, self.answers, self.log):
            one.close()


@dataclass(frozen=True, slots=True)
class Tracing:
    """What spans of applications tell, and how it comes into the record."""

    spans: SQLSpans
    retriever: TracedRetriever
    joining: Joining

    async def aclose(self) -> None:
        """Return when nothing is on its way any more."""
        await self.joining.aclose()
        self.spans.close()


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every object of one process, built and connected, not yet started."""

    settings: Settings
    keys: Keys
    policy_files: PolicyFiles
    guards: Guards
    embedder: Embedder
    collections: ChromaCollections
    index: ChromaIndex
    retrievers: Sequence[Retriever]
    providers: Mapping[str, Provider]
    writer: Writer
    ledger: Ledger
    questions: Questions
    """Asks the store what the ledger does not answer."""
    upstreams: Upstreams
    travelling: Travelling
    containment: Containment
    pipeline: Pipeline
    metrics: Metrics
    vault: SQLVault | None
    turns: SQLTurns | None
    recognising: Recognising
    evidence: Evidence
    followers: Followers
    tracing: Tracing | None
    exporting: Exporting

    @property
    def policies(self) -> ActivePolicies:
        """The policy set that decides."""
        return self.policy_files.active

    async def activate(self) -> tuple[PolicySet, bool]:
        """Put the policy files as they are now in force; see `PolicyFiles.activate`."""
        settings = self.settings
        found = await self.policy_files.activate(
            self.writer,
            SQLActivations(self.questions),
            lambda policies: self.guards.problems(
                policies, hashes=settings.policies.hash_key is not None, destinations=settings.destinations
            ),
        )
        log.info("policies %s decide, %d rules", found[0].digest, len(found[0].rules))
        return found

    def loaded(self) -> Mapping[str, JSON]:
        """Return what is really loaded, for `/readyz`."""
        policies = self.policies.current
        state = "refused" if self.policy_files.refused else "active"
        return {
            "policy": {"digest": policies.digest, "rules": len(policies.rules), "files": state},
            **self.guards.loaded(self.policies.current).told,
            "retrievers": [adapter.kind for adapter in self.settings.retrievers],
            "providers": [*self.providers],
            "evidence": self.evidence.told,
            "exporters": dict(self.exporting.told),
        }

    def ingestor(self) -> Ingestor:
        """Return what brings documents in, under the policies that decide now."""
        return Ingestor(
            self.policies.current, self.detector, self.embedder, self.index, self.ledger, self.writer,
            self.embedder.facts, self.settings.source_labels, self.recognising.recogniser, self.containment,
            self.travelling, self.policies.current.defaults.unlabelled,
        )  # fmt: skip

    @property
    def detector(self) -> AllowingDetector:
        """What looks at documents on their way in."""
        return self.guards.everything

    async def start(self) -> None:
        """Load what would make the first answer wait, start the log's writer, and note which policies decide now.

        Raises `LineageUnavailable` when the log does not take that, `GuardUnavailable` when a detector that is waited
        for will never look.
        """
        await self.detector.prepare()
        if any(adapter.kind == "recognised" for adapter in self.settings.retrievers):
            await asyncio.to_thread(self.recognising.recogniser.catch_up)
        self.writer.start()
        if self.vault:
            await asyncio.to_thread(self.vault.sweep)
        if self.turns:
            await asyncio.to_thread(self.turns.sweep)
        for provider in self.providers.values():
            await provider.prepare()
        await self.evidence.announce(self.writer)
        await self.policy_files.announce(self.writer, SQLActivations(self.questions), self.policies.current)
        self.followers.following.start()
        self.exporting.start()

    async def stop(self) -> None:
        """Close everything; what was handed to the log is written first."""
        for provider in self.providers.values():
            await provider.aclose()
        await self.detector.aclose()
        await self.embedder.aclose()
        if self.tracing:
            await self.tracing.aclose()
        await asyncio.to_thread(self.exporting.close)
        await asyncio.to_thread(self.followers.close)
        await asyncio.to_thread(self.writer.close)
        self.ledger.close()
        self.questions.close()
        self.evidence.log.close()
        await asyncio.to_thread(self.recognising.close)
        self.collections.close()
        if self.vault:
            self.vault.close()
        if self.turns:
            self.turns.close()


def build(settings: Settings) -> Gateway:
    """Return the gateway that *settings* describe. Creates or upgrades the store's tables.

    Raises `ConfigurationError` for what cannot be built, `LineageUnavailable` for a store that cannot be opened.
    """
    policy_files = PolicyFiles(settings.policies.path, strict=settings.policies.strict)
    policies = policy_files.active
    guards = guards_of(settings, policies)
    guards.refuse_unmet(
        policies.current, hashes=settings.policies.hash_key is not None, destinations=settings.destinations
    )
    embedder = configure("embedders", settings.embedder.kind, settings.embedder.fields)
    collections = ChromaCollections({one.name: _address(one) for one in settings.collections})
    url, masters = settings.store.url.get_secret_value(), settings.masters
    ledger, recognising = open_ledger(url, masters), Recognising.of(url)
    providers = {one.name: _provider(one) for one in settings.providers}
    routes = {
        model.name: [Destination.of(providers[name], own) for name, own in settings.route(model)]
        for model in settings.models
    }
    questions = Questions(url)
    upstreams = upstreams_of(settings, questions)
    travelling = Travelling(upstreams, settings.lineage.labels)
    upgrade(url)
    evidence = Evidence.of(settings.log, url, masters)
    writer = Writer(open_store(url, evidence.signer, masters))
    containment = Containment(SQLQuarantines(questions), writer, evidence.log)
    spans = SQLSpans(url)
    offered = {
        "spans": spans,
        "admissions": PolicyAdmissions(
            policies, {**routes, CALLER: [Destination.of(FoundProvider(), CALLER)]}, travelling, containment
        ),
        "recogniser": recognising.recogniser,
        "answers": recognising.memory,
        "ledger": ledger,
        "sources": settings.source_labels,
    }
    retrievers = [
        configure("retrievers", one.kind, one.fields, embedder=embedder, collections=collections, **offered)
        for one in settings.retrievers
    ]
    vault, turns = _vault(settings.vault) if settings.vault else (None, None)
    traced = next((one for one in retrievers if isinstance(one, TracedRetriever)), None)
    isolation = Isolation(recognising.recogniser, writer)
    joining = Joining(spans, SQLTracedResponses(questions), traced, policies, writer, isolation) if traced else None
    pipeline = Pipeline(
        policies=policies,
        retrievers=retrievers,
        detector=guards.everything,
        routes=Routes(routes, providers),
        writer=writer,
        content={one.name: settings.content(one) for one in settings.applications},
        unpacker=Unpacker(text_of),
        guards=guards.applications,
        hashing=Hashing(key.get_secret_value().encode()) if (key := settings.policies.hash_key) else None,
        vault=vault,
        embedder=embedder.facts,
        chains=Chains(turns),
        memory=recognising.memory,
        recognised=next((one for one in retrievers if isinstance(one, RecognisedRetriever)), None),
        travels=travelling,
        isolation=isolation,
        joins=joining,
        containment=containment,
        quarantines=containment,
    )
    keys = Keys({one.key_sha256: one.principal for one in settings.applications})
    followers = Followers.of(settings, embedder)
    exporters = exporters_of(settings, ledger, upstreams)
    return Gateway(
        settings,
        keys,
        policy_files,
        guards,
        embedder,
        collections,
        ChromaIndex(collections, embedder),
        retrievers,
        providers,
        writer,
        ledger,
        questions,
        upstreams,
        travelling,
        containment,
        pipeline,
        Metrics(),
        vault,
        turns,
        recognising,
        evidence,
        followers,
        Tracing(spans, traced, joining) if traced and joining else None,
        Exporting(followers.log, followers.cursors, exporters),
    )


def _identities(settings: Settings) -> Identities | None:
    """Return what verifies the tokens of end users, if that is configured. Nothing is connected to yet."""
    told = settings.identity
    if told is None:
        return None
    claims = Claims(
        told.issuer, told.audience, told.algorithms, told.user_claim, told.groups_claim, told.leeway.total_seconds()
    )
    required = frozenset(one.name for one in settings.applications if one.identity == "required")
    return Identities(KeySet(told.jwks, told.refresh.total_seconds()), claims, told.header, required)


def _vault(settings: Vault) -> tuple[SQLVault, SQLTurns]:
    """Return what keeps values, and what keeps turns: one database, one set of keys."""
    keys = Keyring.parse({name: key.get_secret_value() for name, key in settings.keys.items()})
    url = settings.url.get_secret_value()
    return SQLVault(url, keys, settings.lifetime), SQLTurns(url, keys, settings.lifetime)


def guards_of(settings: Settings, policies: ActivePolicies, *, waiting: bool = False) -> Guards:
    """Return the guards that *settings* describe, with what *policies* allow left alone; nothing is opened or loaded.

    With *waiting* their `prepare` waits for models to load, whatever is configured. Raises `ConfigurationError`.
    """
    detectors = [_detector(one) for one in settings.detectors]
    if waiting:
        detectors = [replace(one, wait=True) if isinstance(one, PoolDetector) else one for one in detectors]
    return Guards.of(detectors, {one.name: one.languages for one in settings.applications}, policies)


def _detector(adapter: Adapter) -> Detector:
    """Return the detector of *adapter*, in processes of its own when it has models to load or `pool` asks for it."""
    own, pool = adapter.fields.apart("pool")
    detector = configure("detectors", adapter.kind, own)
    if pool is None and not hasattr(detector, "load"):
        return detector
    return construct(PoolDetector, pool or Fields({}), detector=detector)


def _provider(settings: ProviderSettings) -> Provider:
    """Return the provider of *settings*, which is asked in all dialects that its own can be told in."""
    provider = configure("providers", settings.kind, settings.fields, name=settings.name)
    return TranslatingProvider(RankingProvider(provider), TRANSLATIONS)


def _address(collection: Collection) -> ChromaAddress:
    """Return where *collection* is kept. Raises `ConfigurationError` naming its place in the file."""
    if collection.kind != "chroma":
        raise ConfigurationError(collection.fields.told(f"there is no kind {collection.kind!r} of collections"))
    return construct(ChromaAddress, collection.fields)


def exporters_of(settings: Settings, ledger: Ledger, upstreams: Upstreams) -> list[Exporter]:
    """Return the exporters of *settings*; nothing is sent. Raises `ConfigurationError`."""
    offered = {"ledger": ledger, "places": upstreams}
    return [configure("exporters", one.kind, one.fields, **offered) for one in settings.exporters]


def upstreams_of(settings: Settings, questions: Questions | None = None) -> Upstreams:
    """Return what leads upstream in the store of *settings*, whose tables are there; *questions* ask it."""
    questions = questions or Questions(settings.store.url.get_secret_value())
    collections = {one.name: Existing(_address(one), one.name).source for one in settings.collections}
    return Upstreams(SQLGraph(questions), SQLOrigins(questions), collections)


def create_app(settings: Settings) -> Front:
    """Return the ASGI application of *settings*; raises what `build` raises. Warns of rules that have no effect."""
    gateway = build(settings)
    for one in gateway.guards.unprotected(gateway.policies.current):
        log.warning("%s: rule %r, in shadow, has no effect: %s", one.rule.at, one.rule.id, one.sentence)
    return application_of(gateway)


def application_of(gateway: Gateway) -> Front:
    """Return the ASGI application of *gateway*; its lifespan starts and stops it."""
    settings = gateway.settings
    erasing = erasing_of(gateway)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        sweeping = asyncio.create_task(_sweep(gateway.vault)) if gateway.vault else None
        anchoring = asyncio.create_task(gateway.evidence.anchor(gateway.writer))
        every = settings.policies.watch.total_seconds()
        watching = asyncio.create_task(gateway.policy_files.watch(gateway.activate, every)) if every else None
        retaining = asyncio.create_task(_retain(gateway, age)) if (age := settings.store.retention) else None
        try:
            yield
        finally:
            anchoring.cancel()
            if watching:
                watching.cancel()
            if retaining:
                retaining.cancel()
            if sweeping:
                sweeping.cancel()
            await gateway.stop()
            erasing.close()

    app = FastAPI(
        title="Lineward", version=version("lineward"), lifespan=lifespan, redirect_slashes=False,
        docs_url=None, redoc_url=None, openapi_url=None,
        exception_handlers={GatewayError: _told, HTTPException: _http, RequestValidationError: _invalid,
                            Exception: _unforeseen},
    )  # fmt: skip
    app.include_router(models_router(gateway.keys, [model.name for model in settings.models]))
    limit = int(settings.server.max_body_bytes)
    accesses = Accesses(gateway.writer)
    replaying = replaying_of(gateway)
    investigation = replaying.investigation
    app.include_router(investigation_router(gateway.keys, investigation, accesses))
    app.include_router(replays_router(gateway.keys, replaying, accesses, limit))
    signer = gateway.evidence.signer
    incidents = Incidents(SQLIncidents(gateway.questions), gateway.ledger, gateway.evidence.log)
    app.include_router(incidents_router(gateway.keys, incidents, gateway.writer, signer, accesses, limit))
    app.include_router(timelines_router(gateway.keys, SQLTimelines(gateway.questions), accesses))
    app.include_router(exposures_router(gateway.keys, SQLExposures(gateway.questions), accesses))
    quarantines = SQLQuarantines(gateway.questions)
    app.include_router(
        quarantines_router(
            gateway.keys,
            gateway.ledger,
            quarantines,
            gateway.containment,
            accesses,
            int(settings.server.max_body_bytes),
        )
    )
    app.include_router(
        documents_router(gateway.keys, gateway.ledger, accesses, gateway.ingestor, settings.source_labels, limit)
    )
    if gateway.tracing:
        tracing = gateway.tracing
        app.include_router(traces_router(gateway.keys, tracing.retriever, tracing.joining, limit))
    identities = _identities(settings)
    app.include_router(responses_router(gateway.keys, gateway.turns, identities))
    app.include_router(openlineage_router(gateway.keys, Receiver(gateway.writer, gateway.travelling.heard)))
    attributions = SQLAttributions(gateway.questions, gateway.followers.answers, gateway.followers.words)
    reach = Reach(gateway.upstreams, gateway.questions)
    app.include_router(
        upstream_router(gateway.keys, gateway.ledger, gateway.upstreams, reach, accesses, attributions.marked)
    )
    app.include_router(attributions_router(gateway.keys, attributions, accesses))
    app.include_router(searches_router(gateway.keys, gateway.followers.search, accesses))
    app.include_router(lineage_router(gateway.keys, gateway.ledger, accesses, attributions.marked))
    app.include_router(accesses_router(gateway.keys, gateway.ledger, SQLAccesses(gateway.questions), accesses))
    app.include_router(breaches_router(gateway.keys, SQLBreaches(gateway.questions), accesses))
    app.include_router(
        erasures_router(
            gateway.keys,
            erasing,
            Subjects(SQLSubjects(gateway.questions), investigation),
            SQLHolds(gateway.questions, sqlite=_is_sqlite(settings)),
            gateway.writer,
            accesses,
            limit,
        )
    )
    app.include_router(log_router(gateway.keys, gateway.evidence.log, gateway.evidence.signer, accesses))
    gateway.metrics.tell(
        "lineward_policy_files_refused",
        "1 while the policy files as they are now are not in force, since something is wrong with them.",
        lambda: float(bool(gateway.policy_files.refused)),
    )
    app.include_router(
        policies_router(
            gateway.keys, gateway.policies, gateway.activate, lambda: gateway.policy_files.refused,
            SQLActivations(gateway.questions), SQLRecorded(gateway.questions), accesses, limit,
        )
    )  # fmt: skip
    app.include_router(
        health_router(gateway.writer, gateway.metrics, gateway.loaded, lambda: gateway.followers.following.known)
    )
    openapi.publish(app)
    collections = frozenset(collection.name for collection in settings.collections)
    endpoints = {
        f"/v1{speech.path}": Endpoint(
            speech, framer, gateway.keys, gateway.pipeline, gateway.metrics, collections, limit, identities
        )
        for speech, framer in SPOKEN
    }
    endpoints |= {path: endpoints[same] for path, same in ALIASES.items()}
    guardrail = Guardrail(gateway.pipeline, ReturnedProvider())
    endpoints[PROMPT.path] = Endpoint(
        PROMPT, GuardrailFraming, gateway.keys, guardrail, gateway.metrics, collections, limit, identities
    )
    searches = Searches(gateway.pipeline, FoundProvider())
    search = SearchDialect("")
    stores = Endpoint(search, ChoicesFraming, gateway.keys, searches, gateway.metrics, collections, limit, identities)
    app.router.routes.append(Route(f"/v1{search.path}", VectorStores(stores), methods=["POST"]))
    for path, endpoint in endpoints.items():
        app.router.routes.append(Route(path, endpoint, methods=["POST"]))  # for those who come with another method
    return Front(app, endpoints)


def erasing_of(gateway: Gateway) -> Erasing:
    """Return what erases in everything that *gateway* keeps; it appends to the log by itself."""
    settings, masters = gateway.settings, gateway.settings.masters
    url = settings.store.url.get_secret_value()
    eraser = Eraser(SQLStore(url, gateway.evidence.signer, masters), masters)
    conversations = [one for one in (gateway.vault, gateway.turns) if one is not None]
    urls = [url, index_url(url), *([settings.vault.url.get_secret_value()] if settings.vault else [])]
    indexes = [gateway.followers.indexer]
    return Erasing(eraser, gateway.recognising.recogniser, conversations, indexes, [*dict.fromkeys(urls)])


async def _retain(gateway: Gateway, age: timedelta) -> None:
    """Remove texts that nothing has used for *age*, now and every now and then until cancelled."""
    settings, masters = gateway.settings, gateway.settings.masters
    url = settings.store.url.get_secret_value()
    retention = Retention(SQLStore(url, gateway.evidence.signer, masters), masters, age)
    try:
        while True:
            try:
                done = await asyncio.to_thread(retention.run, RETAINER)
                if done.texts:
                    await asyncio.to_thread(scrub, url, rebuild=False)
            except LineageUnavailable as exc:
                log.warning("texts that are old enough could not be removed: %s", exc.message)
            await asyncio.sleep(SWEEP_SECONDS)
    finally:
        retention.close()


def _is_sqlite(settings: Settings) -> bool:
    return settings.store.url.get_secret_value().startswith("sqlite")


def replaying_of(gateway: Gateway) -> Replaying:
    """Return what asks recorded prompts of *gateway* again, which must have started by then."""
    investigation = Investigation(gateway.ledger, SQLVersions(gateway.questions), gateway.evidence.log)
    return Replaying(investigation, gateway.pipeline, {speech.name: speech for speech, _ in SPOKEN})


async def _sweep(vault: SQLVault) -> None:
    """Forget conversations whose lifetime is over, every now and then until cancelled."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await asyncio.to_thread(vault.sweep)
        except GuardUnavailable as exc:
            log.warning("the vault could not be swept: %s", exc.message)


async def _told(_: Request, error: Exception) -> Response:
    return error_response(error if isinstance(error, GatewayError) else internal(error))


async def _unforeseen(_: Request, error: Exception) -> Response:
    return error_response(internal(error))


async def _http(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return error_response(NotFound("There is nothing at this path."))
    refused = GatewayError("This path does not take this method." if status == 405 else "The request was refused.")
    refused.status, refused.type = status, "invalid_request_error"
    refused.code = "method_not_allowed" if status == 405 else "invalid_request"
    return error_response(refused)


async def _invalid(_: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    name = str(first.get("loc", ("",))[-1])
    return error_response(BadRequest(f"{name!r}: {first.get('msg', 'is not valid')}.", param=name))
