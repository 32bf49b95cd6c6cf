"""Chunks that fed an earlier answer of ours which stands in the conversation: what it knew, it brings along."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.domain.chat import ChatRequest
from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.principals import Principal
from gateway.domain.records import ContextEntry
from gateway.interfaces import Ledger
from gateway.recognition.answers import Answers, runs_of

REMEMBERED = 8_192
"""Answers of which is remembered what they bring along."""

UNKNOWN_SECONDS = 5.0
"""How long a text counts as no answer of ours before it is looked up again: its print may not have been kept yet."""

_FED = frozenset({ChunkState.SENT, ChunkState.MASKED, ChunkState.ATTRIBUTED})


@dataclass(frozen=True, slots=True)
class InheritedRetriever:
    """Knows earlier answers again, by their words, and brings the chunks that fed them with the labels they had then.

    Of several responses with the same answer, those chunks count that fed at least half of them: a set phrase that many
    give for different reasons brings nothing along.
    """

    answers: Answers
    ledger: Ledger
    _known: "OrderedDict[tuple[str, str], tuple[float, Sequence[Chunk]]]" = field(
        default_factory=OrderedDict, init=False, repr=False, compare=False
    )

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the chunks that earlier answers in the history bring along, each once, in the order of the history.

        `text` is empty and `path` that of the answer: nothing of them is sent for this reason. It is empty for those of
        answers that the gateway has put there, which are known by their runs, however few words they have. Raises
        `ContextUnavailable` when the record cannot be read.
        """
        found: dict[tuple[Source, str, Digest], Chunk] = {}
        tenant = principal.tenant
        for text in request.texts:
            if text.kind == "history":
                for chunk in await self._brought(tenant, text.value):
                    found.setdefault((chunk.source, chunk.document, chunk.digest), replace(chunk, path=text.path))
        for run in request.follows:
            for chunk in await self._remembered((tenant, run), partial(chunks_of, self.ledger, run, tenant)):
                found.setdefault((chunk.source, chunk.document, chunk.digest), chunk)
        return [*found.values()]

    async def _brought(self, tenant: str, answer: str) -> Sequence[Chunk]:
        def look_up() -> Sequence[Chunk]:
            return brought_by(self.answers, self.ledger, tenant, answer)

        return await self._remembered((tenant, digest(answer)), look_up)

    async def _remembered(self, key: tuple[str, str], look_up: Callable[[], Sequence[Chunk]]) -> Sequence[Chunk]:
        known = self._known.get(key)
        if known and (known[1] or time.monotonic() - known[0] < UNKNOWN_SECONDS):
            return known[1]
        try:
            chunks = await asyncio.to_thread(look_up)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Earlier answers cannot be looked up now: {exc.message}.") from exc
        self._known[key] = time.monotonic(), chunks
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return chunks


def brought_by(answers: Answers, ledger: Ledger, tenant: str, answer: str) -> Sequence[Chunk]:
    """Return the chunks that the text *answer* brings along if *tenant* was given it before."""
    runs = runs_of(answers, tenant, answer)
    each = [chunks_of(ledger, run, tenant) for run in runs]
    counts = Counter((chunk.source, chunk.document, chunk.digest) for chunks in each for chunk in chunks)
    latest = {(chunk.source, chunk.document, chunk.digest): chunk for chunks in reversed(each) for chunk in chunks}
    return [chunk for name, chunk in latest.items() if 2 * counts[name] >= len(each)]


def chunks_of(ledger: Ledger, run: str, tenant: str) -> Sequence[Chunk]:
    """Return the chunks that fed response *run* of *tenant*, as inherited ones; each once."""
    record = ledger.response(run, tenant)
    fed = [entry for entry in record.context if _took_part(entry)] if record else []
    return [*{(entry.source, entry.document, entry.chunk): _inherited(entry) for entry in fed}.values()]


def _took_part(entry: ContextEntry) -> bool:
    return entry.state in _FED or (entry.how in (How.INHERITED, How.TRACED) and entry.state is not ChunkState.DROPPED)


def _inherited(entry: ContextEntry) -> Chunk:
    return Chunk(
        source=Source.read(entry.source),
        document=entry.document,
        version=entry.version,
        ordinal=entry.ordinal,
        text="",
        how=How.INHERITED,
        digest=entry.chunk,
        title=entry.title,
        url=entry.url,
        labels=entry.labels,
    )
