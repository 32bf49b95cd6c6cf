"""A provider on loopback, in the loop of the test, that answers as the test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest

Play = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Played:
    """The server; `play` is what it does with the next requests, in order, the last one again and again."""

    play: list[Play] = field(default_factory=list)
    bodies: list[dict] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    peers: list[tuple] = field(default_factory=list)
    """Where each request came from: one connection is one peer."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request has arrived."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a caller left in the middle of an answer."""
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(json.loads(await request.read()))
        self.headers.append(request.headers)
        self.paths.append(request.path_qs)
        self.peers.append(request.transport.get_extra_info("peername"))
        self.asked.set()
        play = self.play.pop(0) if len(self.play) > 1 else self.play[0]
        try:
            return await play(request)
        except (ConnectionError, asyncio.CancelledError):
            self.left.set()
            raise


@asynccontextmanager
async def playing() -> AsyncIterator[Played]:
    played = Played()
    app = web.Application(client_max_size=100_000_000)
    app.router.add_route("*", "/{path:.*}", played.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    played.url = f"http://{host}:{port}"
    try:
        yield played
    finally:
        await runner.cleanup()


def whole(body: object, status: int = 200, **headers: str) -> Play:
    """Play one body: bytes as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}

    async def play(request: web.Request) -> web.StreamResponse:
        return web.Response(body=data, status=status, headers=kind)

    return play


def streamed(*pieces: bytes, pause: float = 0, cut: bool = False, forever: bool = False) -> Play:
    """Play a stream of *pieces*; *cut* breaks the connection after them, *forever* stays silent after them."""

    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(pause)
        if forever:
            await asyncio.sleep(3600)
        if cut:
            request.transport.abort()
        return response

    return play


def events(bodies: Iterable[object], *, done: bool = True) -> list[bytes]:
    """Return *bodies* as server-sent events."""
    end = [b"data: [DONE]\n\n"] if done else []
    return [b"data: %b\n\n" % json.dumps(body).encode() for body in bodies] + end


def chunk(delta: dict, finish: str | None = None, **more: object) -> dict:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }


def said(content: str | None, **message: object) -> dict:
    """Return a whole answer."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **message},
        "logprobs": None,
        "finish_reason": "stop",
    }
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def asking(text: str = "What is blue?", **fields: object) -> ChatRequest:
    """Return a request whose last message is *text*."""
    return CHAT.parse({"model": "alias", "messages": [{"role": "user", "content": text}], **fields})
