"""The control plane's questions about responses and documents; each answers for the caller's own tenant only."""

from collections.abc import Callable

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.documents import OF_SOURCE
from gateway.api.replies import json_response
from gateway.domain.documents import Source
from gateway.domain.errors import NotFound
from gateway.domain.principals import Principal, Role
from gateway.domain.records import ResponseRecord
from gateway.domain.subjects import Kind, Subject
from gateway.interfaces import Ledger

Marked = Callable[[ResponseRecord], ResponseRecord]
"""Shows in a record which chunks its answer is attributed to."""


def lineage_router(keys: Keys, ledger: Ledger, accesses: Accesses, marked: Marked) -> APIRouter:
    """Return the routes under `/api/v1` that read the record, in which *marked* shows what an answer has of chunks."""
    router = APIRouter(prefix="/api/v1", tags=["lineage"])

    def reader(request: Request) -> Principal:
        return keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)

    @router.get("/responses/{id}", summary="The record of one response", response_model=None)
    async def response(request: Request, id: str) -> Response:
        who = reader(request)
        record = await run_in_threadpool(ledger.response, id, who.tenant)
        if record is None:
            raise NotFound(f"No response {id!r} is recorded for your tenant.", code="response_not_found")
        await accesses.record(who, "read response", f"response/{id}")
        return json_response(await run_in_threadpool(marked, record))

    async def fed(request: Request, subject: Subject, limit: int, cursor: str) -> Response:
        who = reader(request)
        found = await run_in_threadpool(ledger.impact, subject, who.tenant, limit=limit, cursor=cursor)
        if found is None:
            raise NotFound(
                f"No {subject.kind} {subject.id!r} is known for your tenant.", code=f"{subject.kind}_not_found"
            )
        await accesses.record(who, "read impact", str(subject))
        return json_response(found)

    @router.get("/documents/{id:path}/impact", summary="Who was fed by a document", response_model=None)
    async def impact(request: Request, id: str, limit: int = Query(50, ge=1, le=500), cursor: str = "") -> Response:
        return await fed(request, Subject.document(id), limit, cursor)

    @router.get("/versions/{digest}/impact", summary="Who was fed by a version of a document", response_model=None)
    async def of_version(
        request: Request, digest: str, limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        return await fed(request, Subject(Kind.VERSION, digest), limit, cursor)

    @router.get("/chunks/{digest}/impact", summary="Who was fed by a chunk", response_model=None)
    async def of_chunk(
        request: Request, digest: str, limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        return await fed(request, Subject(Kind.CHUNK, digest), limit, cursor)

    @router.get("/sources/{name:path}/impact", summary="Who was fed by a source's documents", response_model=None)
    async def of_source(
        request: Request, name: str, limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        return await fed(request, Subject(Kind.SOURCE, name), limit, cursor)

    @router.get("/documents/{id:path}", summary="One document and its versions", response_model=None)
    async def document(request: Request, id: str, source: str = Query("", description=OF_SOURCE)) -> Response:
        who, named = reader(request), Source.parse(source) if source else None
        found = await run_in_threadpool(ledger.document, id, who.tenant, named)
        if found is None:
            raise NotFound(f"No document {id!r} is known for your tenant.", code="document_not_found")
        await accesses.record(who, "read document", f"document/{id}")
        return json_response(found)

    return router
