"""Search in documents over HTTP: which version of which document has a text, and in which chunk."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.principals import Role
from gateway.domain.searches import ChunkHits, ChunkWish, Match

MATCH = (
    "How `q` is looked for: the very words (`phrase`), with mistakes (`similar`), or one after the other until "
    "something is found; chunks are not searched by `meaning`"
)


class ChunkSearch(Protocol):
    """Finds chunks."""

    def find(self, wish: ChunkWish, tenant: str | None, *, limit: int, cursor: str = "") -> ChunkHits:
        """Return one page of the chunks of *tenant* that *wish* wants.

        Raises `BadRequest` for what cannot be looked for, `LineageUnavailable`.
        """


def chunks_router(keys: Keys, search: ChunkSearch, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that finds chunks of the caller's own tenant by what they say."""
    router = APIRouter(prefix="/api/v1", tags=["catalogue"])

    @router.get("/chunks", summary="Find chunks by their texts, in all versions of documents", response_model=None)
    async def chunks(
        request: Request,
        q: str = Query(max_length=10_000, description="A text, or a part of one, in any script"),
        match: Annotated[Match, Query(description=MATCH)] = Match.AUTO,
        document: str = Query("", description="The id of the document that they are of"),
        source: str = Query("", description="Its source, namespace/name"),
        limit: int = Query(50, ge=1, le=500),
        cursor: str = "",
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        wish = ChunkWish(q, match, document, source)
        found = await run_in_threadpool(search.find, wish, who.tenant, limit=limit, cursor=cursor)
        shown = dict.fromkeys(name for one in found.data for name in one.subjects)
        await accesses.record(who, "search chunks", *shown, query=q)
        return json_response(found)

    return router
