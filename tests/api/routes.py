"""Routers under test, without a server."""

import hashlib
from collections.abc import Sequence

import httpx
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.replies import error_response
from gateway.domain.errors import GatewayError, LineageUnavailable
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import RunEvent

APP, SOC = {"authorization": "Bearer app"}, {"authorization": "Bearer soc"}
KEYS = Keys(
    {
        hashlib.sha256(b"app").hexdigest(): Principal("bot", "acme", frozenset({Role.APP}), models=("m1",)),
        hashlib.sha256(b"soc").hexdigest(): Principal("soc", "acme", frozenset({Role.RESPONDER})),
    }
)


class Noting:
    """A log that only remembers; once *broken* it takes nothing."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.broken = False

    async def append(self, events: Sequence[RunEvent]) -> None:
        if self.broken:
            raise LineageUnavailable("the disk is full")
        self.events += events

    @property
    def noted(self) -> list[tuple[str, ...]]:
        """Each access: application, action and subjects."""
        return [(one.body.principal.application, one.body.action, *one.body.subjects) for one in self.events]


def unnoted() -> Accesses:
    """Return what records accesses where nobody asks for them."""
    return Accesses(Noting())


def client(router: APIRouter) -> httpx.AsyncClient:
    async def told(_: Request, error: Exception) -> Response:
        assert isinstance(error, GatewayError)
        return error_response(error)

    app = FastAPI(exception_handlers={GatewayError: told}, openapi_url=None)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
