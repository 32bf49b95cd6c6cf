"""The gateway as an ASGI application: what is served at which path, and what runs beside it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.api import openapi
from gateway.api.access import Accesses, accesses_router
from gateway.api.attributions import attributions_router
from gateway.api.breaches import breaches_router
from gateway.api.chunks import chunks_router
from gateway.api.documents import documents_router
from gateway.api.endpoint import Answers, Endpoint, Speech
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
from gateway.api.models import models_router
from gateway.api.openlineage import openlineage_router
from gateway.api.parameters import known_only
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
from gateway.building import Gateway, build, erasing_of, retaining_of
from gateway.dialects.chat import CHAT
from gateway.dialects.completions import COMPLETIONS
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.dialects.guardrail import PROMPT
from gateway.dialects.messages import MESSAGES, TOKEN_COUNT
from gateway.dialects.moderations import MODERATIONS
from gateway.dialects.rerank import RERANK
from gateway.dialects.responses import RESPONSES
from gateway.dialects.vector_stores import SearchDialect
from gateway.domain.errors import (
    BadRequest,
    GatewayError,
    GuardUnavailable,
    LineageUnavailable,
    NotFound,
)
from gateway.domain.principals import Principal, Role
from gateway.erasing import Erasing
from gateway.identity import Claims, Identities
from gateway.incidents import Incidents
from gateway.investigation import Investigation
from gateway.jwks import KeySet
from gateway.providers.found import FoundProvider
from gateway.providers.returned import ReturnedProvider
from gateway.reaching import Reach
from gateway.receiving import Receiver
from gateway.replaying import Replaying
from gateway.revoking import KeyFile
from gateway.settings import Settings
from gateway.stores.accesses import SQLAccesses
from gateway.stores.activations import SQLActivations
from gateway.stores.attributions import SQLAttributions
from gateway.stores.breaches import SQLBreaches
from gateway.stores.exposures import SQLExposures
from gateway.stores.holding import SQLHolds
from gateway.stores.incidents import SQLIncidents
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.recorded import SQLRecorded
from gateway.stores.subjects import SQLSubjects
from gateway.stores.timelines import SQLTimelines
from gateway.stores.turns import SQLTurns
from gateway.stores.vault import SQLVault
from gateway.stores.versions import SQLVersions
from gateway.subjects import Subjects

log = logging.getLogger(__name__)

RETAINER = Principal("lineward", "", frozenset({Role.ADMIN}))
"""Who removes texts for their age."""

SWEEP_SECONDS = 3600.0
"""Between two looks for conversations whose lifetime is over."""

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

SEARCH = SearchDialect("")
"""Searches of vector stores, whose path names the one that is searched."""

ALIASES = {"/v2/rerank": "/v1/rerank"}
"""Paths at which callers of another version ask the same: Cohere's."""


_NO_TELEMETRY: TelemetryConfig = {"auto_configure": False, "tracing": False, "metrics": False, "logs": False}
"""What FastAPI's own telemetry is to do: a variable in the environment must not make it open a connection.

Spans of responses go where the configuration's `exporters` send them.
"""


def create_app(settings: Settings, key_file: KeyFile | None = None) -> Front:
    """Return the ASGI application of *settings*; raises what `build` raises. Warns of rules that have no effect.

    A key that *key_file* revokes while it runs opens nothing any more.
    """
    gateway = build(settings)
    for one in gateway.guards.unprotected(gateway.policies.current):
        log.warning("%s: rule %r, in shadow, has no effect: %s", one.rule.at, one.rule.id, one.sentence)
    return application_of(gateway, key_file)


def application_of(gateway: Gateway, key_file: KeyFile | None = None) -> Front:
    """Return the ASGI application of *gateway*; its lifespan starts and stops it."""
    erasing, identities = erasing_of(gateway), _identities(gateway.settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        beside = [asyncio.create_task(work) for work in (_finish(erasing), *_beside(gateway, key_file))]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await gateway.stop()
            erasing.close()

    app = FastAPI(
        title="Lineward", version=version("lineward"), lifespan=lifespan, redirect_slashes=False,
        docs_url=None, redoc_url=None, openapi_url=None,
        telemetry=_NO_TELEMETRY,
        exception_handlers={GatewayError: _told, HTTPException: _http, RequestValidationError: _invalid,
                            Exception: _unforeseen},
    )  # fmt: skip
    gateway.metrics.tell(
        "lineward_policy_files_refused",
        "1 while the policy files as they are now are not in force, since something is wrong with them.",
        lambda: float(bool(gateway.policy_files.refused)),
    )
    for router in _routers(gateway, erasing, identities):
        app.include_router(router, dependencies=[Depends(known_only)] if router.prefix == "/api/v1" else ())
    openapi.publish(app)
    endpoints, stores = _endpoints(gateway, identities)
    app.router.routes.append(Route(f"/v1{SEARCH.path}", VectorStores(stores), methods=["POST"]))
    for path, endpoint in endpoints.items():
        app.router.routes.append(Route(path, endpoint, methods=["POST"]))  # for those who come with another method
    return Front(app, endpoints)


def _beside(gateway: Gateway, key_file: KeyFile | None) -> Iterator[Coroutine[None, None, None]]:
    """Yield what runs beside the requests until it is cancelled, as far as it is configured."""
    settings = gateway.settings
    if kept := [one for one in (gateway.vault, gateway.turns) if one]:
        yield _sweep(kept)
    yield gateway.evidence.anchor(gateway.writer)
    if every := settings.policies.watch.total_seconds():
        yield gateway.policy_files.watch(gateway.activate, every)
    if key_file:
        yield key_file.watch(gateway.keys.keep)
    if age := settings.store.retention:
        yield _retain(gateway, age)


def _routers(gateway: Gateway, erasing: Erasing, identities: Identities | None) -> Iterator[APIRouter]:
    """Yield everything but what is answered by a provider. Of two that know a path the first answers."""
    settings, keys, ledger, questions = gateway.settings, gateway.keys, gateway.ledger, gateway.questions
    writer, evidence, followers = gateway.writer, gateway.evidence, gateway.followers
    limit, accesses = int(settings.server.max_body_bytes), Accesses(writer)
    yield models_router(keys, [model.name for model in settings.models])
    replaying = replaying_of(gateway)
    yield investigation_router(keys, replaying.investigation, accesses)
    yield replays_router(keys, replaying, accesses, limit)
    incidents = Incidents(SQLIncidents(questions), ledger, evidence.log)
    yield incidents_router(keys, incidents, writer, evidence.signer, accesses, limit)
    yield timelines_router(keys, SQLTimelines(questions), accesses)
    yield exposures_router(keys, SQLExposures(questions), accesses)
    yield quarantines_router(keys, ledger, SQLQuarantines(questions), gateway.containment, accesses, limit)
    yield documents_router(keys, ledger, accesses, gateway.ingestor, settings.source_labels, limit)
    if gateway.tracing:
        yield traces_router(keys, gateway.tracing.retriever, gateway.tracing.joining, limit)
    yield responses_router(keys, gateway.turns, identities)
    yield openlineage_router(keys, Receiver(writer, gateway.travelling.heard))
    attributions = SQLAttributions(questions, followers.answers, followers.words)
    reach = Reach(gateway.upstreams, questions)
    yield upstream_router(keys, ledger, gateway.upstreams, reach, accesses, attributions.marked)
    yield attributions_router(keys, attributions, accesses)
    yield searches_router(keys, followers.search, accesses)
    yield chunks_router(keys, followers.chunk_search, accesses)
    yield lineage_router(keys, ledger, accesses, attributions.marked)
    yield accesses_router(keys, ledger, SQLAccesses(questions), accesses)
    yield breaches_router(keys, SQLBreaches(questions), accesses)
    subjects = Subjects(SQLSubjects(questions), replaying.investigation)
    yield erasures_router(keys, erasing, subjects, SQLHolds(questions), writer, accesses, limit)
    yield log_router(keys, evidence.log, evidence.signer, accesses)
    yield policies_router(
        keys, gateway.policies, gateway.activate, lambda: gateway.policy_files.refused,
        SQLActivations(questions), SQLRecorded(questions), accesses, limit,
    )  # fmt: skip
    yield health_router(writer, gateway.metrics, gateway.loaded, lambda: followers.following.known)


def _endpoints(gateway: Gateway, identities: Identities | None) -> tuple[Mapping[str, Endpoint], Endpoint]:
    """Return what answers as a provider does, by path; and what answers searches of vector stores."""
    collections = frozenset(collection.name for collection in gateway.settings.collections)
    limit = int(gateway.settings.server.max_body_bytes)

    def endpoint(speech: Speech, framer: Framer, pipeline: Answers) -> Endpoint:
        return Endpoint(speech, framer, gateway.keys, pipeline, gateway.metrics, collections, limit, identities)

    found = {f"/v1{speech.path}": endpoint(speech, framer, gateway.pipeline) for speech, framer in SPOKEN}
    found |= {path: found[same] for path, same in ALIASES.items()}
    guardrail = Guardrail(gateway.pipeline, ReturnedProvider())
    found[PROMPT.path] = endpoint(PROMPT, GuardrailFraming, guardrail)
    return found, endpoint(SEARCH, ChoicesFraming, Searches(gateway.pipeline, FoundProvider()))


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


async def _finish(erasing: Erasing) -> None:
    """Do what an erasure was kept from doing, be it by a crash."""
    try:
        await asyncio.to_thread(erasing.finish)
    except LineageUnavailable as exc:
        log.warning("an erasure that broke off could not be finished: %s", exc.message)


async def _retain(gateway: Gateway, age: timedelta) -> None:
    """Remove texts that nothing has used for *age*, now and every now and then until cancelled."""
    retaining = retaining_of(gateway.settings, gateway.evidence.signer, age)
    try:
        while True:
            try:
                await asyncio.to_thread(retaining.run, RETAINER)
            except LineageUnavailable as exc:
                log.warning("texts that are old enough could not be removed: %s", exc.message)
            await asyncio.sleep(SWEEP_SECONDS)
    finally:
        retaining.close()


def replaying_of(gateway: Gateway) -> Replaying:
    """Return what asks recorded prompts of *gateway* again, which must have started by then."""
    investigation = Investigation(gateway.ledger, SQLVersions(gateway.questions), gateway.evidence.log)
    return Replaying(investigation, gateway.pipeline, {speech.name: speech for speech, _ in SPOKEN})


async def _sweep(kept: Sequence[SQLVault | SQLTurns]) -> None:
    """Forget conversations whose lifetime is over, every now and then until cancelled."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for one in kept:
            try:
                await asyncio.to_thread(one.sweep)
            except GuardUnavailable as exc:
                log.warning("conversations that are over could not be removed: %s", exc.message)


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
