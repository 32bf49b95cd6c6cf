"""The OpenAI error object, for every failure that a caller can see."""

import logging
from datetime import datetime

import orjson

from gateway.domain.errors import GatewayError, PolicyViolation, ProviderRefused, RuleRef
from gateway.domain.facts import Value
from gateway.domain.json import JSON, Object

log = logging.getLogger(__name__)


def internal(error: Exception, response_id: str | None = None) -> GatewayError:
    """Return what a caller is told about an unforeseen *error*, and log its type and place, never its text."""
    trace, where = error.__traceback__, "?"
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    log.error("unforeseen %s at %s", type(error).__name__, where)
    failure = GatewayError("The gateway failed in a way that it did not foresee; nothing unjudged was sent.")
    failure.response_id = response_id
    return failure


def error_object(error: GatewayError) -> Object:
    """Return the body that tells *error*: `{"error": {message, type, param, code, lineward}}`."""
    return {"error": error_detail(error)}


def error_detail(error: GatewayError) -> Object:
    """Return what *error* is about: `{message, type, param, code, lineward}`."""
    detail: Object = {
        "message": error.message,
        "type": error.type,
        "param": error.param,
        "code": error.code,
    }
    own: Object = {}
    if error.response_id:
        own["response_id"] = error.response_id
    if isinstance(error, PolicyViolation):
        own["rules"] = [_rule(rule) for rule in error.rules]
        if error.decision and error.decision.remedy:
            own["remedy"] = error.decision.remedy
        own["findings"] = [{"entity": entity, "count": count} for entity, count in error.findings]
    if own:
        detail["lineward"] = own
    return detail


def _rule(rule: RuleRef) -> JSON:
    named: Object = {"id": rule.id, "action": rule.action}
    if rule.owner:
        named["owner"] = rule.owner
    if rule.values:
        named["values"] = {name: _value(value) for name, value in rule.values}
    return named


def _value(value: Value) -> JSON:
    if isinstance(value, tuple):
        return [*value]
    return value.isoformat() if isinstance(value, datetime) else value


def error_bytes(error: GatewayError) -> bytes:
    """Return `error_object` as JSON."""
    return orjson.dumps(error_object(error))


def error_headers(error: GatewayError) -> list[tuple[bytes, bytes]]:
    """Return the headers that go with *error*."""
    headers = [(b"content-type", b"application/json")]
    if error.response_id:
        headers.append((b"x-lineward-response-id", error.response_id.encode()))
    if error.receipt:
        headers.append((b"x-lineward-receipt", error.receipt.encode()))
    if isinstance(error, PolicyViolation):
        headers.append((b"x-lineward-decision", b"denied"))
    if isinstance(error, ProviderRefused) and error.retry_after:
        headers.append((b"retry-after", error.retry_after.encode("latin-1", "replace")))
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers
