"""How an answer is written down for callers of OpenAI's responses: events with names and gapless numbers."""

import re
import time

import orjson

from gateway.api.errors import error_bytes, error_object
from gateway.api.framing import json_of
from gateway.domain.chat import Delta
from gateway.domain.errors import GatewayError
from gateway.domain.json import JSON, Object

_NAME = re.compile(r"[\w.]+")


class ResponsesFraming:
    """Typed events, the last of which tells how the answer ended; nothing comes after it."""

    def __init__(self) -> None:
        self._response: Object = {}
        """The answer as an event told it last."""
        self._number: int | None = None
        """The number of the next event, once one had a number."""

    def event(self, delta: Delta) -> bytes:
        """Return *delta* as an event.

        Its bytes stay as they arrived unless events before it were added or taken away: numbers have no gaps.
        """
        response = delta.raw.get("response")
        if isinstance(response, dict):
            self._response = response
        return _event(delta.raw.get("type"), json_of(self._numbered(delta)))

    def end(self) -> bytes:
        """Return nothing: the last event has said it."""
        return b""

    def lineage(self, lineage: Object) -> bytes:
        """Return *lineage* as an event of a type of its own."""
        event: Object = {"type": "lineward.lineage", "sequence_number": self._number or 0, "lineward": lineage}
        return _event("lineward.lineage", orjson.dumps(event))

    def broken(self, error: GatewayError) -> bytes:
        """Return the `response.failed` event that tells *error*."""
        told = error_object(error)["error"]
        kept: Object = {}
        if isinstance(told, dict):
            kept |= {name: told[name] for name in ("code", "message", "lineward") if name in told}
        unheard: Object = {**_UNKNOWN, "created_at": int(time.time())}
        response: Object = {**unheard, **self._response, "status": "failed", "error": kept}
        event: Object = {"type": "response.failed", "sequence_number": self._number or 0, "response": response}
        return _event("response.failed", orjson.dumps(event))

    def refusal(self, error: GatewayError) -> bytes:
        """Return the OpenAI error object."""
        return error_bytes(error)

    def _numbered(self, delta: Delta) -> Delta:
        number = delta.raw.get("sequence_number")
        if not isinstance(number, int):
            return delta
        wanted = number if self._number is None else self._number
        self._number = wanted + 1
        return delta if number == wanted else Delta({**delta.raw, "sequence_number": wanted})


_UNKNOWN: Object = {
    "id": "",
    "object": "response",
    "model": "",
    "output": [],
    "parallel_tool_calls": False,
    "tool_choice": "auto",
    "tools": [],
}
"""A response of which nothing has been heard."""


def _event(name: JSON, data: bytes) -> bytes:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return b"event: %b\ndata: %b\n\n" % (name.encode(), data)
    return b"data: %b\n\n" % data
