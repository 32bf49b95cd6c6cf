"""Request bodies: read within bounds, parsed as JSON."""

import zlib

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


def unpacked(body: bytes, coding: str, limit: int) -> bytes:
    """Return *body* without its *coding*. Raises `TooLarge` before more than *limit* bytes are unpacked."""
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "deflate"):
        raise unsupported(f"The content encoding {coding[:40]!r} is not known; gzip and deflate are.")
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip and zlib are told apart by their heads
    try:
        plain = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise BadRequest(f"The body is not {coding}.", code="invalid_encoding") from None
    if len(plain) > limit:
        raise TooLarge(f"The body is longer than the {limit} bytes that this gateway accepts.")
    if not unpacking.eof or unpacking.unused_data:
        raise BadRequest(f"The body is not whole in {coding}.", code="invalid_encoding")
    return plain


def unsupported(sentence: str) -> BadRequest:
    """Return the refusal of a body in a form that is not read here."""
    error = BadRequest(sentence, code="unsupported_media_type")
    error.status = 415
    return error
