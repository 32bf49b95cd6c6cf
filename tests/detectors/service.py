"""A detection service on loopback that answers as a test tells it, and remembers what it was asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answering = Callable[[dict], Awaitable[web.StreamResponse] | object]


def places(text: str) -> list[tuple[int, int]]:
    """Return where an x stands."""
    return [(at, at + 1) for at, c in enumerate(text) if c == "x"]


def analyzer(asked: dict) -> object:
    """Answer as Presidio's analyzer."""

    def found(text: str) -> list[dict]:
        return [{"entity_type": "EX", "start": s, "end": e, "score": 0.85, "analysis_explanation": None}
                for s, e in places(text)]  # fmt: skip

    return found(asked["text"]) if isinstance(asked["text"], str) else [found(text) for text in asked["text"]]


def plain(asked: dict) -> object:
    """Answer in the `lineward` dialect."""
    return {
        "findings": [
            [{"entity": "EX", "start": s, "end": e, "score": 0.85} for s, e in places(text)] for text in asked["texts"]
        ]
    }


@dataclass
class Service:
    """What runs, and what it was asked."""

    url: str = ""
    answering: Answering = plain
    asked: list[dict] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        self.asked.append(await request.json())
        said = self.answering(self.asked[-1])
        if isinstance(said, Awaitable):
            said = await said
        return said if isinstance(said, web.StreamResponse) else web.json_response(said)


@asynccontextmanager
async def serving(answering: Answering = plain) -> AsyncIterator[Service]:
    service = Service(answering=answering)
    app = web.Application(client_max_size=50_000_000)
    app.router.add_post("/find", service.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}/find"
    try:
        yield service
    finally:
        await runner.cleanup()
