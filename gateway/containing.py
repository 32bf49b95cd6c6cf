"""Quarantine with immediate effect: what is out of use feeds no prompt, whatever way or name it comes by.

Every process reads the register's version at most REFRESH before a chunk is judged, so that what one process takes out
of use is out of use in all of them by then. As long as nothing is quarantined a request pays for one look at a clock.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway.domain.chat import ChatRequest
from gateway.domain.digests import Digest, new_id
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.json import Path
from gateway.domain.quarantines import Contained, Quarantine
from gateway.domain.runs import Quarantined, RunEvent, RunState
from gateway.recognition.results import Span
from gateway.retrievers.standing import Standing
from gateway.stores.additions import short

REFRESH = 0.1
"""Seconds for which a process relies on what it has read of the register."""

SAME = 0.5
"""How much of a chunk that is out of use must stand in a text under another name, for that text to be it."""


class Register(Protocol):
    """Which documents are out of use."""

    def version(self) -> int:
        """Return what changes whenever the register does. Raises `LineageUnavailable`."""

    def contained(self) -> Sequence[Contained]:
        """Return every document that is out of use. Raises `LineageUnavailable`."""


class Texts(Protocol):
    """Reads the texts that are kept."""

    def texts(self, digests: Sequence[Digest], tenant: str) -> Mapping[Digest, str]:
        """Return those texts of *tenant* that are kept, by digest. Raises `LineageUnavailable`."""


class Log(Protocol):
    """What makes events durable."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Return what is done when *events* are on disk."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is out of use for one tenant."""

    names: frozenset[tuple[str, str, str]] = frozenset()
    """Namespace and name of the source, and the document."""
    chunks: frozenset[Digest] = frozenset()
    standing: Standing | None = None
    """Finds their texts in others."""


_NOTHING = _Held()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One read of the register, for all who ask while it lasts."""

    begun: float
    changes: int
    """How often the register had been changed from here when it began."""
    ended: asyncio.Future[LineageUnavailable | None]

    def serves(self, now: float, changes: int) -> bool:
        """Return whether who asks *now* may wait for it: it is not too old, and nothing was changed from here since."""
        return not self.ended.done() and now - self.begun < REFRESH and changes == self.changes


@dataclass(slots=True)
class Containment:
    """Keeps from prompts what *register* says is out of use, and puts there what rules order to be."""

    register: Register
    log: Log
    texts: Texts
    """By what is kept of their texts they are known under other names."""
    clock: Callable[[], float] = time.monotonic
    _read: float = field(default=float("-inf"), init=False)
    _changes: int = field(default=0, init=False)
    """How often the register was changed from here."""
    _reading: "_Reading | None" = field(default=None, init=False)
    """The read that began last; it may be over."""
    _version: int = field(default=-1, init=False)
    _held: Mapping[str, _Held] = field(default_factory=dict, init=False)

    async def marked(self, chunks: Sequence[Chunk], tenant: str, request: ChatRequest) -> Sequence[Chunk]:
        """Return *chunks* of *request*, those that are out of use marked `contained`: policies then drop them.

        Texts of *request* in which such a document stands although no chunk says so come as further chunks. Raises
        `ContextUnavailable` when the register cannot be read: then nothing may be used.
        """
        held = await self._holding(tenant)
        return chunks if held is _NOTHING else await asyncio.to_thread(_marked, held, chunks, request)

    def remembered(self, chunk: Chunk, tenant: str) -> Chunk:
        """Return *chunk*, marked if it is out of use as far as is known; asks nobody."""
        held = self._held.get(tenant, _NOTHING)
        return replace(chunk, contained=True) if _names(chunk, held) else chunk

    async def quarantine(self, ordered: Quarantine) -> None:
        """Return when the document is out of use and the log says so. See `Quarantines.quarantine`."""
        held = await self._holding(ordered.tenant)
        named = (ordered.source.namespace, ordered.source.name, ordered.document)
        if tuple(map(short, named)) in held.names:
            return
        body = Quarantined(
            ordered.source, ordered.document, ordered.reason, False, ordered.rule, ordered.owner, ordered.run
        )
        await self.change(body, ordered.tenant)

    async def change(self, body: Quarantined, tenant: str) -> None:
        """Return when *body* about a document of *tenant* is in the log and holds here; elsewhere within REFRESH."""
        await self.log.append([RunEvent(new_id(), RunState.COMPLETE, body, tenant)])
        self._changes += 1
        self._read = float("-inf")

    async def _holding(self, tenant: str) -> _Held:
        now = self.clock()
        if now - self._read >= REFRESH:
            reading = self._reading
            if reading is None or not reading.serves(now, self._changes):
                reading = self._reading = _Reading(now, self._changes, asyncio.ensure_future(self._refresh(now)))
            # All who wait for the same read share it; none of them takes it from the others by leaving.
            error = await asyncio.shield(reading.ended)
            if error is not None:
                raise _unavailable(error) from error
        return self._held.get(tenant, _NOTHING)

    async def _refresh(self, now: float) -> LineageUnavailable | None:
        """Read the register and return why it cannot be read, if it cannot."""
        changes = self._changes
        try:
            await asyncio.to_thread(self._catch_up)
        except LineageUnavailable as exc:
            return exc
        if changes == self._changes:  # else what was read may be what was before
            self._read = now
        return None

    def _catch_up(self) -> None:
        version = self.register.version()
        if version != self._version:
            contained: dict[str, list[Contained]] = {}
            for one in self.register.contained():
                contained.setdefault(one.tenant, []).append(one)
            self._held = {tenant: self._of(tenant, ones) for tenant, ones in contained.items()}
            self._version = version

    def _of(self, tenant: str, contained: Sequence[Contained]) -> _Held:
        names = frozenset((one.namespace, one.source, one.document) for one in contained)
        chunks = frozenset[Digest]().union(*(one.chunks for one in contained))
        texts = self.texts.texts(sorted(chunks), tenant)
        known = [
            Chunk(Source(one.namespace, one.source), one.document, "", 0, texts[digest], How.RECOGNISED, digest)
            for one in contained
            for digest in sorted(one.chunks & texts.keys())
        ]
        return _Held(names, chunks, Standing(known))


def _marked(held: _Held, chunks: Sequence[Chunk], request: ChatRequest) -> list[Chunk]:
    texts = {text.path: text.value for text in request.texts if text.kind != "binary"}
    found = {path: list(_within(held, text)) for path, text in texts.items()}
    marked = [
        replace(chunk, contained=True) if _names(chunk, held) or _stands(chunk, held, texts) else chunk
        for chunk in chunks
    ]
    taken = {(chunk.path, span) for chunk in marked if chunk.contained for span in chunk.spans}
    hidden = [
        replace(known, text="", path=path, spans=spans, score=1.0, contained=True)
        for path, stretches in found.items()
        for known, spans in stretches
        if not any(path == at and _meet(span, one) for at, one in taken for span in spans)
    ]
    return [*marked, *(chunk.ranked(rank) for rank, chunk in enumerate(hidden, len(marked) + 1))]


def _within(held: _Held, text: str) -> Iterator[tuple[Chunk, tuple[Span, ...]]]:
    """Yield the chunks that are out of use and stand in *text*, so much of them that it is them, and where."""
    for known, spans in held.standing.within(text) if held.standing else ():
        if sum(end - start for start, end in spans) >= SAME * len(known.text):
            yield known, spans


def _stands(chunk: Chunk, held: _Held, texts: Mapping[Path, str]) -> bool:
    """Return whether the text of *chunk*, wherever it is, holds one that is out of use."""
    text = chunk.text
    if chunk.in_place and chunk.path in texts:
        whole = texts[chunk.path]
        text = "\n".join(whole[start:end] for start, end in chunk.spans) if chunk.spans else whole
    return bool(text) and any(True for _ in _within(held, text))


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _names(chunk: Chunk, held: _Held) -> bool:
    named = (chunk.source.namespace, chunk.source.name, chunk.document)
    return chunk.digest in held.chunks or tuple(map(short, named)) in held.names


def _unavailable(exc: LineageUnavailable) -> ContextUnavailable:
    return ContextUnavailable(f"Which documents are out of use cannot be looked up now: {exc.message}.")
