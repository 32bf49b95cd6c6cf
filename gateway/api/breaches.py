"""`GET /api/v1/breaches`: where the caller's own texts turned up in requests of other tenants."""

from collections.abc import Sequence
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.principals import Role
from gateway.domain.records import BreachRecord


class Breaches(Protocol):
    """Answers whose texts turned up elsewhere."""

    def breaches(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[BreachRecord], str]:
        """Return one page of breaches of *tenant*'s texts, the newest first, and the next page's cursor."""


def breaches_router(keys: Keys, found: Breaches, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that tells of breaches of tenant isolation, to the owner of the texts alone."""
    router = APIRouter(prefix="/api/v1", tags=["evidence"])

    @router.get("/breaches", summary="Your texts in requests of other tenants, newest first", response_model=None)
    async def breaches(request: Request, limit: int = Query(50, ge=1, le=500), cursor: str = "") -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        page, following = await run_in_threadpool(found.breaches, who.tenant, limit=limit, cursor=cursor)
        await accesses.record(who, "list breaches")
        return json_response({"data": page, "cursor": following})

    return router
