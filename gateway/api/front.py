"""The first look at a request: conversations go straight to their endpoint, everything else through FastAPI.

FastAPI's stack of middleware and routing costs a tenth of what a whole judged and recorded answer may cost.
"""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Front:
    """An ASGI application of two."""

    app: ASGIApp
    chat: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request, or the server's lifespan, to the one that it concerns."""
        hot = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        await (self.chat if hot else self.app)(scope, receive, send)
