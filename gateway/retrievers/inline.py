"""Documents that the caller sent with the request, or says to stand in it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.domain.chat import ChatRequest
from gateway.domain.documents import Chunk
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.labels import ANOTHER_TENANT, UNREGISTERED, SourceLabels, joined
from gateway.domain.principals import Principal
from gateway.recognition.disagreements import located
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.results import Recognition

SAME = 0.5
"""How much of a registered chunk must stand in a declared text for its labels to hold there."""


@dataclass(frozen=True, slots=True)
class InlineRetriever:
    """Takes the documents that a request declares, with labels that it can only tighten.

    What the catalogue says of a document's source holds, and what it says of registered chunks whose words the document
    has: nobody loosens a label by declaring a text under another name. A text that another tenant has registered is
    labelled as another tenant's, so that no policy lets it pass.
    """

    recogniser: Recogniser | None = None
    sources: SourceLabels = UNREGISTERED

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the declared documents in the caller's order, each as one chunk; then those that stand in texts.

        Raises `ContextUnavailable` when what is registered cannot be read.
        """
        declared = [*request.documents, *_standing(request)]
        if not declared:
            return declared
        known = await self._recognised([chunk for chunk in declared if chunk.is_brought], principal.tenant)
        return [self._labelled(chunk, known.get(chunk.digest)) for chunk in declared]

    async def _recognised(self, chunks: Sequence[Chunk], tenant: str) -> dict[str, Recognition]:
        """Return what is recognised in each of *chunks*, by its digest; the others are recognised where they stand."""
        recogniser = self.recogniser
        if recogniser is None:
            return {}
        found = {chunk.digest: recogniser.remembered(chunk.text, tenant) for chunk in chunks}
        if None in found.values():
            try:
                look = recogniser.recognise
                found = await asyncio.to_thread(lambda: {chunk.digest: look(chunk.text, tenant) for chunk in chunks})
            except LineageUnavailable as exc:
                raise ContextUnavailable(f"Registered documents cannot be recognised now: {exc.message}.") from exc
        return {digest: recognition for digest, recognition in found.items() if recognition}

    def _labelled(self, chunk: Chunk, recognition: Recognition | None) -> Chunk:
        labels = self.sources.joined(chunk.source, chunk.labels)
        if recognition:
            for match in recognition.matches:
                if match.coverage >= SAME:
                    for registered in match.chunks:
                        if registered.labels != labels:  # else it is a document that comes again, as nearly always
                            labels = joined(registered.labels, labels)
            if recognition.foreign:
                labels |= Facts(tenant=ANOTHER_TENANT)
        return chunk if labels == chunk.labels else replace(chunk, labels=labels)


def _standing(request: ChatRequest) -> Iterator[Chunk]:
    """Yield what the caller says to stand in the texts of *request*, at each place where it does."""
    for text in request.texts if request.context else ():
        for position, spans in located(text.value, request.context).items():
            yield replace(request.context[position], path=text.path, spans=spans)
