"""What retrieval spans tell of responses that are recorded already, added to their record.

Applications send their spans in batches, mostly after the model has answered. Whoever is told of a span keeps it first
and then looks for responses of its trace; whoever answers records the intent first and then looks for spans: whichever
comes second finds the other, in whatever process. Both make the same entry of it, which the log takes once.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Protocol

from gateway.domain.decisions import Target, Use
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.errors import GatewayError
from gateway.domain.facts import NONE
from gateway.domain.labels import ANOTHER_TENANT
from gateway.domain.runs import Breached, Edge, RunEvent, RunState, Traced
from gateway.lineage.writer import Writer
from gateway.policy.engine import PolicySet
from gateway.policy.uses import chunk_facts
from gateway.tracing.recorded import Name, Recorded, Responses, named
from gateway.tracing.spans import Heard, Spans

log = logging.getLogger(__name__)

SKEW = timedelta(seconds=1)
"""How much an application's clock may be ahead of ours."""


class Identifies(Protocol):
    """Knows which registered chunks a span tells of."""

    def identified(self, chunk: Chunk, tenant: str) -> Iterator[Chunk]:
        """Yield the registered chunks that *chunk* is, or itself with what the catalogue says of its document."""


class Isolates(Protocol):
    """Knows which texts are another tenant's."""

    def breaches(self, texts: Iterable[str], tenant: str, response: str) -> Sequence[tuple[str, Breached]]:
        """Return which texts of other tenants stand in *texts*, which fed *response* of *tenant*, by whose they are."""


class Policies(Protocol):
    """The policy set that decides now."""

    @property
    def current(self) -> PolicySet:
        """Return the active set."""


@dataclass(frozen=True, slots=True)
class Joining:
    """Adds to the record of responses what spans that came late tell of their context.

    A retrieval that ended after a response was asked for did not feed it. The decisions about its chunks are those of
    the policies of now, and come too late to act on: they tell what would have been refused. If the text is another
    tenant's, that one is told, as of a request that is refused.
    """

    spans: Spans
    responses: Responses
    identifies: Identifies
    policies: Policies
    writer: Writer
    isolation: Isolates | None = None
    """Without one no other tenant learns that a text of its own fed a response."""
    _running: set[asyncio.Task[int]] = field(default_factory=set, init=False, repr=False, compare=False)

    async def told(self, tenant: str, traces: Iterable[str]) -> int:
        """Join the spans of *traces* of *tenant* to what is recorded, and return how many entries that gave.

        Raises `LineageUnavailable`.
        """
        return sum([await self._join(tenant, trace_id) for trace_id in traces])

    def recorded(self, tenant: str, trace_id: str) -> None:
        """See to it that a response of the trace, whose intent is recorded, gets what spans have told meanwhile.

        Returns at once. What fails is told by the process's log; the spans themselves are joined all the same if
        another one comes.
        """
        if trace_id:
            task = asyncio.create_task(self._quietly(tenant, trace_id.lower()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def aclose(self) -> None:
        """Return when nothing is on its way any more."""
        await asyncio.gather(*self._running)

    async def _quietly(self, tenant: str, trace_id: str) -> int:
        try:
            return await self._join(tenant, trace_id)
        except GatewayError as exc:
            log.warning("spans could not be joined to their response: %s", exc.message)
            return 0

    async def _join(self, tenant: str, trace_id: str) -> int:
        events = await asyncio.to_thread(lambda: [*self._events(tenant, trace_id)])
        if events:
            await self.writer.append(events)
        return len(events)

    def _events(self, tenant: str, trace_id: str) -> Iterator[RunEvent]:
        heard = self.spans.of(tenant, trace_id)
        if not heard:
            return
        responses = self.responses.of_trace(tenant, trace_id)
        if not responses:
            return
        told = [(one, [*self._identified(one, tenant)]) for one in heard]
        for response in responses:
            known = set(response.known)
            for one, chunks in told:
                if one.ended is not None and one.ended > response.at + SKEW:
                    continue
                new = [chunk for chunk in chunks if known.isdisjoint(named(chunk))]
                known.update(name for chunk in new for name in named(chunk))
                if new:
                    yield self._event(response, new, tenant)
                if self.isolation and any(chunk.labels.get("tenant") == ANOTHER_TENANT for chunk in new):
                    yield from self._breaches(self.isolation, response.run, one, tenant)

    def _breaches(self, isolation: Isolates, run: str, heard: Heard, tenant: str) -> Iterator[RunEvent]:
        """Yield what tells other tenants which of their texts *heard* says to have fed *run* of *tenant*."""
        for owner, body in isolation.breaches([chunk.text for chunk in heard.chunks if chunk.text], tenant, run):
            name = _name([run, owner, *(one.chunk for one in body.chunks)])
            yield RunEvent(name, RunState.COMPLETE, replace(body, late=True), owner, name)

    def _identified(self, heard: Heard, tenant: str) -> Iterator[Chunk]:
        found: dict[Name, Chunk] = {}
        for chunk in heard.chunks:
            for one in self.identifies.identified(chunk, tenant):
                found.setdefault(named(one)[0], one)
        yield from found.values()

    def _event(self, response: Recorded, chunks: Sequence[Chunk], tenant: str) -> RunEvent:
        policies, user = self.policies.current, response.principal.facts
        destination = response.destinations[0] if response.destinations else NONE
        edges = []
        for rank, chunk in enumerate(chunks, 1):
            decision = policies.decide(Use(Target.CHUNK, chunk_facts(chunk, tenant), user, destination))
            edges.append(Edge(replace(chunk, rank=rank), ChunkState.RETRIEVED, decision))
        body = Traced(edges, policies.digest)
        return RunEvent(response.run, RunState.COMPLETE, body, tenant, _id(response.run, chunks))


def _id(run: str, chunks: Iterable[Chunk]) -> str:
    """Return the id of the event that tells *run* of *chunks*: the same in every process (UUID version 8)."""
    return _name([run, *("\t".join(named(chunk)[0]) for chunk in chunks)])


def _name(parts: Iterable[str]) -> str:
    """Return the id that *parts* have in every process (UUID version 8)."""
    said = "\n".join(parts)
    digits = bytearray(blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest())
    digits[6] = digits[6] & 0x0F | 0x80
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
