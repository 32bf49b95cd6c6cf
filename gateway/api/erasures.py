"""Subject access, erasure and legal holds over HTTP, for the caller's own tenant."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.dialects.typed import mapping, string
from gateway.domain.erasures import Hold
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.json import JSON, Object
from gateway.domain.principals import Role
from gateway.domain.runs import RunEvent
from gateway.erasing import Erasing
from gateway.stores.holding import KINDS, placed, released
from gateway.subjects import Subjects


class Log(Protocol):
    """What makes events durable."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Return what is done when *events* are on disk. Raises `LineageUnavailable`, at once or when awaited."""


class Holds(Protocol):
    """Answers which holds there are."""

    def active(self, tenant: str | None) -> Sequence[Hold]:
        """Return the holds that lie on something of *tenant*."""

    def hold(self, id: str, tenant: str | None) -> Hold | None:
        """Return the hold with that *id*, as long as it is not released."""


_ERASURE: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": schemas.of(
                    [],
                    subject=schemas.TEXT,
                    document=schemas.TEXT,
                    dry_run=schemas.FLAG,
                    rebuild=schemas.FLAG,
                )
            }
        },
    },
}
_KIND: Object = {"type": "string", "enum": list[JSON](KINDS)}
_HOLD: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": schemas.of(["kind", "target"], kind=_KIND, target=schemas.SOME_TEXT, reason=schemas.TEXT)
            }
        },
    },
}


def erasures_router(
    keys: Keys, erasing: Erasing, subjects: Subjects, holds: Holds, log: Log, accesses: Accesses, limit: int
) -> APIRouter:
    """Return the routes under `/api/v1` that erase, hold, and tell everything about a person.

    *limit* bounds a body in bytes.
    """
    router = APIRouter(prefix="/api/v1", tags=["privacy"])

    async def read(request: Request) -> Object:
        return mapping(parse_json(await read_body(request.scope, request.receive, limit)))

    @router.post(
        "/erasures", summary="Erase a person, or a document's texts", response_model=None, openapi_extra=_ERASURE
    )
    async def erase(request: Request) -> Response:
        who = keys.authorise(request.scope, Role.ADMIN)
        body = await read(request)
        person, document = string(body, "subject"), string(body, "document")
        if bool(person) == bool(document):
            raise BadRequest("Name either a subject or a document.", param="subject")
        work = erasing.subject if person else erasing.document
        dry_run, rebuild = _flag(body, "dry_run"), _flag(body, "rebuild")
        return json_response(await run_in_threadpool(work, who, person or document, dry_run=dry_run, rebuild=rebuild))

    @router.get("/subjects/{id:path}", summary="Everything about a person", response_model=None)
    async def subject(request: Request, id: str, limit: int = Query(50, ge=1, le=200), cursor: str = "") -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        found = await run_in_threadpool(subjects.record, id, who.tenant, limit=limit, cursor=cursor)
        await accesses.record(who, "export subject", *(f"response/{one.record.id}" for one in found.responses))
        return json_response(found)

    @router.get("/holds", summary="Legal holds", response_model=None)
    async def listed(request: Request) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(holds.active, who.tenant)
        await accesses.record(who, "list holds")
        return json_response({"data": found})

    @router.post("/holds", summary="Place a legal hold", response_model=None, openapi_extra=_HOLD)
    async def place(request: Request) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER)
        body = await read(request)
        kind, target = string(body, "kind", required=True), string(body, "target", required=True)
        if kind not in KINDS:
            raise BadRequest(f"A hold lies on one of {', '.join(KINDS)}.", param="kind")
        await run_in_threadpool(subjects.holdable, kind, target, who.tenant)
        event = placed(who, kind, target, string(body, "reason"))
        await log.append([event])
        return json_response({"id": event.run, "kind": kind, "target": target})

    @router.delete("/holds/{id}", summary="Release a legal hold", response_model=None)
    async def release(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.ADMIN)
        found = await run_in_threadpool(holds.hold, id, who.tenant)
        if found is None or found.of_incident:
            raise NotFound(f"No legal hold {id!r} lies on anything of your tenant.", code="hold_not_found")
        await log.append([released(who, found)])
        return json_response({"id": id, "released": True})

    return router


def _flag(body: Object, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{name!r} must be true or false.", param=name)
    return value
