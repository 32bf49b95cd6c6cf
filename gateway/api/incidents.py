"""Incidents over HTTP: responders open, fill, hold and hand them over; auditors read them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.dialects.typed import mapping, names, string
from gateway.domain.json import Object
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import IncidentStep, RunEvent
from gateway.incidents import Incidents
from gateway.lineage.bundles import sealed
from gateway.lineage.notes import Signer


class Log(Protocol):
    """What makes events durable."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Return what is done when *events* are on disk. Raises `LineageUnavailable`."""


def _post(schema: Object) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    return {"security": [{"key": []}], "requestBody": {"required": True, "content": content}}


_TITLE = _post(schemas.of(["title"], title=schemas.SOME_TEXT))
_NOTE = _post(schemas.of(["text"], text=schemas.SOME_TEXT))
_REASON = _post(schemas.of(["reason"], reason=schemas.SOME_TEXT))
_CLOSING = _post(schemas.of([], reason=schemas.TEXT))
_ITEMS = _post(schemas.of(["items"], items=schemas.some(schemas.SOME_TEXT), remove=schemas.FLAG))

Prepare = Callable[[Object, Principal], RunEvent]


def incidents_router(
    keys: Keys, incidents: Incidents, log: Log, signer: Signer | None, accesses: Accesses, limit: int
) -> APIRouter:
    """Return the routes under `/api/v1/incidents`; *signer* signs bundles, *limit* bounds a body in bytes."""
    router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])

    async def changed(request: Request, prepare: Prepare) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        body = mapping(parse_json(await read_body(request.scope, request.receive, limit)))
        event = await run_in_threadpool(prepare, body, who)
        await log.append([event])
        return json_response(await run_in_threadpool(incidents.incident, event.run, who.tenant))

    @router.post("", summary="Open an incident", response_model=None, openapi_extra=_TITLE)
    async def opened(request: Request) -> Response:
        return await changed(request, lambda body, who: incidents.opened(who, string(body, "title", required=True)))

    @router.get("", summary="List incidents, the newest first", response_model=None)
    async def listed(request: Request, limit: int = Query(50, ge=1, le=500), cursor: str = "") -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        page, following = await run_in_threadpool(incidents.known.incidents, who.tenant, limit=limit, cursor=cursor)
        await accesses.record(who, "list incidents", *(f"incident/{one.id}" for one in page))
        return json_response({"data": page, "cursor": following})

    @router.get("/{id}", summary="One incident: its items, notes and steps", response_model=None)
    async def one(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(incidents.incident, id, who.tenant)
        await accesses.record(who, "read incident", f"incident/{id}")
        return json_response(found)

    @router.post("/{id}/items", summary="Add or remove items", response_model=None, openapi_extra=_ITEMS)
    async def items(request: Request, id: str) -> Response:
        def prepare(body: Object, who: Principal) -> RunEvent:
            return incidents.filled(
                id, who, who.tenant, names(body.get("items"), "items"), removing=body.get("remove") is True
            )

        return await changed(request, prepare)

    def step(kind: IncidentStep, name: str, *, required: bool = True) -> Callable[[str], Prepare]:
        return lambda incident: (
            lambda body, who: incidents.noted(incident, who, who.tenant, kind, string(body, name, required=required))
        )

    noted, held = step(IncidentStep.NOTED, "text"), step(IncidentStep.HELD, "reason")
    freed, closed = step(IncidentStep.FREED, "reason"), step(IncidentStep.CLOSED, "reason", required=False)

    @router.post("/{id}/notes", summary="Write down a note", response_model=None, openapi_extra=_NOTE)
    async def note(request: Request, id: str) -> Response:
        return await changed(request, noted(id))

    @router.post("/{id}/hold", summary="Let nothing of it be erased", response_model=None, openapi_extra=_REASON)
    async def hold(request: Request, id: str) -> Response:
        return await changed(request, held(id))

    @router.post("/{id}/free", summary="End the legal hold", response_model=None, openapi_extra=_REASON)
    async def free(request: Request, id: str) -> Response:
        return await changed(request, freed(id))

    @router.post("/{id}/close", summary="Close it: it stays as it is", response_model=None, openapi_extra=_CLOSING)
    async def close(request: Request, id: str) -> Response:
        return await changed(request, closed(id))

    @router.post("/{id}/bundle", summary="All evidence of an incident, signed", response_model=None)
    async def bundle(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        await run_in_threadpool(incidents.incident, id, who.tenant)
        await accesses.record(who, "export bundle", f"incident/{id}")  # so that the bundle itself tells of it
        data = await run_in_threadpool(lambda: sealed(incidents.bundle(id, who.tenant), signer))
        headers = {"content-disposition": 'attachment; filename="lineward-incident.json"'}
        return Response(data, headers=headers, media_type="application/vnd.dsse.envelope.v1+json")

    return router
