"""How an answer is written down for callers of one API: events, their end, and errors in the API's own shape."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import orjson

from gateway.api.errors import error_bytes
from gateway.domain.chat import Delta
from gateway.domain.errors import GatewayError, PolicyViolation
from gateway.domain.json import Object

DONE = b"data: [DONE]\n\n"


class Framing(Protocol):
    """Writes one answer. It may remember what it has written."""

    def event(self, delta: Delta) -> bytes:
        """Return *delta* as an event of a stream."""

    def end(self) -> bytes:
        """Return what comes after the last event."""

    def lineage(self, lineage: Object) -> bytes:
        """Return an event that tells *lineage*, for a caller who asked for it."""

    def broken(self, error: GatewayError) -> bytes:
        """Return what ends a stream that has begun and cannot go on."""

    def refusal(self, error: GatewayError) -> bytes:
        """Return the body of a reply that is nothing but *error*."""


Framer: TypeAlias = Callable[[], Framing]
"""Makes the framing of one answer."""


class ChoicesFraming:
    """OpenAI's chat completions and completions: events without names, then `[DONE]`."""

    def __init__(self) -> None:
        self._last: Object = {}

    def event(self, delta: Delta) -> bytes:
        """Return *delta* as an event."""
        self._last = delta.raw
        return b"data: %b\n\n" % json_of(delta)

    def end(self) -> bytes:
        """Return `[DONE]`."""
        return DONE

    def lineage(self, lineage: Object) -> bytes:
        """Return *lineage* as an event without choices."""
        return b"data: %b\n\n" % orjson.dumps({**self._envelope(), "choices": [], "lineward": lineage})

    def broken(self, error: GatewayError) -> bytes:
        """Return *error* as an event; before it, for a policy's refusal, the choice ends with `content_filter`."""
        filtered = b"data: %b\n\n" % self._filtered() if isinstance(error, PolicyViolation) else b""
        return b"%bdata: %b\n\n%b" % (filtered, error_bytes(error), DONE)

    def refusal(self, error: GatewayError) -> bytes:
        """Return the OpenAI error object."""
        return error_bytes(error)

    def _filtered(self) -> bytes:
        """Return the event that ends a stream whose answer a policy refused."""
        said: Object = {"text": ""} if self._last.get("object") == "text_completion" else {"delta": {}}
        choice: Object = {"index": 0, **said, "logprobs": None, "finish_reason": "content_filter"}
        return orjson.dumps({**self._envelope(), "choices": [choice]})

    def _envelope(self) -> Object:
        return {name: self._last[name] for name in ("id", "object", "created", "model") if name in self._last}


def json_of(delta: Delta) -> bytes:
    """Return *delta* as JSON: the very bytes that arrived, if it is as it was."""
    return orjson.dumps(delta.raw) if delta.wire is None else delta.wire
