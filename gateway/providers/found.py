"""What a search has found and policies have left, as OpenAI's page of search results. No provider is asked."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from gateway.dialects.vector_stores import CALLER, SearchDialect, queries
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON, Object
from gateway.providers.destination import Destination

_MOST_ATTRIBUTES = 16


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
    return {
        "file_id": chunk.document,
        "filename": chunk.title or PurePosixPath(chunk.document).name or chunk.document,
        "score": min(1.0, max(0.0, chunk.score or 0.0)),
        "attributes": _attributes(chunk),
        "content": [{"type": "text", "text": chunk.text}],
    }


def _attributes(chunk: Chunk) -> Object:
    """Return the labels that are single values, and the source; lists, such as who may read it, are not told."""
    told: Object = {"source": str(chunk.source)}
    for name, value in chunk.labels.items():
        if isinstance(value, datetime):
            told[name] = value.isoformat()
        elif not isinstance(value, tuple):
            told[name] = value
    return dict(list(told.items())[:_MOST_ATTRIBUTES])
