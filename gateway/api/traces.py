"""`POST /v1/traces`: spans of applications as OTLP/HTTP sends them, in protobuf or JSON.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body, unpacked, unsupported
from gateway.api.errors import error_object
from gateway.api.replies import json_bytes
from gateway.domain.errors import BadRequest
from gateway.domain.json import Object
from gateway.domain.principals import Role
from gateway.joining import Joining
from gateway.retrievers.traced import Learnt, TracedRetriever
from gateway.tracing import injson, protobuf
from gateway.tracing.spans import Span

PROTOBUF, JSON_TYPE = "application/x-protobuf", "application/json"

_SPANS = schemas.of([], resourceSpans={"type": "array", "items": schemas.ANYTHING})
_POST: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {
        "required": True,
        "description": "An ExportTraceServiceRequest of OTLP; application/x-protobuf is taken, too, and gzip",
        "content": {JSON_TYPE: {"schema": _SPANS}},
    },
}


def traces_router(keys: Keys, traced: TracedRetriever, joining: Joining, limit: int) -> APIRouter:
    """Return the route by which *traced* learns of the spans of each key's tenant.

    By *joining*, those that come after their response are added to its record.

    *limit* bounds a body in bytes, as it comes and unpacked.
    """
    router = APIRouter(prefix="/v1", tags=["traces"])

    @router.post("/traces", summary="Tell of retrievals by OTLP", response_model=None, openapi_extra=_POST)
    async def export(request: Request) -> Response:
        tenant = keys.authorise(request.scope, Role.APP).tenant
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = request.headers.get("content-encoding", "").strip().lower()

        def learn(body: bytes) -> Learnt:
            return traced.learn(_spans(unpacked(body, coding, limit), kind), tenant)

        try:
            learnt = await run_in_threadpool(learn, await read_body(request.scope, request.receive, limit))
            await joining.told(tenant, learnt.traces)
        except BadRequest as exc:
            return _refused(exc, kind)
        return _answered(learnt, kind)

    return router


def _spans(body: bytes, kind: str) -> Sequence[Span]:
    if kind == PROTOBUF:
        return protobuf.spans(body)
    if kind == JSON_TYPE:
        return injson.spans(parse_json(body))
    raise unsupported(f"Spans come as {PROTOBUF} or {JSON_TYPE}.")


def _answered(learnt: Learnt, kind: str) -> Response:
    if kind == PROTOBUF:
        return Response(protobuf.answer(learnt.rejected, learnt.message), media_type=PROTOBUF)
    return Response(json_bytes(injson.answer(learnt.rejected, learnt.message)), media_type=JSON_TYPE)


def _refused(error: BadRequest, kind: str) -> Response:
    """Return *error* as the `google.rpc.Status` that exporters read, in JSON with our error object beside it."""
    if kind == PROTOBUF:
        return Response(protobuf.status(error.message), status_code=error.status, media_type=PROTOBUF)
    told: Object = {"code": protobuf.INVALID_ARGUMENT, "message": error.message, **error_object(error)}
    return Response(json_bytes(told), status_code=error.status, media_type=JSON_TYPE)
