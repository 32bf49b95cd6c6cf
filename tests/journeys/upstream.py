"""A provider on loopback that plays what a test tells it, and remembers what it was sent."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

Play = Callable[[dict, web.Request], "web.StreamResponse | None"]


@dataclass
class Stream:
    """Events to send, with a pause between them; an optional breaking off instead of `[DONE]`."""

    events: list[dict]
    pause: float = 0.0
    done: bool = True


@dataclass
class Whole:
    body: dict | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def completion(content: str | None, **message) -> dict:
    """Return a whole answer as OpenAI gives it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "played-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "logprobs": None,
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        "system_fingerprint": "fp_1",
    }


def chunk(delta: dict, finish: str | None = None, index: int = 0, **more) -> dict:
    """Return one event of a streamed answer."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "played-1",
        "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}],
        **more,
    }


def streamed(*pieces: str, pause: float = 0.0) -> Stream:
    """Return a streamed answer whose content comes in *pieces*."""
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in pieces)]
    return Stream([*events, chunk({}, "stop")], pause)


class Upstream:
    """The server; `says` is the script of its next answers, the last one being repeated."""

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.last_body = b""
        """The last one as it came."""
        self.last_headers: Mapping[str, str] = {}
        self.keys: list[str] = []
        self.says: list[Stream | Whole] = []
        self.cut = threading.Event()
        """Set when a caller left before its answer ended."""
        self.sent = 0
        """Events written so far."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=200_000_000)
        for path in (
            "chat/completions",
            "completions",
            "embeddings",
            "messages",
            "messages/count_tokens",
            "moderations",
            "rerank",
            "responses",
        ):
            app.router.add_post(f"/v1/{path}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.last_body, self.last_headers = await request.read(), request.headers
        body = json.loads(self.last_body)
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        script = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(script, Whole):
            data = script.body if isinstance(script.body, bytes) else json.dumps(script.body).encode()
            return web.Response(
                body=data, status=script.status, content_type="application/json", headers=script.headers
            )
        return await self._stream(request, script)

    async def _stream(self, request: web.Request, script: Stream) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            for event in script.events:
                await response.write(b"data: %b\n\n" % json.dumps(event).encode())
                self.sent += 1
                if script.pause:
                    await asyncio.sleep(script.pause)
            if script.done:
                await response.write(b"data: [DONE]\n\n")
            await response.write_eof()
        except (ConnectionError, asyncio.CancelledError):
            self.cut.set()
            raise
        return response
