"""Documents that the caller sent with the request."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.chat import ChatRequest
from gateway.domain.documents import Chunk
from gateway.domain.principals import Principal


@dataclass(frozen=True, slots=True)
class InlineRetriever:
    """Takes the documents that a request declares at their word, labels included.

    A registered document that is declared again is not looked up here: whoever lets policies rely on the catalogue's
    labels joins them to these, so that a request can only tighten them.
    """

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the declared documents in the caller's order, each as one chunk."""
        return request.documents
