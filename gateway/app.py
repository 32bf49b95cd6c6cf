"""Builds the gateway from its settings: the only place where objects are made and handed to each other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.api import openapi
from gateway.api.auth import Keys
from gateway.api.endpoint import Endpoint
from gateway.api.errors import internal
from gateway.api.framing import ChoicesFraming
from gateway.api.front import Front
from gateway.api.health import health_router
from gateway.api.lineage import lineage_router
from gateway.api.metrics import Metrics
from gateway.api.models import models_router
from gateway.api.replies import error_response
from gateway.detectors.cached import CachedDetector
from gateway.dialects.chat import CHAT
from gateway.domain.digests import new_id
from gateway.domain.errors import BadRequest, ConfigurationError, GatewayError, NotFound
from gateway.domain.json import JSON
from gateway.domain.runs import PolicyActivated, RunEvent, RunState
from gateway.interfaces import Embedder, Ledger, Provider, Retriever
from gateway.lineage.writer import Writer
from gateway.pipeline import Destination, Pipeline
from gateway.policy.engine import PolicySet
from gateway.policy.loading import load as load_policies
from gateway.registry import configure, construct
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex
from gateway.sections import Collection, Vault
from gateway.settings import Settings
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.sealing import Keyring
from gateway.stores.vault import SQLVault

log = logging.getLogger(__name__)

SPOKEN = ((CHAT, ChoicesFraming),)
"""The dialects that are served, and how their answers are written down."""


@dataclass(slots=True)
class ActivePolicies:
    """The policy set that decides; exchanged whole."""

    current: PolicySet


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every object of one process, built and connected, not yet started."""

    settings: Settings
    keys: Keys
    policies: ActivePolicies
    detector: CachedDetector
    embedder: Embedder
    collections: ChromaCollections
    index: ChromaIndex
    retrievers: Sequence[Retriever]
    providers: Mapping[str, Provider]
    writer: Writer
    ledger: Ledger
    pipeline: Pipeline
    metrics: Metrics
    vault: SQLVault | None

    def loaded(self) -> Mapping[str, JSON]:
        """Return what is really loaded, for `/readyz`."""
        return {
            "policy": {"digest": self.policies.current.digest, "rules": len(self.policies.current.rules)},
            "detectors": [detector.version for detector in self.detector.detectors],
            "retrievers": [adapter.kind for adapter in self.settings.retrievers],
            "providers": [*self.providers],
        }

    async def start(self) -> None:
        """Load what would make the first answer wait, start the log's writer, and note which policies decide now.

        Raises `LineageUnavailable` when the log does not take that.
        """
        self.writer.start()
        if self.vault:
            await asyncio.to_thread(self.vault.sweep)
        for provider in self.providers.values():
            await provider.prepare()
        active = self.policies.current
        body = PolicyActivated(active.digest, tuple(rule.id for rule in active.rules), str(self.settings.policies.path))
        await self.writer.append([RunEvent(run=new_id(), state=RunState.COMPLETE, body=body, tenant="")])

    async def stop(self) -> None:
        """Close everything; what was handed to the log is written first."""
        for provider in self.providers.values():
            await provider.aclose()
        await asyncio.to_thread(self.writer.close)
        self.ledger.close()
        self.collections.close()
        if self.vault:
            self.vault.close()


def build(settings: Settings) -> Gateway:
    """Return the gateway that *settings* describe. Creates or upgrades the store's tables.

    Raises `ConfigurationError` for what cannot be built, `LineageUnavailable` for a store that cannot be opened.
    """
    policies = ActivePolicies(load_policies(settings.policies.path))
    detector = CachedDetector([configure("detectors", one.kind, one.fields) for one in settings.detectors])
    embedder = configure("embedders", settings.embedder.kind, settings.embedder.fields)
    collections = ChromaCollections({one.name: _address(one) for one in settings.collections})
    retrievers = [
        configure("retrievers", one.kind, one.fields, embedder=embedder, collections=collections)
        for one in settings.retrievers
    ]
    providers = {one.name: configure("providers", one.kind, one.fields, name=one.name) for one in settings.providers}
    url = settings.store.url.get_secret_value()
    writer = Writer(open_store(url))
    vault = _vault(settings.vault) if settings.vault else None
    pipeline = Pipeline(
        policies=policies,
        retrievers=retrievers,
        detector=detector,
        routes={
            model.name: [Destination.of(providers[name], own) for name, own in settings.route(model)]
            for model in settings.models
        },
        writer=writer,
        content={one.name: settings.content(one) for one in settings.applications},
        vault=vault,
    )
    keys = Keys({one.key_sha256: one.principal for one in settings.applications})
    return Gateway(
        settings,
        keys,
        policies,
        detector,
        embedder,
        collections,
        ChromaIndex(collections, embedder),
        retrievers,
        providers,
        writer,
        open_ledger(url),
        pipeline,
        Metrics(),
        vault,
    )


def _vault(settings: Vault) -> SQLVault:
    keys = Keyring.parse({name: key.get_secret_value() for name, key in settings.keys.items()})
    return SQLVault(settings.url.get_secret_value(), keys, settings.lifetime)


def _address(collection: Collection) -> ChromaAddress:
    """Return where *collection* is kept. Raises `ConfigurationError` naming its place in the file."""
    if collection.kind != "chroma":
        raise ConfigurationError(collection.fields.told(f"there is no kind {collection.kind!r} of collections"))
    return construct(ChromaAddress, collection.fields)


def create_app(settings: Settings) -> Front:
    """Return the ASGI application of *settings*; raises what `build` raises."""
    return application_of(build(settings))


def application_of(gateway: Gateway) -> Front:
    """Return the ASGI application of *gateway*; its lifespan starts and stops it."""
    settings = gateway.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    app = FastAPI(
        title="Lineward", version=version("lineward"), lifespan=lifespan, redirect_slashes=False,
        docs_url=None, redoc_url=None, openapi_url=None,
        exception_handlers={GatewayError: _told, HTTPException: _http, RequestValidationError: _invalid,
                            Exception: _unforeseen},
    )  # fmt: skip
    app.include_router(models_router(gateway.keys, [model.name for model in settings.models]))
    app.include_router(lineage_router(gateway.keys, gateway.ledger))
    app.include_router(health_router(gateway.writer, gateway.metrics, gateway.loaded))
    openapi.publish(app)
    collections = frozenset(collection.name for collection in settings.collections)
    limit = int(settings.server.max_body_bytes)
    endpoints = {
        f"/v1{speech.path}": Endpoint(
            speech, framer, gateway.keys, gateway.pipeline, gateway.metrics, collections, limit
        )
        for speech, framer in SPOKEN
    }
    for path, endpoint in endpoints.items():
        app.router.routes.append(Route(path, endpoint, methods=["POST"]))  # for those who come with another method
    return Front(app, endpoints)


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
