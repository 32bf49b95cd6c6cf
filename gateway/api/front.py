"""The first look at a request: what models answer goes straight to its endpoint, everything else through FastAPI.

FastAPI's stack of middleware and routing costs a tenth of what a whole judged and recorded answer may cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Front:
    """An ASGI application of several."""

    app: ASGIApp
    endpoints: Mapping[str, ASGIApp]
    """Path to what answers a POST to it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request, or the server's lifespan, to the one that it concerns."""
        hot = scope["type"] == "http" and scope["method"] == "POST"
        endpoint = self.endpoints.get(scope["path"], self.app) if hot else self.app
        await endpoint(scope, receive, send)
