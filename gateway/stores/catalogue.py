"""The catalogue as the writer knows it: which number each source, document, version and chunk has.

Whoever appends holds the only lock on the log, so new numbers are counted here. What an event adds is returned as a
record that is stored and committed to with the event (additions.py). Known entries are remembered, a bounded number of
them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import SQLModel

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, ChunkState, Source
from gateway.domain.runs import Edge, Ingestion, Intent, RunEvent, Traced
from gateway.stores.additions import (
    About,
    Additions,
    ChunkText,
    Described,
    NewChunk,
    NewDocument,
    NewSource,
    NewVersion,
    described,
    short,
    stored,
)
from gateway.stores.connecting import Cursor, Row
from gateway.stores.lookups import Key, Lookup
from gateway.stores.memory import Memory
from gateway.stores.packing import pack_digest
from gateway.stores.statements import Statement, Statements, table
from gateway.stores.tables import ChunkRow, DocumentRow, SourceRow, VersionRow

REMEMBERED = 20_000
"""Versions and chunks that are remembered."""

ENTERING = frozenset({"added", "changed", "removed", "quarantined"})
"""What an ingest says of a document whose version becomes the current one; that of a removed one is empty."""

_LEFT = frozenset({ChunkState.SENT, ChunkState.ATTRIBUTED})
"""States of a chunk whose text left the house as it is."""


class Entry(NamedTuple):
    """A version or a chunk with its number."""

    id: int
    about: About
    kept: bool = False
    """Whether the database said of a chunk that its text was stored with it."""


VersionKey = tuple[str, str, str, str, Digest]
"""Tenant, the source's namespace and name, the document's name, the version's digest."""

ChunkKey = tuple[int, int, Digest]
"""Number of the version, ordinal, digest."""

_ABOUT = ("title", "url", "labels")


class Catalogue:
    """Numbers for what events speak of, known or new."""

    def __init__(self, statements: Statements) -> None:
        self.sources: Memory[tuple[str, Source], int] = Memory(REMEMBERED)
        self.documents: Memory[tuple[int, str], int] = Memory(REMEMBERED)
        self.versions: Memory[VersionKey, Entry] = Memory(REMEMBERED)
        self.chunks: Memory[ChunkKey, Entry] = Memory(REMEMBERED)
        self.source = Lookup(statements, SourceRow, ("tenant", "namespace", "name"), ("id",))
        self.document = Lookup(statements, DocumentRow, ("source", "name"), ("id",))
        self.version = Lookup(statements, VersionRow, ("document", "digest"), ("id", *_ABOUT))
        self.chunk = Lookup(statements, ChunkRow, ("version", "ordinal", "digest"), ("id", *_ABOUT, "kept"))
        self.absent: set[tuple[Lookup, Key]] = set()
        """What was looked for in this transaction, and is not there."""
        self._last: dict[type[SQLModel], Statement] = {
            model: _last(statements, model) for model in (SourceRow, DocumentRow, VersionRow, ChunkRow)
        }
        self._before: dict[type[SQLModel], int] = {}
        self._numbers: dict[type[SQLModel], int] = {}

    def end(self, *, committed: bool) -> None:
        """The transaction ended. Before the next one, another process may have added entries."""
        self._before.clear()
        self._numbers.clear()
        self.absent.clear()
        for memory in (self.sources, self.documents, self.versions, self.chunks):
            memory.end(committed=committed)

    def learn_version(self, key: VersionKey, row: Row) -> Entry:
        """Remember the version with that *key* as *row* tells of it."""
        entry = Entry(row[0], described(row[1:]))
        self.versions.learn(key, entry)
        return entry

    def learn_chunk(self, version: Entry, key: ChunkKey, row: Row) -> Entry:
        """Remember the chunk of *version* with that *key* as *row* tells of it."""
        about = described(row[1:4]) if row[3] is not None else version.about
        entry = Entry(row[0], about, bool(row[4]))
        self.chunks.learn(key, entry)
        return entry

    def resolve(self, cursor: Cursor, event: RunEvent) -> tuple[Sequence[int], Additions]:
        """Return the numbers that the rows of *event* refer to, and what it adds to the catalogue.

        The numbers are those of the chunks of its edges, or of the versions that an ingest made current.
        """
        body = event.body
        resolution = _Resolution(self, cursor, event.tenant)
        numbers: Sequence[int] = ()
        if isinstance(body, Intent):
            numbers = [resolution.edge(edge, position, body.content) for position, edge in enumerate(body.edges)]
        elif isinstance(body, Traced):
            numbers = [resolution.edge(edge, position, {}) for position, edge in enumerate(body.edges)]
        elif isinstance(body, Ingestion):
            numbers = resolution.ingestion(body)
        return numbers, resolution.additions

    def number(self, cursor: Cursor, model: type[SQLModel]) -> int:
        """Return the number of the next new row of *model*."""
        if model not in self._numbers:
            cursor.execute(self._last[model].text)
            row = cursor.fetchone()
            self._before[model] = self._numbers[model] = row[0] if row and row[0] is not None else 0
        self._numbers[model] += 1
        return self._numbers[model]

    def added(self, model: type[SQLModel], number: int) -> bool:
        """Return whether the row of *model* with *number* is new in this transaction; nothing can refer to it yet."""
        return model in self._before and number > self._before[model]


class _Resolution:
    """One event's way through the catalogue."""

    __slots__ = ("_catalogue", "_cursor", "_tenant", "additions")

    def __init__(self, catalogue: Catalogue, cursor: Cursor, tenant: str) -> None:
        self._catalogue = catalogue
        self._cursor = cursor
        self._tenant = tenant
        self.additions = Additions()

    def edge(self, edge: Edge, position: int, content: Mapping[Digest, str]) -> int:
        """Return the number of the chunk of *edge*.

        A chunk's text that was masked or dropped did not leave the house as it is: only *content* says that it may be
        kept.
        """
        chunk = edge.chunk
        about = About(chunk.title, chunk.url, chunk.labels)
        version = self._version(chunk.source, chunk.document, chunk.version, about)
        kept = chunk.digest in content or (bool(content) and edge.state in _LEFT)
        entry = self._chunk(version, chunk, about, kept)
        if kept and chunk.text and not chunk.masked:
            self._text(entry, chunk)
        if entry.about != about:
            self.additions.differing[position] = stored(about)
        return entry.id

    def ingestion(self, body: Ingestion) -> list[int]:
        """Return the numbers of the versions that became current."""
        numbers: list[int] = []
        before = 0
        for entry in body.documents:
            if entry.outcome in ENTERING:
                document = entry.document
                about = About(document.title, document.url, document.labels)
                version = self._version(document.source, document.id, document.version, about)
                numbers.append(version.id)
                for position, chunk in enumerate(entry.chunks, before):
                    own = About(chunk.title, chunk.url, chunk.labels)
                    new = self._chunk(version, chunk, own, True)
                    if own not in (new.about, about):
                        self.additions.differing[position] = stored(own)
                    if chunk.text:
                        self._text(new, chunk)
                before += len(entry.chunks)
        return numbers

    def _text(self, entry: Entry, chunk: Chunk) -> None:
        text = ChunkText(entry.id, chunk.source, chunk.document, chunk.digest, chunk.text, entry.kept)
        self.additions.texts.append(text)

    def _version(self, source: Source, name: str, digest: Digest, about: About) -> Entry:
        catalogue = self._catalogue
        key = (self._tenant, source.namespace, source.name, name, digest)
        entry = catalogue.versions.get(key)
        if entry is None:
            document = self._document(source, name)
            row = None
            if not catalogue.added(DocumentRow, document):
                row = self._found(catalogue.version, (document, pack_digest(digest)))
            if row is None:
                entry = Entry(catalogue.number(self._cursor, VersionRow), about)
                self.additions.versions.append(NewVersion(entry.id, document, digest, stored(about)))
                catalogue.versions.learn(key, entry)
            else:
                entry = catalogue.learn_version(key, row)
        return entry

    def _document(self, source: Source, name: str) -> int:
        catalogue = self._catalogue
        parent = self._source(source)
        number = catalogue.documents.get((parent, name))
        if number is None:
            row = None
            if not catalogue.added(SourceRow, parent):
                row = self._found(catalogue.document, (parent, short(name)))
            if row is None:
                number = catalogue.number(self._cursor, DocumentRow)
                self.additions.documents.append(NewDocument(number, parent, name))
            else:
                number = row[0]
            catalogue.documents.learn((parent, name), number)
        return number

    def _source(self, source: Source) -> int:
        catalogue = self._catalogue
        number = catalogue.sources.get((self._tenant, source))
        if number is None:
            row = self._found(catalogue.source, (self._tenant, short(source.namespace), short(source.name)))
            if row is None:
                number = catalogue.number(self._cursor, SourceRow)
                self.additions.sources.append(NewSource(number, source.namespace, source.name))
            else:
                number = row[0]
            catalogue.sources.learn((self._tenant, source), number)
        return number

    def _chunk(self, version: Entry, chunk: Chunk, about: About, kept: bool) -> Entry:
        catalogue = self._catalogue
        key = (version.id, chunk.ordinal, chunk.digest)
        entry = catalogue.chunks.get(key)
        if entry is None:
            row = None
            if not catalogue.added(VersionRow, version.id):
                row = self._found(catalogue.chunk, (version.id, chunk.ordinal, pack_digest(chunk.digest)))
            if row is None:
                entry = Entry(catalogue.number(self._cursor, ChunkRow), about)
                self._add(entry, version, chunk, kept and bool(chunk.text) and not chunk.masked)
                catalogue.chunks.learn(key, entry)
            else:
                entry = catalogue.learn_chunk(version, key, row)
        return entry

    def _add(self, entry: Entry, version: Entry, chunk: Chunk, kept: bool) -> None:
        about = Described() if entry.about == version.about else stored(entry.about)
        new = NewChunk(entry.id, version.id, chunk.ordinal, chunk.digest, kept, about)
        self.additions.chunks.append(new)

    def _found(self, lookup: Lookup, key: Key) -> Row | None:
        absent = self._catalogue.absent
        return None if absent and (lookup, key) in absent else lookup.one(self._cursor, key)


def _last(statements: Statements, model: type[SQLModel]) -> Statement:
    return statements.compiled(select(func.max(table(model).c.id)))
