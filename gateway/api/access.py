"""Whoever reads the record is recorded: the event is in the log before the answer is given.

A route authorises its caller, reads what it will show, and then says so in one line:

    await accesses.record(principal, "read response", f"response/{id}")
"""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.accesses import AccessRecord, accessed
from gateway.domain.errors import NotFound
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import RunEvent
from gateway.interfaces import Ledger


class Log(Protocol):
    """What makes events durable."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Return what is done when *events* are on disk. Raises `LineageUnavailable`, at once or when awaited."""


class Accesses:
    """Writes down who is shown what, in *log*."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def record(self, principal: Principal, action: str, *subjects: str, query: str = "") -> None:
        """Return when the log says that *principal* does *action* on *subjects*; one event a request.

        A subject is kind and id: `response/ID`, `document/ID`, `source/NAMESPACE/NAME`, `chunk/DIGEST`,
        `incident/ID`. Of the words of a *query* only a digest is kept. Raises `LineageUnavailable`, and then nothing
        may be shown.
        """
        await self._log.append([accessed(principal, action, subjects, query)])


class Looks(Protocol):
    """Answers who was shown what."""

    def accesses(
        self, subject: str, tenant: str | None, *, limit: int, cursor: str = ""
    ) -> tuple[Sequence[AccessRecord], str]:
        """Return one page of those who were shown *subject*, newest first, and the next page's cursor."""


def accesses_router(keys: Keys, ledger: Ledger, looks: Looks, accesses: Accesses) -> APIRouter:
    """Return the routes under `/api/v1` that tell who has looked at the record; they are looks themselves."""
    router = APIRouter(prefix="/api/v1", tags=["evidence"])

    async def told(who: Principal, subject: str, limit: int, cursor: str) -> Response:
        page, following = await run_in_threadpool(looks.accesses, subject, who.tenant, limit=limit, cursor=cursor)
        await accesses.record(who, "list accesses", *filter(None, [subject]))
        return json_response({"data": page, "cursor": following})

    @router.get("/accesses", summary="Who has looked at what, newest first", response_model=None)
    async def everything(
        request: Request, subject: str = "", limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        return await told(keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR), subject, limit, cursor)

    @router.get("/responses/{id}/accesses", summary="Who has looked at a response's record", response_model=None)
    async def of_response(
        request: Request, id: str, limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        if await run_in_threadpool(ledger.response, id, who.tenant) is None:
            raise NotFound(f"No response {id!r} is recorded for your tenant.", code="response_not_found")
        return await told(who, f"response/{id}", limit, cursor)

    return router
