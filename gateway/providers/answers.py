"""An answer read out of bytes that arrive in any pieces: a stream of events, or one JSON body. Knows no I/O."""

from collections.abc import Iterator
from typing import Protocol, cast

import orjson

from gateway.domain.chat import Delta, Dialect
from gateway.domain.errors import ProviderFailed
from gateway.domain.json import JSON, Object
from gateway.providers.bursts import Burst
from gateway.providers.events import Events, EventTooLong
from gateway.providers.refusals import broken_off


class Reader(Protocol):
    """Turns the bytes of one answer into its deltas."""

    done: bool
    """Whether the answer is complete before its bytes end."""

    def feed(self, chunk: bytes) -> Iterator[Delta]:
        """Yield the deltas that *chunk* completes; to be exhausted before the next `feed`."""

    def finish(self) -> Iterator[Delta]:
        """Yield what only the end of the bytes completes. Raises `ProviderFailed` when the answer is not whole."""


class Stream:
    """Reads server-sent events up to `[DONE]`."""

    def __init__(self, provider: str, limit: int, dialect: Dialect) -> None:
        self.done = False
        self._provider = provider
        self._dialect = dialect
        self._events = Events(limit)
        self._burst = Burst(dialect)
        self._finished = False
        """Whether an event has said that the answer is complete."""

    def feed(self, chunk: bytes) -> Iterator[Delta]:
        """Yield a delta for each event that *chunk* completes; one for several that go on from each other (bursts.py).

        Raises `ProviderFailed` for an event that is an error, not a JSON object, or too long.
        """
        burst = self._burst
        try:
            for wire in self._events.feed(chunk):
                if not burst.goes_on(wire):
                    yield from burst.end()
                    if wire.startswith(b"[DONE]"):
                        self.done = True
                        return
                    if wire:
                        burst.begin(Delta(self._read(wire), wire))
        except EventTooLong:
            yield from burst.end()
            raise ProviderFailed(f"Provider {self._provider!r} sent an event that is too long.") from None
        yield from burst.end()

    def _read(self, wire: bytes) -> Object:
        raw = _object(wire, self._provider, "an event")
        if not self._finished:
            self._finished = self._dialect.ends(raw)
        return raw

    def finish(self) -> Iterator[Delta]:
        """Yield nothing: a stream completes its deltas itself.

        Raises `ProviderFailed` when neither `[DONE]` came nor an event that completes the answer: it was cut off.
        """
        if not (self.done or self._finished):
            raise ProviderFailed(f"Provider {self._provider!r} ended its stream in the middle of the answer.")
        yield from ()


class Whole:
    """Reads one JSON body."""

    def __init__(self, provider: str, limit: int, dialect: Dialect) -> None:
        self.done = False
        self._provider = provider
        self._dialect = dialect
        self._limit = limit
        self._body = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Delta]:
        """Yield nothing: only the end of the body completes it. Raises `ProviderFailed` when it is too long."""
        self._body += chunk
        if len(self._body) > self._limit:
            raise ProviderFailed(f"Provider {self._provider!r} sent an answer that is too long.")
        yield from ()

    def finish(self) -> Iterator[Delta]:
        """Yield the body. Raises `ProviderFailed` when it is no answer of the dialect."""
        wire = bytes(self._body)
        raw = _object(wire, self._provider, "an answer")
        if not self._dialect.is_answer(raw):
            raise ProviderFailed(f"Provider {self._provider!r} sent an answer that is none of {self._dialect.name}.")
        yield Delta(raw, wire)


def _object(wire: bytes, provider: str, what: str) -> Object:
    try:
        raw = orjson.loads(wire)
    except orjson.JSONDecodeError:  # it holds the text that it could not read, which must not reach a log
        raise ProviderFailed(f"Provider {provider!r} sent {what} that is not JSON.") from None
    if not isinstance(raw, dict):
        raise ProviderFailed(f"Provider {provider!r} sent {what} that is not a JSON object.")
    if error := _error(raw):
        raise broken_off(provider, error)
    return cast(Object, raw)


def _error(raw: Object) -> JSON:
    """Return the error that *raw* is: in a field, as an event of that type, or in an answer that an event ends."""
    if error := raw.get("error"):
        return error
    kind = raw.get("type")
    if kind == "error":
        return raw
    if kind == "response.failed":
        response = raw.get("response")
        return (response.get("error") if isinstance(response, dict) else None) or {"code": "failed"}
    return None
