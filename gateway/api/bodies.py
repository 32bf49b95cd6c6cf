"""Request bodies: read within bounds, parsed as JSON."""

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from gateway.domain.errors import BadRequest, TooLarge
from gateway.domain.json import JSON

DRAINED = 256 * 1024 * 1024
"""Bytes of a body past the limit that are read and thrown away, so that the client is still there for the answer."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the whole body, at most *limit* bytes; memory never holds more.

    Raises `TooLarge`; `ClientDisconnect` when the client left.
    """
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
            if size > limit + DRAINED:
                break
        more = message.get("more_body", False)
    if size > limit:
        raise TooLarge(f"The body is longer than the {limit} bytes that this gateway accepts.")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def parse_json(body: bytes) -> JSON:
    """Return *body* as JSON; raises `BadRequest` naming line and column."""
    try:
        return orjson.loads(body)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as exc:
        raise BadRequest(
            f"The body is not valid JSON: {exc.msg} (line {exc.lineno}, column {exc.colno}).", code="invalid_json"
        ) from None
