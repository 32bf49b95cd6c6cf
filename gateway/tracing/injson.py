"""OTLP as JSON: names in camel case, ids in hexadecimal digits, whole numbers as strings.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from collections.abc import Iterator

from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object
from gateway.tracing.spans import DEEPEST, WANTED, Span


def spans(body: JSON) -> list[Span]:
    """Return the spans of *body*, an `ExportTraceServiceRequest`. Raises `BadRequest` when it is none."""
    if not isinstance(body, dict):
        raise BadRequest("The body is no ExportTraceServiceRequest: it must be an object.", code="invalid_otlp")
    return [*_spans(body)]


def answer(rejected: int, message: str) -> Object:
    """Return the `ExportTraceServiceResponse` that tells how many spans were *rejected*, and in *message* why."""
    if not (rejected or message):
        return {}
    return {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}}


def _spans(body: Object) -> Iterator[Span]:
    for resource in _objects(body, "resourceSpans"):
        about = resource.get("resource")
        service = _service(about) if isinstance(about, dict) else ""
        for scope in _objects(resource, "scopeSpans"):
            for span in _objects(scope, "spans"):
                trace = span.get("traceId")
                name = trace.lower() if isinstance(trace, str) else ""
                yield Span(name, service, _wanted(span), _nanoseconds(span.get("endTimeUnixNano")))


def _nanoseconds(value: JSON) -> int:
    """Return the time that *value* says, as a number or, as the convention has it, its decimal digits; 0 for none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and value > 0 else 0


def _service(resource: Object) -> str:
    for one in _objects(resource, "attributes"):
        if one.get("key") == "service.name":
            value = _value(one.get("value"))
            return value if isinstance(value, str) else ""
    return ""


def _wanted(span: Object) -> dict[str, JSON]:
    named = ((one.get("key"), one.get("value")) for one in _objects(span, "attributes"))
    return {key: _value(value) for key, value in named if isinstance(key, str) and key.startswith(WANTED)}


def _objects(parent: Object, name: str) -> list[Object]:
    """Return the list of objects under *name*; nothing when it is left out."""
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _wrong(name)
    objects = [one for one in found if isinstance(one, dict)]
    if len(objects) < len(found):
        raise _wrong(name)
    return objects


def _wrong(name: str) -> BadRequest:
    return BadRequest(f"{name!r} must be a list of objects.", param=name, code="invalid_otlp")


def _value(value: JSON, depth: int = 0) -> JSON:
    if not isinstance(value, dict) or depth > DEEPEST:
        return None
    for kind, held in value.items():
        if kind in ("stringValue", "boolValue", "doubleValue"):
            return held
        if kind == "intValue":
            return _integer(held)
        if kind == "arrayValue" and isinstance(held, dict):
            return [_value(one, depth + 1) for one in _objects(held, "values")]
        if kind == "kvlistValue" and isinstance(held, dict):
            named = _objects(held, "values")
            return {str(one.get("key")): _value(one.get("value"), depth + 1) for one in named}
    return None


def _integer(held: JSON) -> JSON:
    """Return the number that *held* is; JSON has no numbers of 64 bits, so it comes as digits."""
    digits = held.removeprefix("-") if isinstance(held, str) else ""
    return int(str(held)) if digits.isascii() and digits.isdigit() and len(digits) < 20 else held
