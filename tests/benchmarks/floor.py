"""The bare floor: a FastAPI application that forwards the same bytes with aiohttp, and does nothing else."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse


def create_app(upstream: str) -> FastAPI:
    """Return an application that forwards to *upstream*."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app.state.session = session
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/chat/completions")
    async def forward(request: Request) -> Response:
        body = await request.body()
        session: aiohttp.ClientSession = request.app.state.session
        headers = {"content-type": "application/json"}
        if b'"stream": true' not in body:
            async with session.post(f"{upstream}/chat/completions", data=body, headers=headers) as response:
                return Response(await response.read(), media_type="application/json")

        async def relayed() -> AsyncIterator[bytes]:
            async with session.post(f"{upstream}/chat/completions", data=body, headers=headers) as response:
                async for piece in response.content.iter_any():
                    yield piece

        return StreamingResponse(relayed(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(create_app(sys.argv[1]), access_log=False, log_level="warning"))
    server.run(sockets=[listening])
