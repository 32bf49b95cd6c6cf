"""Documents are taken out of use and released over HTTP, by responders."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.containing import REFRESH
from gateway.dialects.typed import mapping, string
from gateway.domain.principals import Role
from gateway.domain.runs import Quarantined
from gateway.interfaces import Ledger
from gateway.quarantining import History, containing, orders

_BODY = schemas.of(["reason"], reason=schemas.SOME_TEXT, source=schemas.TEXT)
_POST: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
}


class Changes(Protocol):
    """Puts documents out of use and back."""

    def change(self, body: Quarantined, tenant: str) -> Awaitable[None]:
        """Return when *body* is in the log and holds here. Raises `LineageUnavailable`."""


def quarantines_router(
    keys: Keys, ledger: Ledger, history: History, changes: Changes, accesses: Accesses, limit: int
) -> APIRouter:
    """Return the routes under `/api/v1` about quarantine; *limit* bounds a body in bytes."""
    router = APIRouter(prefix="/api/v1", tags=["containment"])

    async def change(request: Request, id: str, *, released: bool) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        body = mapping(parse_json(await read_body(request.scope, request.receive, limit)))
        reason, source = string(body, "reason", required=True), string(body, "source")
        ordered = await run_in_threadpool(
            lambda: orders(history, id, who, reason, tenant=who.tenant, source=source, released=released)
        )
        for order in ordered:
            await changes.change(order.body, order.tenant)
        await asyncio.sleep(REFRESH)  # by then every process has read of it
        return json_response(
            {"document": id, "quarantined": not released, "sources": [str(order.body.source) for order in ordered]}
        )

    @router.post(
        "/documents/{id:path}/quarantine",
        summary="Take a document out of use",
        response_model=None,
        openapi_extra=_POST,
    )
    async def quarantine(request: Request, id: str) -> Response:
        return await change(request, id, released=False)

    @router.post(
        "/documents/{id:path}/release", summary="Let a document be used again", response_model=None, openapi_extra=_POST
    )
    async def release(request: Request, id: str) -> Response:
        return await change(request, id, released=True)

    @router.get("/documents/{id:path}/quarantine", summary="Is it out of use, was it used since?", response_model=None)
    async def state(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(containing, ledger, history, id, who.tenant)
        await accesses.record(who, "read quarantine", f"document/{id}")
        return json_response(found)

    @router.get("/quarantines", summary="What was taken out of use and released", response_model=None)
    async def listed(request: Request, limit: int = Query(50, ge=1, le=500), cursor: str = "") -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        page, following = await run_in_threadpool(history.history, who.tenant, limit=limit, cursor=cursor)
        await accesses.record(who, "list quarantines", *(f"document/{one.document}" for one in page))
        return json_response({"data": page, "cursor": following})

    return router
