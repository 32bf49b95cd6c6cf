"""`GET /api/v1/exposure`: did personal data leave?"""

from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.moments import Moment
from gateway.api.replies import json_response
from gateway.domain.exposures import Asked, Exposures
from gateway.domain.principals import Role


class Knows(Protocol):
    """Knows what was found."""

    def exposures(self, tenant: str | None, asked: Asked) -> Exposures:
        """Return what was found of what is *asked*."""


def exposures_router(keys: Keys, knows: Knows, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that tells what left, of the caller's own tenant."""
    router = APIRouter(prefix="/api/v1", tags=["investigation"])

    @router.get("/exposure", summary="Did personal data leave: what, to whom, masked or not?", response_model=None)
    async def exposure(
        request: Request,
        app: str = Query("", description="Only in what this application asked and was answered"),
        user: str = Query("", description="Only in what was asked for this end user"),
        since: Moment = None,
        until: Moment = None,
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(knows.exposures, who.tenant, Asked(since, until, app, user))
        await accesses.record(who, "read exposure", *filter(None, [app and f"application/{app}"]), query=user)
        return json_response(found)

    return router
