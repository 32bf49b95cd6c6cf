"""What an application's exporter would send, built with the classes of OTLP."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

TRACE = "0af7651916cd43dd8448eb211c80319c"


def value(said):
    """Return *said* as the exporters of every language write it."""
    if isinstance(said, bool):
        return AnyValue(bool_value=said)
    if isinstance(said, int):
        return AnyValue(int_value=said)
    if isinstance(said, float):
        return AnyValue(double_value=said)
    if isinstance(said, list):
        return AnyValue(array_value=ArrayValue(values=[value(one) for one in said]))
    if isinstance(said, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(said)))
    return AnyValue(string_value=said)


def attributes(said):
    return [KeyValue(key=key, value=value(one)) for key, one in said.items()]


def request(*spans, service="shop", trace_id=TRACE):
    """Return a request with a span of each of the attributes in *spans*."""
    made = [Span(trace_id=bytes.fromhex(trace_id), name="retrieve", attributes=attributes(one)) for one in spans]
    resource = Resource(attributes=attributes({"telemetry.sdk.name": "x", "service.name": service}))
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=made)])]
    )


def in_json(said):
    """Return an attribute's value as OTLP writes it in JSON."""
    if isinstance(said, bool):
        return {"boolValue": said}
    if isinstance(said, int):
        return {"intValue": str(said)}
    if isinstance(said, float):
        return {"doubleValue": said}
    if isinstance(said, list):
        return {"arrayValue": {"values": [in_json(one) for one in said]}}
    if isinstance(said, dict):
        return {"kvlistValue": {"values": named_in_json(said)}}
    return {"stringValue": said}


def named_in_json(said):
    return [{"key": key, "value": in_json(one)} for key, one in said.items()]


def json_request(*spans, service="shop", trace_id=TRACE):
    """Return the same as `request` in JSON."""
    made = [{"traceId": trace_id, "spanId": "b7ad6b7169203331", "attributes": named_in_json(one)} for one in spans]
    resource = {"attributes": named_in_json({"telemetry.sdk.name": "x", "service.name": service})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": made}]}]}


def openinference(*documents):
    """Return the attributes of a RETRIEVER span with *documents*, as OpenInference flattens them."""
    flat = {
        f"retrieval.documents.{number}.document.{name}": said
        for number, document in enumerate(documents)
        for name, said in document.items()
    }
    return {"openinference.span.kind": "RETRIEVER", "input.value": "the question", **flat}
