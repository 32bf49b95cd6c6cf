"""Search over HTTP: responses by what was asked and answered in them, and by everything else that is known of them."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.moments import Moment
from gateway.api.replies import json_response
from gateway.domain.principals import Role
from gateway.domain.searches import Hits, Match, Wish

MATCH = (
    "How `q` is looked for: the very words (`phrase`), with mistakes (`similar`), in other words (`meaning`), or one "
    "after the other until something is found"
)


class Search(Protocol):
    """Finds responses."""

    def find(self, wish: Wish, tenant: str | None, *, limit: int, cursor: str = "") -> Hits:
        """Return one page of the responses of *tenant* that *wish* wants.

        Raises `BadRequest` for what cannot be looked for, `LineageUnavailable`, `ContextUnavailable`.
        """


def searches_router(keys: Keys, search: Search, accesses: Accesses) -> APIRouter:
    """Return the route under `/api/v1` that finds responses of the caller's own tenant."""
    router = APIRouter(prefix="/api/v1", tags=["lineage"])

    @router.get("/responses", summary="Find responses, or list them, newest first", response_model=None)
    async def responses(
        request: Request,
        q: str = Query("", max_length=10_000, description="A text that was asked or answered"),
        match: Annotated[Match, Query(description=MATCH)] = Match.AUTO,
        app: str = Query("", description="The application that asked"),
        user: str = Query("", description="The end user for whom it asked"),
        document: str = Query("", description="The id of a document that took part"),
        source: str = Query("", description="The source of one, namespace/name"),
        state: str = Query("", description="COMPLETE, FAIL, ABORT or OPEN; or what became of a chunk: sent, dropped …"),
        since: Moment = None,
        until: Moment = None,
        limit: int = Query(50, ge=1, le=500),
        cursor: str = "",
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        wish = Wish(q, match, app, user, document, source, state, since, until)
        found = await run_in_threadpool(search.find, wish, who.tenant, limit=limit, cursor=cursor)
        action = "search responses" if q else "list responses"
        await accesses.record(who, action, *(f"response/{one.id}" for one in found.data), query=q)
        return json_response(found)

    return router
