"""The gateway as an ASGI application: what is served at which path, and what runs beside it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.api import openapi
from gateway.api.access import Accesses, accesses_router
from gateway.api.attributions import attributions_router
from gateway.api.breaches import breaches_router
from gateway.api.chunks import chunks_router
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
from gateway.identity import Claims, Identities
from gateway.incidents import Incidents
from gateway.investigation import Investigation
from gateway.jwks import KeySet
from gateway.providers.found import FoundProvider
from gateway.providers.returned import ReturnedProvider
from gateway.reaching import Reach
from gateway.receiving import Receiver
from gateway.replaying import Replaying
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

ALIASES = {"/v2/rerank": "/v1/rerank"}
"""Paths at which callers of another version ask the same: Cohere's."""


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
        kept = [one for one in (gateway.vault, gateway.turns) if one]
        sweeping = asyncio.create_task(_sweep(kept)) if kept else None
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
    app.include_router(chunks_router(gateway.keys, gateway.followers.chunk_search, accesses))
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


def _is_sqlite(settings: Settings) -> bool:
    return settings.store.url.get_secret_value().startswith("sqlite")


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
