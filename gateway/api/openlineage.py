"""`POST /api/v1/lineage` and `/batch`: OpenLineage events, as its clients send them over HTTP.

https://openlineage.io/docs/client/python/best-practices. The paths are those of Marquez, the answer to a batch is that
of OpenLineage's own API.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body, unpacked
from gateway.api.replies import json_bytes, json_response
from gateway.domain.errors import BadRequest, Forbidden
from gateway.domain.json import JSON, Object
from gateway.domain.principals import Principal, Role
from gateway.receiving import Received, Receiver

BYTES_MAX = 5_000_000
"""Bytes of a body, as it comes and unpacked."""

BATCH_MAX = 1_000
"""Events of one batch."""

_EVENT = schemas.of(
    ["eventTime", "producer", "schemaURL"],
    eventTime={"type": "string", "format": "date-time"},
    producer=schemas.SOME_TEXT,
    schemaURL=schemas.SOME_TEXT,
    eventType={"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
    run=schemas.of(["runId"], runId={"type": "string", "format": "uuid"}, facets=schemas.ANYTHING),
    job=schemas.of(["namespace", "name"], namespace=schemas.SOME_TEXT, name=schemas.SOME_TEXT),
    inputs={"type": "array", "items": schemas.ANYTHING},
    outputs={"type": "array", "items": schemas.ANYTHING},
    dataset=schemas.ANYTHING,
)


def _described(schema: Object) -> dict[str, object]:
    return {
        "security": [{"key": []}],
        "requestBody": {
            "required": True,
            "description": "A RunEvent, JobEvent or DatasetEvent of OpenLineage 2; gzip is taken, too",
            "content": {"application/json": {"schema": schema}},
        },
    }


def openlineage_router(keys: Keys, receiver: Receiver, limit: int = BYTES_MAX) -> APIRouter:
    """Return the routes by which *receiver* hears of other systems' runs; *limit* bounds a body in bytes."""
    router = APIRouter(prefix="/api/v1", tags=["openlineage"])

    def reporting(request: Request) -> Principal:
        principal = keys.authenticate(request.scope)
        if not principal.lineage_namespaces and Role.ADMIN not in principal.roles:
            raise Forbidden(
                f"The application {principal.application!r} may not report lineage: it has no lineage_namespaces."
            )
        return principal

    async def body(request: Request) -> JSON:
        coding = request.headers.get("content-encoding", "").strip().lower()
        raw = await read_body(request.scope, request.receive, limit)
        return await run_in_threadpool(lambda: parse_json(unpacked(raw, coding, limit)))

    @router.post(
        "/lineage", summary="Report a run, a job or a dataset", response_model=None, status_code=201,
        openapi_extra=_described(_EVENT),
    )  # fmt: skip
    async def report(request: Request) -> Response:
        principal = reporting(request)
        [received] = await receiver.receive([await body(request)], principal)
        if received.error:
            raise received.error
        return Response(json_bytes({"id": received.id}), status_code=201, media_type="application/json")

    @router.post(
        "/lineage/batch", summary="Report several at once", response_model=None,
        openapi_extra=_described({"type": "array", "maxItems": BATCH_MAX, "items": _EVENT}),
    )  # fmt: skip
    async def batch(request: Request) -> Response:
        principal = reporting(request)
        events = await body(request)
        if not isinstance(events, list) or len(events) > BATCH_MAX:
            raise BadRequest(f"A batch must be a list of at most {BATCH_MAX} events.", code="invalid_type")
        return json_response(_summary(await receiver.receive(events, principal)))

    return router


def _summary(received: Sequence[Received]) -> Object:
    """Return what OpenLineage's API tells of a batch. No event that was refused can be taken when it comes again."""
    failed: list[JSON] = [
        {"index": at, "reason": one.error.message, "retriable": False} for at, one in enumerate(received) if one.error
    ]
    return {
        "status": "partial_success" if failed else "success",
        "summary": {
            "received": len(received),
            "successful": len(received) - len(failed),
            "failed": len(failed),
            "retriable": 0,
            "non_retriable": len(failed),
        },
        "failed_events": failed,
    }
