"""What the model saw, what is different, and where a chunk came from, as a responder asks over HTTP."""

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.documents import OF_SOURCE
from gateway.api.replies import json_response
from gateway.domain.principals import Principal, Role
from gateway.investigation import Investigation


def investigation_router(keys: Keys, investigation: Investigation, accesses: Accesses) -> APIRouter:
    """Return the routes under `/api/v1` that *investigation* answers, for the caller's own tenant."""
    router = APIRouter(prefix="/api/v1", tags=["investigation"])

    def reader(request: Request) -> Principal:
        return keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)

    @router.get("/responses/{id}/prompt", summary="What the model was asked, byte for byte", response_model=None)
    async def prompt(request: Request, id: str) -> Response:
        who = reader(request)
        found = await run_in_threadpool(investigation.prompt, id, who.tenant)
        await accesses.record(who, "read prompt", f"response/{id}")
        return json_response(found)

    @router.get("/responses/{id}/diff/{other}", summary="What differs between two responses", response_model=None)
    async def difference(request: Request, id: str, other: str) -> Response:
        who = reader(request)
        found = await run_in_threadpool(investigation.difference, id, other, who.tenant)
        await accesses.record(who, "compare responses", f"response/{id}", f"response/{other}")
        return json_response(found)

    @router.get("/documents/{id:path}/diff", summary="What differs between two versions", response_model=None)
    async def versions(
        request: Request,
        id: str,
        earlier: str = Query("", alias="from"),
        later: str = Query("", alias="to"),
        source: str = Query("", description=OF_SOURCE),
    ) -> Response:
        who = reader(request)
        found = await run_in_threadpool(investigation.version_difference, id, who.tenant, earlier, later, source)
        await accesses.record(who, "compare versions", f"document/{id}")
        return json_response(found)

    @router.get("/chunks/{digest}", summary="Where a chunk stands and how it came in", response_model=None)
    async def chunk(request: Request, digest: str) -> Response:
        who = reader(request)
        found = await run_in_threadpool(investigation.chunk, digest, who.tenant)
        await accesses.record(who, "read chunk", f"chunk/{digest}")
        return json_response({"chunk": digest, "data": found})

    return router
