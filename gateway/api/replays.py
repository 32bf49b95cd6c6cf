"""`POST /api/v1/responses/{id}/replay`: the recorded prompt, asked once more."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.dialects.typed import mapping, string
from gateway.domain.principals import Role
from gateway.replaying import Replaying

_POST: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {"content": {"application/json": {"schema": schemas.of([], model=schemas.TEXT)}}},
}


def replays_router(keys: Keys, replaying: Replaying, accesses: Accesses, limit: int) -> APIRouter:
    """Return the route by which responders replay; *limit* bounds a body in bytes."""
    router = APIRouter(prefix="/api/v1", tags=["investigation"])

    @router.post("/responses/{id}/replay", summary="Ask a prompt again", response_model=None, openapi_extra=_POST)
    async def replay(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        body = await read_body(request.scope, request.receive, limit)
        model = string(mapping(parse_json(body)), "model") if body else ""
        await accesses.record(who, "replay response", f"response/{id}")
        return json_response(await replaying.replay(id, who, who.tenant, model))

    return router
