"""Labels that travel with the data: what other systems tagged upstream holds for the chunks that it ended up in.

A lookup is remembered until something new is reported: at once in the process that hears of it, within `refresh` in the
others. As long as no system has reported anything, a request pays for one look at a clock.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, Document, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.facts import NONE, Facts
from gateway.domain.tags import tightened, travelled
from gateway.stores.origins import Entered
from gateway.upstream import Upstreams

REMEMBERED = 50_000
"""Document versions whose labels are remembered."""

_Key: TypeAlias = tuple[str, Source, str, Digest, str | None]


class Travelling:
    """Finds the labels of *upstreams*; *names* maps further tag keys to labels, *refresh* is in seconds."""

    def __init__(
        self,
        upstreams: Upstreams,
        names: Mapping[str, str],
        *,
        refresh: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._upstreams = upstreams
        self._names = names
        self._refresh = refresh
        self._clock = clock
        self._looked = -refresh
        self._newest = -1
        self._known: OrderedDict[_Key, Facts] = OrderedDict()

    def heard(self) -> None:
        """Let the next request look for what is new."""
        self._looked = self._clock() - self._refresh

    async def labelled(self, chunks: Sequence[Chunk], tenant: str, unlabelled: str | None) -> Sequence[Chunk]:
        """Return *chunks* with the labels that have travelled to them; see `domain.tags.tightened`.

        Raises `ContextUnavailable` when that cannot be looked up: a chunk without its labels must not be judged.
        """
        if not chunks:
            return chunks
        try:
            await self._catch_up()
            if self._newest < 0:
                return chunks
            found = await self._found({_key(chunk, tenant): chunk for chunk in chunks}, tenant)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Labels of upstream data cannot be looked up now: {exc.message}.") from exc
        return [_labelled(chunk, found[_key(chunk, tenant)], unlabelled) for chunk in chunks]

    async def entering(self, documents: Sequence[Document], tenant: str) -> Sequence[Facts]:
        """Return the labels that travel to each of *documents* of *tenant* on its way in, from the data of now.

        Nothing of it is remembered: once it has entered, its data are those of that moment. Raises
        `ContextUnavailable` when it cannot be looked up: a document without its labels must not be judged.
        """
        try:
            await self._catch_up()
            if self._newest < 0 or not documents:
                return [NONE for _ in documents]
            entered = [Entered(tenant, one.source, one.id, one.version, one.url) for one in documents]
            found = await asyncio.to_thread(self._upstreams.tags_of_entered, entered, tenant)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Labels of upstream data cannot be looked up now: {exc.message}.") from exc
        return [travelled(tags, self._names) for tags in found]

    def remembered(self, chunk: Chunk, tenant: str, unlabelled: str | None) -> Chunk:
        """Return *chunk* with the labels that are known to have travelled to it; asks nobody."""
        found = self._known.get(_key(chunk, tenant))
        return _labelled(chunk, found, unlabelled) if found else chunk

    async def _catch_up(self) -> None:
        now = self._clock()
        if now - self._looked < self._refresh:
            return
        newest = await asyncio.to_thread(self._upstreams.graph.newest)
        self._looked = now
        if newest != self._newest:
            self._newest = newest
            self._known.clear()

    async def _found(self, wanted: Mapping[_Key, Chunk], tenant: str) -> Mapping[_Key, Facts]:
        """Return what travelled to each of *wanted*."""
        found = {key: self._known[key] for key in wanted if key in self._known}
        missing = {key: chunk for key, chunk in wanted.items() if key not in found}
        if missing:
            newest = self._newest
            looked = await asyncio.to_thread(self._look, [*missing.values()], tenant)
            found |= zip(missing, looked, strict=True)
            if newest == self._newest:  # else it may be what held before the last report
                self._known.update(zip(missing, looked, strict=True))
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return found

    def _look(self, chunks: Sequence[Chunk], tenant: str) -> list[Facts]:
        return [travelled(tags, self._names) for tags in self._upstreams.tags_of(chunks, tenant)]


def _key(chunk: Chunk, tenant: str) -> _Key:
    return tenant, chunk.source, chunk.document, chunk.version, chunk.url


def _labelled(chunk: Chunk, labels: Facts, unlabelled: str | None) -> Chunk:
    if not labels:
        return chunk
    tighter = tightened(chunk.labels, labels, unlabelled)
    return chunk if tighter == chunk.labels else replace(chunk, labels=tighter)
