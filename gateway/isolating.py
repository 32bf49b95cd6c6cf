"""Tells a tenant that a text of its own turned up in a request of another one.

The caller learns nothing but the refusal: whose text it is must not be told to who should not have it. Those who answer
for the text must know all the same, and stand in the dark about who asked: the record of it is theirs.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.chat import ChatRequest
from gateway.domain.digests import new_id
from gateway.domain.documents import Chunk
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.labels import ANOTHER_TENANT
from gateway.domain.runs import Breached, BreachedChunk, RunEvent, RunState
from gateway.lineage.writer import Writer
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.results import Match


@dataclass(frozen=True, slots=True)
class Isolation:
    """Records breaches of tenant isolation, each for the tenant whose texts they concern."""

    recogniser: Recogniser
    writer: Writer

    async def watch(self, request: ChatRequest, chunks: Sequence[Chunk], tenant: str, response: str) -> None:
        """Record which texts of other tenants stand in *request* of *tenant*, whose chunks are *chunks*.

        *response* is the id under which the request is recorded. Costs nothing unless one of *chunks* is another
        tenant's. Raises `ContextUnavailable` and `LineageUnavailable`: then nothing may be answered.
        """
        if not any(chunk.labels.get("tenant") == ANOTHER_TENANT for chunk in chunks):
            return
        texts = [text.value for text in request.texts if text.kind != "binary"]
        texts += [chunk.text for chunk in chunks if chunk.text]
        try:
            found = await asyncio.to_thread(self.breaches, texts, tenant, response)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Registered documents cannot be recognised now: {exc.message}.") from exc
        if found:
            await self.writer.append([RunEvent(new_id(), RunState.COMPLETE, body, owner) for owner, body in found])

    def breaches(self, texts: Iterable[str], tenant: str, response: str) -> Sequence[tuple[str, Breached]]:
        """Return which texts of other tenants stand in *texts*, which fed *response* of *tenant*, by whose they are.

        Raises `LineageUnavailable`.
        """
        found = [*self._foreign(texts, tenant)]
        owners = dict.fromkeys(match.tenant for match in found)
        return [(owner, Breached(response, _chunks(found, owner))) for owner in owners]

    def _foreign(self, texts: Iterable[str], tenant: str) -> Iterator[Match]:
        for text in texts:
            yield from self.recogniser.recognise(text, tenant).foreign


def _chunks(matches: Iterable[Match], owner: str) -> list[BreachedChunk]:
    """Return what of *owner* stands in *matches*, each chunk once, where the most of it stands."""
    found: dict[tuple[object, ...], BreachedChunk] = {}
    for match in matches:
        if match.tenant == owner:
            characters = sum(end - start for start, end in match.spans)
            for one in match.chunks:
                name = one.source, one.document, one.version, one.ordinal, one.digest
                breached = BreachedChunk(*name, round(match.coverage, 4), characters)
                if name not in found or found[name].characters < characters:
                    found[name] = breached
    return [*found.values()]
