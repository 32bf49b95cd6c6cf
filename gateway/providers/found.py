"""What a search has found and policies have left, as OpenAI's page of search results. No provider is asked."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from gateway.dialects.searchresults import result
from gateway.dialects.vector_stores import CALLER, SearchDialect, queries
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON
from gateway.providers.destination import Destination


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundProvider(Destination):
    """Hands the chunks in a prompt to the caller. That is where they go, so it counts as a place in the house."""

    name: str = CALLER
    self_hosted: bool = True
    zero_retention: bool = True
    trains_on_data: bool = False

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return frozenset({SearchDialect.name})

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the page of what stands in *request*; see `interfaces.Provider`."""
        yield Delta(
            {
                "object": "vector_store.search_results.page",
                "search_query": list[JSON](queries(request.raw)),
                "data": [_result(item.chunk) for item in request.placed],
                "has_more": False,
                "next_page": None,
            }
        )

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""


def _result(chunk: Chunk) -> JSON:
    return {**result(chunk), "content": [{"type": "text", "text": chunk.text}]}
