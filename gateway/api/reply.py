"""An answer on its way to the caller: whole or as server-sent events.

Starlette's StreamingResponse neither closes the generator of a reader that left nor waits with the headers until
something may be released; this one does both. Writing waits for the reader (uvicorn's flow control), so a slow one
holds memory bounded.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from gateway.api.errors import error_headers, internal
from gateway.api.framing import Framing, json_of
from gateway.domain.chat import Delta
from gateway.domain.errors import GatewayError
from gateway.lineage.recorder import Head

Headers = list[tuple[bytes, bytes]]
Done = Callable[[int, str], None]
"""Told the status and the error's code (or empty) when the reply has ended; status 499 is a client that left."""

SSE: Headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"),
                (b"x-accel-buffering", b"no")]  # fmt: skip
LEFT = 499

TOGETHER = 16_384
"""Bytes of events that may wait for the end of their turn of the event loop."""


class Reply:
    """Sends what *answer* yields; the answer is closed when this returns, whatever happened."""

    def __init__(
        self, answer: AsyncGenerator[Head | Delta, None], framing: Framing, *, stream: bool, done: Done
    ) -> None:
        self._answer = answer
        self._framing = framing
        self._stream = stream
        self._done = done
        self._status = 0
        self._code = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply; when the client leaves, the answer is cancelled."""
        sending = asyncio.current_task()
        leaving = asyncio.ensure_future(_left(receive))
        ended = left = False

        def leave(_: asyncio.Future[None]) -> None:
            nonlocal left
            if sending and not ended:
                left = True
                sending.cancel()

        leaving.add_done_callback(leave)
        try:
            await self._send(send)
        except asyncio.CancelledError:
            if not (left and sending):
                raise
            sending.uncancel()
            self._status, self._code = LEFT, "client_left"
        finally:
            ended = True
            leaving.cancel()
            self._done(self._status, self._code)

    async def _send(self, send: Send) -> None:
        async with aclosing(self._answer) as answer:
            try:
                head = await anext(answer)
                if self._stream:
                    await self._send_stream(answer, head, send)
                else:
                    await self._send_whole(answer, head, send)
            except GatewayError as exc:
                await self._fail(exc, send)
            except Exception as exc:
                await self._fail(internal(exc), send)

    async def _send_whole(self, answer: AsyncGenerator[Head | Delta, None], head: Head | Delta, send: Send) -> None:
        whole: Delta | None = None
        async for delta in answer:
            if isinstance(delta, Delta):
                whole = delta
        told = await head.told() if isinstance(head, Head) else None
        body = json_of(Delta({**whole.raw, "lineward": told}) if told else whole) if whole else b""
        await _send_all(send, 200, [(b"content-type", b"application/json"), *_headers(head)], body)
        self._status = 200

    async def _send_stream(self, answer: AsyncGenerator[Head | Delta, None], head: Head | Delta, send: Send) -> None:
        events = Events(send)
        try:
            async for delta in answer:
                if not self._status:
                    events.begin([*SSE, *_headers(head)])
                    self._status = 200
                if isinstance(delta, Delta):
                    await events.put(self._framing.event(delta))
        except asyncio.CancelledError:
            events.drop()
            raise
        finally:
            await events.written()
        told = await head.told() if isinstance(head, Head) else None
        last = self._framing.lineage(told) if told else b""
        await send({"type": "http.response.body", "body": last + self._framing.end(), "more_body": False})

    async def _fail(self, error: GatewayError, send: Send) -> None:
        self._code = error.code
        if not self._status:
            self._status = error.status
            await _send_all(send, error.status, error_headers(error), self._framing.refusal(error))
            return
        await send({"type": "http.response.body", "body": self._framing.broken(error)})


class Events:
    """Events of a stream on their way out: those that are ready in one turn of the event loop leave in one write.

    Each is there for the reader as soon as nothing else is ready; a provider's events often arrive several at once.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._headers: Headers | None = None
        """What goes out before the first event, and together with it."""
        self._waiting: list[bytes] = []
        self._size = 0
        self._writing: asyncio.Task[None] | None = None
        self._sending = False
        """Whether a write waits for the reader."""

    def begin(self, headers: Headers) -> None:
        """Let *headers* go before the first event."""
        self._headers = headers

    async def put(self, event: bytes) -> None:
        """Take *event*; wait while the reader does not keep up."""
        self._waiting.append(event)
        self._size += len(event)
        if self._sending or self._size > TOGETHER:
            await self.written()
        if self._waiting and self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def written(self) -> None:
        """Return when everything is written. Raises what writing has raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    def drop(self) -> None:
        """Write nothing more."""
        self._waiting.clear()
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self) -> None:
        while self._waiting:
            body = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._sending = True
            if self._headers is not None:
                headers, self._headers = self._headers, None
                await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            self._sending = False
        self._writing = None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(head: Head | Delta) -> Headers:
    if not isinstance(head, Head):
        raise TypeError("an answer starts with its Head")
    return [
        (b"x-lineward-response-id", head.response_id.encode()),
        (b"x-lineward-decision", head.decision.encode()),
        (b"x-lineward-policy", head.policy.encode()),
        (b"x-lineward-receipt", head.receipt.encode()),
    ]


async def _send_all(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, error: GatewayError, framing: Framing) -> None:
    """Send *error* as the whole reply."""
    await _send_all(send, error.status, error_headers(error), framing.refusal(error))
