"""Routers under test, without a server."""

import hashlib

import httpx
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from gateway.api.auth import Keys
from gateway.api.replies import error_response
from gateway.domain.errors import GatewayError
from gateway.domain.principals import Principal, Role

APP, SOC = {"authorization": "Bearer app"}, {"authorization": "Bearer soc"}
KEYS = Keys(
    {
        hashlib.sha256(b"app").hexdigest(): Principal("bot", "acme", frozenset({Role.APP}), models=("m1",)),
        hashlib.sha256(b"soc").hexdigest(): Principal("soc", "acme", frozenset({Role.RESPONDER})),
    }
)


def client(router: APIRouter) -> httpx.AsyncClient:
    async def told(_: Request, error: Exception) -> Response:
        assert isinstance(error, GatewayError)
        return error_response(error)

    app = FastAPI(exception_handlers={GatewayError: told}, openapi_url=None)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
