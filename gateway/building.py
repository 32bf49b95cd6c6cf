"""Builds the gateway from its settings: makes what lives as long as the process, and hands it to each other."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.activating import ActivePolicies, PolicyFiles
from gateway.admitting import PolicyAdmissions
from gateway.allowing import AllowingDetector
from gateway.api.auth import Keys
from gateway.api.metrics import Metrics
from gateway.containing import Containment
from gateway.detectors.pool import PoolDetector
from gateway.dialects.vector_stores import CALLER
from gateway.domain.errors import (
    ConfigurationError,
)
from gateway.domain.json import JSON
from gateway.erasing import Erasing
from gateway.exporting import Exporting
from gateway.fields import Fields
from gateway.guards import Guards
from gateway.hashing import Hashing
from gateway.ingest import Ingestor
from gateway.interfaces import Detector, Embedder, Exporter, Ledger, Provider, Retriever
from gateway.isolating import Isolation
from gateway.joining import Joining
from gateway.lineage.notes import Signer
from gateway.lineage.writer import Writer
from gateway.loaders.extraction import text_of
from gateway.parts import Evidence, Followers, Recognising, Tracing
from gateway.pipeline import Pipeline
from gateway.policy.engine import PolicySet
from gateway.providers.completing import Completing
from gateway.providers.found import FoundProvider
from gateway.providers.ranking import RankingProvider
from gateway.providers.translating import TranslatingProvider, Translation
from gateway.providers.translating_messages import MESSAGES_IN_CHAT
from gateway.providers.translating_responses import RESPONSES_IN_CHAT
from gateway.registry import configure, construct
from gateway.retaining import Retaining
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex
from gateway.retrievers.existing import Existing
from gateway.retrievers.recognised import RecognisedRetriever
from gateway.retrievers.traced import TracedRetriever
from gateway.routing import Destination, Routes
from gateway.sections import Adapter, Collection, ProviderSettings, Vault
from gateway.settings import Settings
from gateway.stores.activations import SQLActivations
from gateway.stores.chunkindexing import ChunkIndexer
from gateway.stores.erasing import Eraser
from gateway.stores.graph import SQLGraph
from gateway.stores.leftovers import Leftovers
from gateway.stores.opening import open_ledger, open_store, upgrade
from gateway.stores.origins import SQLOrigins
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from gateway.stores.retaining import Retention
from gateway.stores.sealing import Keyring
from gateway.stores.segments import index_url
from gateway.stores.spans import SQLSpans
from gateway.stores.sql import SQLStore
from gateway.stores.tracedresponses import SQLTracedResponses
from gateway.stores.turns import SQLTurns
from gateway.stores.vault import SQLVault
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
            **self.guards.loaded(policies).told,
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
        self.evidence.log.close()
        await asyncio.to_thread(self.recognising.close)
        self.collections.close()
        if self.vault:
            self.vault.close()
        if self.turns:
            self.turns.close()
        self.questions.close()


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
    questions = Questions(url)
    readers = questions.readers  # of all that reads the record
    ledger, recognising = open_ledger(url, masters, readers), Recognising.of(url, readers)
    providers = {one.name: _provider(one) for one in settings.providers}
    routes = {
        model.name: [Destination.of(providers[name], own) for name, own in settings.route(model)]
        for model in settings.models
    }
    upstreams = upstreams_of(settings, questions)
    travelling = Travelling(upstreams, settings.lineage.labels)
    upgrade(url)  # what signs the log depends on what stands in it; from here on the tables are read
    evidence = Evidence.of(settings.log, url, masters, readers)
    writer = Writer(open_store(url, evidence.signer, masters))
    containment = Containment(SQLQuarantines(questions), writer, evidence.log)
    spans = SQLSpans(url, beside=readers)
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
    vault, turns = _vault(settings.vault, settings.store.retention) if settings.vault else (None, None)
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
    keys = Keys({one.key_sha256: one.principal for one in settings.applications if not one.revoked})
    followers = Followers.of(settings, embedder, readers)
    exporters = exporters_of(settings, ledger, upstreams)
    return Gateway(
        settings=settings,
        keys=keys,
        policy_files=policy_files,
        guards=guards,
        embedder=embedder,
        collections=collections,
        index=ChromaIndex(collections, embedder),
        retrievers=retrievers,
        providers=providers,
        writer=writer,
        ledger=ledger,
        questions=questions,
        upstreams=upstreams,
        travelling=travelling,
        containment=containment,
        pipeline=pipeline,
        metrics=Metrics(),
        vault=vault,
        turns=turns,
        recognising=recognising,
        evidence=evidence,
        followers=followers,
        tracing=Tracing(spans, traced, joining) if traced and joining else None,
        exporting=Exporting(followers.log, followers.cursors, exporters),
    )


def _vault(settings: Vault, retention: timedelta | None) -> tuple[SQLVault, SQLTurns]:
    """Return what keeps values, and what keeps turns: one database, one set of keys, and no longer than texts."""
    keys = Keyring.parse({name: key.get_secret_value() for name, key in settings.keys.items()})
    url = settings.url.get_secret_value()
    lifetime = min(settings.lifetime, retention or settings.lifetime)
    return SQLVault(url, keys, lifetime), SQLTurns(url, keys, lifetime)


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


def retaining_of(settings: Settings, signer: Signer | None, age: timedelta) -> Retaining:
    """Return what removes texts from the store of *settings*, when nothing used them for *age*.

    It appends to the log by itself, signed by *signer*.
    """
    url, masters = settings.store.url.get_secret_value(), settings.masters
    retention = Retention(open_store(url, signer, masters), masters, age)
    return Retaining(retention, Leftovers(url, masters), ChunkIndexer(url, masters), [url])


def erasing_of(gateway: Gateway) -> Erasing:
    """Return what erases in everything that *gateway* keeps; it appends to the log by itself."""
    settings, masters = gateway.settings, gateway.settings.masters
    url = settings.store.url.get_secret_value()
    eraser = Eraser(SQLStore(url, gateway.evidence.signer, masters), masters)
    conversations = [one for one in (gateway.vault, gateway.turns) if one is not None]
    urls = [url, index_url(url), *([settings.vault.url.get_secret_value()] if settings.vault else [])]
    index, chunks = Leftovers(url, masters), gateway.followers.chunk_indexer
    return Erasing(eraser, gateway.recognising.recogniser, conversations, index, chunks, [*dict.fromkeys(urls)])
