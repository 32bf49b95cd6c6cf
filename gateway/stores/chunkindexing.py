"""The follower that makes the texts of chunks searchable, as far as they are kept.

It reads from the catalogue what the entries of the log brought in, and what of it they used again: a text that was not
kept at first may be kept since. Where an entry tells of an erasure, what is not kept any more goes: of a person's, what
their responses and documents had; else all is looked through.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.domain.digests import Digest
from gateway.recognition.groups import grouped
from gateway.stores import chunktables, segments
from gateway.stores.asides import Aside, Asked
from gateway.stores.chunktables import Groups
from gateway.stores.connecting import Row, parsed
from gateway.stores.erasedchunks import concerned
from gateway.stores.following import Write
from gateway.stores.indexing import LONGEST
from gateway.stores.masters import Masters
from gateway.stores.packing import unpack_digest
from gateway.stores.pool import Readers
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, INGESTION, SOURCE, VERSION
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, DocumentRow, EdgeRow, IngestionRow, SourceRow, VersionRow
from gateway.stores.texts import SQLTexts

TOGETHER = 512
"""Chunks whose texts are cut at a time: a large ingest is one entry of the log."""

PAGE = 5_000
"""Chunks that are looked through at a time for texts that are gone."""


class _Chunk(NamedTuple):
    id: int
    tenant: str
    digest: Digest

    @classmethod
    def read(cls, row: Row) -> "_Chunk":
        number, tenant, digest = row
        return cls(int(number), tenant, unpack_digest(bytes(digest)))


Texts = Mapping[str, Mapping[int, Groups | None]]
"""By tenant and chunk which groups of letters its text has, `None` if it is not kept."""


class ChunkIndexer:
    """A `Passer` that indexes the texts of chunks of the record at *url*, which *masters* open."""

    name = chunktables.NAME

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        self._questions, self._texts = Questions(url, beside), SQLTexts(url, masters, beside)
        self._index = segments.index_url(url)
        segments.prepare_index(self._index)
        self._sqlite = parsed(self._index).drivername == "sqlite"
        self._readers = Readers(parsed(self._index))
        self._writing = Aside(self._index, "the index of chunks cannot be written")

    def passed(self, first: int, end: int) -> Write | None:
        """Cut the texts of chunks that came with these entries into groups of letters. See `Passer.passed`."""
        between = {"first": first, "end": end}
        with self._questions.asking() as ask:
            new = [_Chunk.read(row) for row in ask(_came, **between)]
            used = {int(row[0]) for question in (_used, _entered) for row in ask(question, **between)}
            without = sorted(self._textless(used))
            again = [_Chunk.read(row) for number in without for row in ask(_one, chunk=number)]
            asked = Asked(ask.cursor, sqlite=self._questions.sqlite)
            erased = concerned(asked, first, end)
        fresh = self._cut(new)
        late = _known(self._cut(again))
        gone = {} if erased is not None and not erased else self._gone(erased)
        if not (fresh or late or gone):
            return None

        def write(ask: Asked) -> None:
            for tenant, texts in fresh.items():
                chunktables.add(ask, tenant, texts)
            for tenant, changed in (*late.items(), *gone.items()):
                chunktables.change(ask, tenant, changed)

        return write

    def forget(self, some: Collection[int] | None = None) -> int:
        """Remove what is known of texts of the chunks *some*, or of all, that are not kept any more.

        Returns how many that were. To look through all takes 0.2 to 0.5 s of 20,000. Raises `LineageUnavailable`.
        """
        count = 0
        for tenant, texts in self._gone(some).items():
            with self._writing.transaction() as ask:
                parts = chunktables.apart(ask, tenant, [*texts])
            for part in parts:
                with self._writing.transaction() as ask:
                    count += chunktables.change(ask, tenant, dict.fromkeys(part))
        segments.clean(self._index)
        return count

    def close(self) -> None:
        """Close the connections."""
        for one in (self._questions, self._texts, self._readers, self._writing):
            one.close()

    def _cut(self, chunks: Sequence[_Chunk]) -> dict[str, dict[int, Groups | None]]:
        found: dict[str, dict[int, Groups | None]] = {}
        for start in range(0, len(chunks), TOGETHER):
            part = chunks[start : start + TOGETHER]
            for tenant in dict.fromkeys(chunk.tenant for chunk in part):
                own = [chunk for chunk in part if chunk.tenant == tenant]
                kept = self._texts.kept(tenant, [*dict.fromkeys(chunk.digest for chunk in own)])
                names = [*kept]
                cut = grouped([kept[name][:LONGEST] for name in names], [() for _ in names])
                groups = {name: one.astype(np.uint32) for name, one in zip(names, cut, strict=True)}
                found.setdefault(tenant, {}).update({chunk.id: groups.get(chunk.digest) for chunk in own})
        return found

    def _textless(self, chunks: Collection[int]) -> set[int]:
        if not chunks:
            return set()
        with self._readers.borrow() as connection:
            return chunktables.textless(Asked(connection.cursor(), sqlite=self._sqlite), chunks)

    def _gone(self, some: Collection[int] | None) -> Texts:
        """Return those of the chunks *some*, or of all, that are in the index with a text, which is not kept."""
        found: dict[str, dict[int, Groups | None]] = {}
        for page in self._pages() if some is None else self._some(sorted(some)):
            for tenant in dict.fromkeys(chunk.tenant for chunk in page):
                own = [chunk for chunk in page if chunk.tenant == tenant]
                there = self._texts.there(tenant, [*dict.fromkeys(chunk.digest for chunk in own)])
                missing = {chunk.id for chunk in own if chunk.digest not in there}
                missing -= self._textless(missing)
                if missing:
                    found.setdefault(tenant, {}).update(dict.fromkeys(missing))
        return found

    def _some(self, chunks: Sequence[int]) -> Iterator[Sequence[_Chunk]]:
        for start in range(0, len(chunks), PAGE):
            with self._questions.asking() as ask:
                yield [_Chunk.read(row) for number in chunks[start : start + PAGE] for row in ask(_one, chunk=number)]

    def _pages(self) -> Iterator[Sequence[_Chunk]]:
        after = 0
        while True:
            with self._questions.asking() as ask:
                page = [_Chunk.read(row) for row in ask(_all, after=after, limit=PAGE)]
            if page:
                yield page
            if len(page) < PAGE:
                return
            after = page[-1].id


def _known(texts: Texts) -> Texts:
    """Return those of *texts* that are kept."""
    kept = {tenant: {at: one for at, one in own.items() if one is not None} for tenant, own in texts.items()}
    return {tenant: own for tenant, own in kept.items() if own}


def _told() -> Select[Any]:
    return (
        select(CHUNK.id, SOURCE.tenant, CHUNK.digest)
        .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .order_by(CHUNK.id)
    )


def _all(tenant: bool) -> Select[Any]:
    return _told().where(CHUNK.id > bindparam("after")).limit(bindparam("limit"))


def _came(tenant: bool) -> Select[Any]:
    """What the entries from `first` to before `end` added to the catalogue."""
    return _told().where(CHUNK.event >= bindparam("first"), CHUNK.event < bindparam("end"))


def _one(tenant: bool) -> Select[Any]:
    return _told().where(CHUNK.id == bindparam("chunk"))


def _used(tenant: bool) -> Select[Any]:
    """The chunks, new or not, that responses used which began there."""
    found = select(EDGE.chunk).select_from(table(EdgeRow)).distinct()
    return found.where(EDGE.seq >= bindparam("first"), EDGE.seq < bindparam("end"))


def _entered(tenant: bool) -> Select[Any]:
    """The chunks of versions that became current there."""
    versions = select(INGESTION.version).select_from(table(IngestionRow))
    versions = versions.where(INGESTION.event >= bindparam("first"), INGESTION.event < bindparam("end"))
    return select(CHUNK.id).where(CHUNK.version.in_(versions))
