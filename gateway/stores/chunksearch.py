"""Search in the texts of chunks: the index tells which to read, and their texts what is meant.

What the index has not taken yet is looked through without it. What is not kept, or was erased, is not found.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select

from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.searches import ChunkHit, ChunkHits, ChunkWish, Match, Place
from gateway.recognition.likeness import Wanted
from gateway.stores import chunktables, segments
from gateway.stores.additions import short
from gateway.stores.asides import Asked
from gateway.stores.candidates import Candidates
from gateway.stores.chunktables import ChunkTables
from gateway.stores.connecting import Cursor, Row, parsed
from gateway.stores.following import followed
from gateway.stores.indexing import LONGEST
from gateway.stores.leaves import leaf_hash
from gateway.stores.masters import Masters, default_masters
from gateway.stores.packing import unpack_digest, unpack_time
from gateway.stores.pool import Readers
from gateway.stores.queries import CHUNK, DOCUMENT, EVENT, INGESTION, SOURCE, VERSION, Asking, Query
from gateway.stores.questions import NEWEST, Questions, place
from gateway.stores.search import READ, TAIL, alike, looked_for, standing
from gateway.stores.statements import Statements, table
from gateway.stores.tables import ChunkRow, DocumentRow, EventRow, IngestionRow, QuarantineRow, SourceRow, VersionRow
from gateway.stores.texts import Texts
from gateway.stores.wishes import AT_ONCE, PLACES

QUARANTINE = table(QuarantineRow).c


class SQLChunkSearch:
    """Searches the chunks of the record at *url*, whose texts *masters* open."""

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        address, index = parsed(url), segments.index_url(url)
        segments.prepare_index(index)
        self._masters = masters or default_masters(address)
        self._snapshot = Statements(address).snapshot.text
        self._sqlite = address.drivername == "sqlite"
        self._questions, self._index = Questions(url, beside), Readers(parsed(index))
        self._known: dict[int, segments.Segment] = {}

    def find(self, wish: ChunkWish, tenant: str | None, *, limit: int, cursor: str = "") -> ChunkHits:
        """Return one page of the chunks of *tenant*, or of all, that *wish* wants.

        Raises `BadRequest` for what cannot be looked for, `LineageUnavailable`.
        """
        before, wanted = place(cursor), looked_for(wish.text)
        if not wanted.text:
            raise BadRequest("Which text is looked for must be told.", param="q")
        if wish.match is Match.MEANING:
            raise BadRequest(
                "Chunks are not searched by meaning here: search their collection, or look for a phrase or for what is "
                "similar.",
                param="match",
                code="meaning_off",
            )
        with self._looking(wish, tenant) as looking:
            if wish.match is Match.SIMILAR:
                return looking.similar(wanted, limit)
            found = looking.phrase(wanted, limit, before)
            if found.data or cursor or wish.match is Match.PHRASE:
                return found
            return looking.similar(wanted, limit)

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self._index.close()

    @contextmanager
    def _looking(self, wish: ChunkWish, tenant: str | None) -> Iterator["_Looking"]:
        with self._questions.asking(tenant) as ask, self._index.borrow() as index:
            cursor = index.cursor()
            cursor.execute(self._snapshot)
            yield _Looking(wish, ask, Texts(ask, self._masters), *self._candidates(cursor, ask, tenant))
            cursor.execute("COMMIT")

    def _candidates(self, cursor: Cursor, ask: Asking, tenant: str | None) -> tuple[Candidates, int]:
        """Return which chunks may be meant, and how many are passed over."""
        asked = Asked(cursor, sqlite=self._sqlite)
        indexed, index = followed(asked, chunktables.NAME, partial(leaf_hash, ask)), ChunkTables(asked)
        tail = [int(row[0]) for row in ask(_tail, first=indexed, limit=TAIL)]
        behind = int(ask(_behind, first=indexed)[0][0]) if len(tail) == TAIL else len(tail)
        return Candidates(index, segments.segments(index, tenant, self._known), tail, NEWEST), behind - len(tail)


@dataclass(frozen=True, slots=True)
class _Row:
    """A chunk as the catalogue knows it."""

    id: int
    digest: Digest
    ordinal: int
    version: int
    version_digest: Digest
    document: int
    name: str
    tenant: str
    source: Source
    title: str | None
    url: str | None
    index: int
    at: int

    @classmethod
    def read(cls, row: Row) -> "_Row":
        number, digest, ordinal, version, named, document, name, tenant, namespace, source, *about, index, at = row
        own, usual = about[:3], about[3:]
        title, url = own[:2] if own[2] is not None else usual
        return cls(
            int(number), unpack_digest(bytes(digest)), ordinal, version, unpack_digest(bytes(named)), document, name,
            tenant, Source(namespace, source), title, url, index, at,
        )  # fmt: skip


Meant = Callable[[Sequence[str]], Iterable[Place | None]]
"""Tells where in each of some texts of chunks the wanted one stands."""


@dataclass(frozen=True, slots=True)
class _Looking:
    """One search: *ask* asks the record, *candidates* the index."""

    wish: ChunkWish
    ask: Asking
    texts: Texts
    candidates: Candidates
    unsearched: int

    def phrase(self, wanted: Wanted, limit: int, before: int) -> ChunkHits:
        """Return a page of those in which *wanted* stands as it is."""
        entries = self.candidates.having(wanted.groups, 0, before)
        found = [*islice(self._meant(entries, partial(_standing, wanted)), limit + 1)]
        cursor = str(found[limit - 1][0].id) if len(found) > limit else ""
        return ChunkHits(self._told(found[:limit]), cursor, "phrase", self.unsearched)

    def similar(self, wanted: Wanted, limit: int) -> ChunkHits:
        """Return those that are most like *wanted*, the best first."""
        entries = self.candidates.most(wanted.likely, 0, NEWEST, READ)
        found = [*self._meant(entries, partial(_alike, wanted))]
        found.sort(key=lambda one: (-one[1].score, -one[0].id))
        return ChunkHits(self._told(found[:limit]), method="similar", unsearched=self.unsearched)

    def _meant(self, entries: Iterable[int], meant: Meant) -> Iterator[tuple[_Row, Place]]:
        """Yield those chunks of *entries* that are wanted, in their order, each once."""
        given, left = _values(self.wish), iter(dict.fromkeys(entries))
        some = _some(bool(self.wish.document), bool(self.wish.source))
        while part := [*islice(left, AT_ONCE)]:
            padded = part + part[-1:] * (AT_ONCE - len(part))
            rows = [_Row.read(row) for row in self.ask(some, **dict(zip(PLACES, padded, strict=True)), **given)]
            found, texts = {row.id: row for row in rows}, self._texts(rows)
            known = [found[entry] for entry in part if entry in found]
            kept = [row for row in known if (row.tenant, row.digest) in texts]
            matches = meant([texts[row.tenant, row.digest][:LONGEST] for row in kept])
            yield from ((row, match) for row, match in zip(kept, matches, strict=True) if match)

    def _texts(self, rows: Sequence[_Row]) -> Mapping[tuple[str, Digest], str]:
        found: dict[tuple[str, Digest], str] = {}
        for tenant in dict.fromkeys(row.tenant for row in rows):
            digests = [*dict.fromkeys(row.digest for row in rows if row.tenant == tenant)]
            found |= {(tenant, digest): text for digest, text in self.texts.texts(tenant, digests).items()}
        return found

    def _told(self, found: Sequence[tuple[_Row, Place]]) -> Sequence[ChunkHit]:
        """Return what is told of *found*, with what became of their documents."""
        rows = {row.document: row for row, _ in found}
        current = {document: int(self.ask(_current, document=document)[0][0]) for document in rows}
        contained = {document for document, row in rows.items() if self._contained(row)}
        return [
            ChunkHit(
                row.digest, row.tenant, row.name, str(row.source), row.version_digest, row.ordinal, row.title, row.url,
                unpack_time(row.at), row.index, current[row.document] == row.version, row.document in contained, match,
            )
            for row, match in found
        ]  # fmt: skip

    def _contained(self, row: _Row) -> bool:
        named = {"namespace": row.source.namespace, "source": row.source.name, "name": row.name}
        last = self.ask(_quarantine, owner=row.tenant, **named)
        return bool(last) and not last[0][0]


def _standing(wanted: Wanted, texts: Sequence[str]) -> Iterator[Place | None]:
    there = {*wanted.among(texts)}
    return (standing(wanted, "chunk", text) if place in there else None for place, text in enumerate(texts))


def _alike(wanted: Wanted, texts: Sequence[str]) -> Iterator[Place | None]:
    return (alike(wanted, "chunk", text) for text in texts)


def _values(wish: ChunkWish) -> Mapping[str, object]:
    source = Source.parse(wish.source) if wish.source else Source("", "")
    return {"document": short(wish.document), "namespace": short(source.namespace), "source": short(source.name)}


@lru_cache(maxsize=4)
def _some(of_document: bool, of_source: bool) -> Query:
    """Return the question for chunks by their numbers, `n0`, `n1` …; those of `document`, of `namespace`, `source`."""

    def some(tenant: bool) -> Select[Any]:
        found = (
            select(CHUNK.id, CHUNK.digest, CHUNK.ordinal, VERSION.id, VERSION.digest, DOCUMENT.id, DOCUMENT.name)
            .add_columns(SOURCE.tenant, SOURCE.namespace, SOURCE.name, CHUNK.title, CHUNK.url, CHUNK.labels)
            .add_columns(VERSION.title, VERSION.url, EVENT.idx, EVENT.at)
            .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
            .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
            .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
            .join(table(EventRow), EVENT.idx == CHUNK.event)
            .where(CHUNK.id.in_([bindparam(one) for one in PLACES]))
        )
        if of_document:
            found = found.where(DOCUMENT.name == bindparam("document"))
        if of_source:
            found = found.where(SOURCE.namespace == bindparam("namespace"), SOURCE.name == bindparam("source"))
        return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found

    return some


def _new(tenant: bool, *columns: Any) -> Select[Any]:
    """*columns* of the chunks that entries from `first` on brought."""
    found = (
        select(*columns)
        .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .where(CHUNK.event >= bindparam("first"))
    )
    # Not joined: to begin with all that the tenant has is no way to the little that is new.
    own = exists().where(SOURCE.id == DOCUMENT.source, SOURCE.tenant == bindparam("tenant"))
    return found.where(own) if tenant else found


def _tail(tenant: bool) -> Select[Any]:
    return _new(tenant, CHUNK.id).order_by(CHUNK.event.desc(), CHUNK.id.desc()).limit(bindparam("limit"))


def _behind(tenant: bool) -> Select[Any]:
    return _new(tenant, func.count())


def _current(tenant: bool) -> Select[Any]:
    """The version of `document` that was ingested last; if none was, the one that was first seen last."""
    found = select(VERSION.id).outerjoin_from(table(VersionRow), table(IngestionRow), INGESTION.version == VERSION.id)
    order = (func.coalesce(INGESTION.event, -1).desc(), func.coalesce(INGESTION.position, 0).desc(), VERSION.id.desc())
    return found.where(VERSION.document == bindparam("document")).order_by(*order).limit(1)


def _quarantine(tenant: bool) -> Select[Any]:
    """Whether the last word on a document was that it is released."""
    return (
        select(QUARANTINE.released)
        .where(QUARANTINE.tenant == bindparam("owner"), QUARANTINE.namespace == bindparam("namespace"))
        .where(QUARANTINE.source == bindparam("source"), QUARANTINE.document == bindparam("name"))
        .order_by(QUARANTINE.event.desc())
        .limit(1)
    )
