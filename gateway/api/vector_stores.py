"""`POST /v1/vector_stores/{collection}/search`: the gateway's own collections, judged and recorded like any prompt."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from gateway.api.endpoint import Endpoint
from gateway.dialects.vector_stores import CALLER, SearchDialect
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.principals import Principal
from gateway.interfaces import Provider
from gateway.lineage.recorder import Head
from gateway.pipeline import Pipeline
from gateway.routing import Destination, Routes


@dataclass(frozen=True, slots=True)
class VectorStores:
    """The endpoint of every collection, in the place of the one that a request names."""

    endpoint: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one search."""
        dialect = SearchDialect(scope["path_params"]["collection"])
        await replace(self.endpoint, speech=dialect)(scope, receive, send)


class Searches:
    """Answers searches with what *pipeline* finds and lets pass, *found* being where it goes.

    A search may name the model that its results are meant for: they are judged as in that model's prompts. Without
    one they are judged as what stays with the caller.
    """

    def __init__(self, pipeline: Pipeline, found: Provider) -> None:
        meant = {
            name: [Destination(found, one.model, one.facts) for one in route]
            for name, route in pipeline.routes.models.items()
        }
        self._pipeline = replace(pipeline, routes=Routes({**meant, CALLER: [Destination.of(found, CALLER)]}))

    def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        """Yield a `Head`, then the page of results."""
        if request.model == CALLER:
            principal = replace(principal, models=(*principal.models, CALLER))
        return self._pipeline.run(request, principal)
