"""Attribution over HTTP: which chunk each sentence of an answer may come from, and which come from none."""

from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.attributions import Attribution
from gateway.domain.errors import NotFound
from gateway.domain.principals import Role


class Attributions(Protocol):
    """Tells attributions."""

    def attribution(self, response: str, tenant: str | None) -> Attribution | None:
        """Return the attribution of *response* of *tenant*; `None` if it has no such response."""


def attributions_router(keys: Keys, attributions: Attributions, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that tells what an answer's sentences are attributed to."""
    router = APIRouter(prefix="/api/v1", tags=["lineage"])

    @router.get("/responses/{id}/attribution", summary="Which chunk each sentence may come from", response_model=None)
    async def attribution(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(attributions.attribution, id, who.tenant)
        if found is None:
            raise NotFound(f"No response {id!r} is recorded for your tenant.", code="response_not_found")
        await accesses.record(who, "read attribution", f"response/{id}")
        return json_response(found)

    return router
