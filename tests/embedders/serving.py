"""An embedding service on loopback that speaks as OpenAI does, and really embeds."""

import asyncio
import json
import threading
from typing import Self

from aiohttp import web

from gateway.embedders.onnx import OnnxEmbedder


class EmbeddingServer:
    """Remembers what it was asked; `says`, when it is set, is what it answers instead of vectors."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.keys: list[str] = []
        self.says: tuple[int, bytes] | None = None
        self.url = ""
        self._embedder = OnnxEmbedder()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

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
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"

    async def _answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.texts += body["input"]
        self.keys.append(request.headers.get("authorization", ""))
        if self.says is not None:
            status, answer = self.says
            return web.Response(body=answer, status=status, content_type="application/json")
        vectors = await self._embedder.embed(body["input"])
        data = [
            {"object": "embedding", "index": at, "embedding": [float(number) * 3 for number in vector]}
            for at, vector in enumerate(vectors)
        ]
        return web.json_response({"object": "list", "data": data[::-1], "model": body["model"]})
