"""OTLP as protobuf: the one door to `opentelemetry.proto` and `google.protobuf`.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON
from gateway.tracing.emitted import Emitted
from gateway.tracing.spans import DEEPEST, WANTED, Span

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

INVALID_ARGUMENT = 3
"""`google.rpc.Code` of what cannot be understood."""


def spans(body: bytes) -> list[Span]:
    """Return the spans of *body*, an `ExportTraceServiceRequest`. Raises `BadRequest` when it is none."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise BadRequest("The body is no ExportTraceServiceRequest in protobuf.", code="invalid_otlp") from None
    return [
        Span(
            span.trace_id.hex(),
            _service(resource.resource.attributes),
            _wanted(span.attributes),
            span.end_time_unix_nano,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def answer(rejected: int, message: str) -> bytes:
    """Return the `ExportTraceServiceResponse` that tells how many spans were *rejected*, and in *message* why."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    if rejected or message:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = message
    written: bytes = response.SerializeToString()
    return written


def status(message: str) -> bytes:
    """Return the `google.rpc.Status` of a request that cannot be understood."""
    from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

    written: bytes = Status(code=INVALID_ARGUMENT, message=message).SerializeToString()
    return written


def _service(attributes: "Iterable[KeyValue]") -> str:
    return next((one.value.string_value for one in attributes if one.key == "service.name"), "")


def _wanted(attributes: "Iterable[KeyValue]") -> dict[str, JSON]:
    return {one.key: _value(one.value) for one in attributes if one.key.startswith(WANTED)}


def _value(value: "AnyValue", depth: int = 0) -> JSON:
    kind = value.WhichOneof("value")
    if depth > DEEPEST:
        return None
    if kind == "array_value":
        return [_value(one, depth + 1) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {one.key: _value(one.value, depth + 1) for one in value.kvlist_value.values}
    scalars: dict[str | None, JSON] = {
        "string_value": value.string_value,
        "int_value": value.int_value,
        "double_value": value.double_value,
        "bool_value": value.bool_value,
    }
    return scalars.get(kind)


def request(spans: Iterable[Emitted], service: str) -> bytes:
    """Return the `ExportTraceServiceRequest` that tells of *spans* of the *service*."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as Written
    from opentelemetry.proto.trace.v1.trace_pb2 import Status

    told = ExportTraceServiceRequest()
    resource = told.resource_spans.add()
    _write(resource.resource.attributes.add(key="service.name").value, service)
    scope = resource.scope_spans.add()
    scope.scope.name = "lineward"
    for one in spans:
        span = scope.spans.add(
            trace_id=one.trace_id,
            span_id=one.span_id,
            name=one.name,
            kind=Written.SPAN_KIND_CLIENT,
            start_time_unix_nano=_nanoseconds(one.start),
            end_time_unix_nano=_nanoseconds(one.end),
        )
        for key, value in one.attributes.items():
            _write(span.attributes.add(key=key).value, value)
        if one.error:
            span.status.code = Status.STATUS_CODE_ERROR
            span.status.message = one.error
    written: bytes = told.SerializeToString()
    return written


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


def _write(place: "AnyValue", value: JSON) -> None:
    """Write *value*, a string, number or boolean or a list of them, into *place*."""
    if isinstance(value, bool):
        place.bool_value = value
    elif isinstance(value, int):
        place.int_value = value
    elif isinstance(value, float):
        place.double_value = value
    elif isinstance(value, list):
        place.array_value.SetInParent()
        for one in value:
            _write(place.array_value.values.add(), one)
    else:
        place.string_value = str(value).encode("utf-8", "replace").decode()
