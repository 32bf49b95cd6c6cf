import asyncio

import pytest

from gateway.api.framing import ChoicesFraming
from gateway.api.reply import Reply
from gateway.domain.chat import Delta
from gateway.domain.errors import ProviderFailed
from gateway.lineage.recorder import Head


class Request:
    include = frozenset()


class Run:
    id = "0193"
    decision = "allow"
    receipt = "4@6:root"
    policy = "sha256:00"
    request = Request()


HEAD = Head(Run())


class Wire:
    """An ASGI server's side of one request."""

    def __init__(self, *, leaves_after: int | None = None) -> None:
        self.sent: list[dict] = []
        self.left = asyncio.Event()
        self.leaves_after = leaves_after
        self.ended: list[tuple[int, str]] = []

    async def receive(self) -> dict:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        self.sent.append(message)
        if self.leaves_after is not None and len(self.sent) > self.leaves_after:
            self.left.set()

    def done(self, status: int, code: str) -> None:
        self.ended.append((status, code))

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


async def answer(*items, closed: list[str] | None = None):
    try:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item
            await asyncio.sleep(0)
    finally:
        if closed is not None:
            closed.append("closed")


async def reply(wire: Wire, *items, stream: bool, closed: list[str] | None = None) -> None:
    await Reply(answer(*items, closed=closed), ChoicesFraming(), stream=stream, done=wire.done)(
        {}, wire.receive, wire.send
    )


async def test_a_whole_answer_is_the_bytes_that_came():
    wire = Wire()

    await reply(wire, HEAD, Delta({"a": 1}, b'{ "a":1 }'), stream=False)

    assert wire.body == b'{ "a":1 }'
    assert wire.headers[b"x-lineward-response-id"] == b"0193"
    assert wire.headers[b"x-lineward-receipt"] == b"4@6:root"
    assert wire.ended == [(200, "")]


async def test_a_stream_is_events_and_done():
    wire = Wire()

    await reply(wire, HEAD, Delta({"a": 1}, b'{"a":1}'), Delta({"b": 2}), stream=True)

    assert wire.body == b'data: {"a":1}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n'
    assert wire.headers[b"content-type"].startswith(b"text/event-stream")
    assert wire.headers[b"x-lineward-receipt"] == b"4@6:root"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_before_the_first_delta_is_an_http_error(stream: bool):
    wire = Wire()

    await reply(wire, ProviderFailed("gone"), stream=stream)

    assert wire.sent[0]["status"] == 502
    assert wire.ended == [(502, "provider_failed")]


async def test_a_failure_after_it_is_told_in_band():
    wire = Wire()

    await reply(wire, HEAD, Delta({"a": 1}), ProviderFailed("gone"), stream=True)

    assert wire.sent[0]["status"] == 200
    assert b'"code":"provider_failed"' in wire.body
    assert wire.body.endswith(b"data: [DONE]\n\n")
    assert wire.ended == [(200, "provider_failed")]


async def test_an_unforeseen_error_is_a_500_without_its_words():
    wire = Wire()

    await reply(wire, ValueError("prompt text"), stream=False)

    assert wire.sent[0]["status"] == 500
    assert b"prompt text" not in wire.body


async def test_when_the_client_leaves_the_answer_is_closed():
    wire, closed = Wire(leaves_after=2), []

    async def endless():
        try:
            yield HEAD
            while True:
                yield Delta({"a": 1})
                await asyncio.sleep(0.001)
        finally:
            closed.append("closed")

    await asyncio.wait_for(
        Reply(endless(), ChoicesFraming(), stream=True, done=wire.done)({}, wire.receive, wire.send), 5
    )

    assert closed == ["closed"]
    assert wire.ended == [(499, "client_left")]


async def test_cancelling_the_server_is_not_a_client_that_left():
    wire, closed = Wire(), []

    async def hanging():
        try:
            yield HEAD
            await asyncio.sleep(60)
        finally:
            closed.append("closed")

    task = asyncio.ensure_future(
        Reply(hanging(), ChoicesFraming(), stream=True, done=wire.done)({}, wire.receive, wire.send)
    )
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert closed == ["closed"]


async def test_events_that_are_ready_together_leave_in_one_write():
    wire = Wire()

    async def ready():
        yield HEAD
        for number in range(3):
            yield Delta({"a": number})
        await asyncio.sleep(0.01)
        yield Delta({"b": 0})

    await Reply(ready(), ChoicesFraming(), stream=True, done=wire.done)({}, wire.receive, wire.send)

    events = [message["body"] for message in wire.sent[1:]]
    assert events == [
        b'data: {"a":0}\n\ndata: {"a":1}\n\ndata: {"a":2}\n\n',
        b'data: {"b":0}\n\n',
        b"data: [DONE]\n\n",
    ]


async def test_a_reader_that_does_not_keep_up_is_waited_for():
    wire, reads, made = Wire(), asyncio.Event(), []

    async def slow(message: dict) -> None:
        wire.sent.append(message)
        if message["type"] == "http.response.body":
            await reads.wait()

    async def long():
        yield HEAD
        for number in range(50):
            made.append(number)
            yield Delta({"a": "x" * 10_000})

    replying = asyncio.create_task(Reply(long(), ChoicesFraming(), stream=True, done=wire.done)({}, wire.receive, slow))
    for _ in range(100):
        await asyncio.sleep(0)
    before = len(made)
    reads.set()
    await replying

    assert before < 5
    assert len(made) == 50
    assert wire.body.count(b"data: ") == 51
