"""`GET /api/v1/timeline`: what happened, in order."""

from collections.abc import Sequence
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.moments import Moment
from gateway.api.replies import json_response
from gateway.domain.principals import Role
from gateway.domain.timelines import Happening, Span


class Timelines(Protocol):
    """Knows what happened."""

    def timeline(
        self, span: Span, tenant: str | None, *, limit: int, cursor: str = ""
    ) -> tuple[Sequence[Happening], str]:
        """Return one page of what happened, newest first, and the next page's cursor."""


def timelines_router(keys: Keys, timelines: Timelines, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that tells what happened, for the caller's own tenant."""
    router = APIRouter(prefix="/api/v1", tags=["investigation"])

    @router.get("/timeline", summary="What happened, newest first", response_model=None)
    async def timeline(
        request: Request,
        conversation: str = "",
        response: str = Query("", description="A response, with all turns of its conversation"),
        user: str = "",
        app: str = "",
        document: str = "",
        incident: str = "",
        since: Moment = None,
        until: Moment = None,
        limit: int = Query(50, ge=1, le=500),
        cursor: str = "",
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        span = Span(conversation, response, user, app, document, incident, since, until)
        page, following = await run_in_threadpool(timelines.timeline, span, who.tenant, limit=limit, cursor=cursor)
        shown = [f"response/{one.id}" for one in page if one.type == "response"]
        await accesses.record(who, "read timeline", *shown, query=user or conversation)
        return json_response({"data": page, "cursor": following})

    return router
