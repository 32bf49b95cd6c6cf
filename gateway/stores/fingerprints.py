"""Registered passages in the database of the record: what recognition read in them, and whose they are.

Kept are the words of a passage as hashes, in one row, and not its fingerprints: they follow from the words, and a
million chunks would be fifty million rows at random places of an index. A number that grows with every change tells
other processes what they have not seen yet. Hashes of words are no secret from somebody who guesses the words: these
tables are as confidential as the texts.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.scopes import joined
from gateway.recognition.recogniser import Changes
from gateway.recognition.results import Passage, Registered
from gateway.recognition.weighing import recognisable
from gateway.recognition.words import ALGORITHM, Words, read
from gateway.stores.additions import About, described, stored
from gateway.stores.asides import Aside, Asked
from gateway.stores.connecting import Cursor
from gateway.stores.packing import pack_digest, plain, unpack_digest
from gateway.stores.pool import Readers

PAGE = 50_000
"""Changes that are told at a time."""

SOURCES = 8
"""Documents with the same text that are told, the latest; more of them only if their labels are others."""

LABELLED = 64
"""The same text with so many different labels is told at most."""

_WORDS = "SELECT digest, id FROM passage WHERE digest IN (*)"
_KNOWN = "SELECT identity, title, url, labels FROM registration WHERE identity IN (*)"
_LAST = "SELECT (SELECT MAX(id) FROM passage), (SELECT MAX(seq) FROM registration)"
_ADD_PASSAGE = "INSERT INTO passage (id, digest, algorithm, kin, words) VALUES (?, ?, ?, ?, ?)"
_ADD = """INSERT INTO registration (seq, identity, passage, gone, owner, tenant, namespace, source, document, version,
    ordinal, digest, title, url, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DESCRIBE = "UPDATE registration SET seq = ?, title = ?, url = ?, labels = ? WHERE identity = ?"
_OF_DOCUMENT = "SELECT seq, passage, version FROM registration WHERE owner = ? AND gone = ?"
_FORGET = """UPDATE registration SET seq = ?, gone = ?, identity = ?, owner = ?, namespace = '', source = '',
    document = '', version = ?, digest = ?, title = NULL, url = NULL, labels = '{}' WHERE seq = ?"""
_HELD = "SELECT DISTINCT passage FROM registration WHERE gone = ? AND passage IN (*)"
_EMPTY = "UPDATE passage SET digest = ?, words = ? WHERE id = ?"
_CHANGES = """SELECT r.seq, r.gone, p.id, p.kin, p.words, p.algorithm FROM registration r
    JOIN passage p ON p.id = r.passage WHERE r.seq > ? ORDER BY r.seq LIMIT ?"""
_REGISTERED = """SELECT r.passage, p.words, r.tenant, r.namespace, r.source, r.document, r.version, r.ordinal, r.digest,
    r.title, r.url, r.labels FROM registration r JOIN passage p ON p.id = r.passage
    WHERE r.gone = ? AND r.passage IN (*) ORDER BY r.seq DESC"""


class SQLFingerprints:
    """A `recognition.recogniser.Library` in the database at *url*, whose tables are there."""

    def __init__(self, url: str, beside: Readers | None = None) -> None:
        self._writing = Aside(url, "the texts to recognise cannot be registered")
        self._readers = Readers(self._writing.url, beside=beside)

    def register(self, chunks: Sequence[Chunk], tenant: str) -> int:
        """Keep *chunks* of *tenant*. See `Library.register`. Raises `LineageUnavailable`."""
        entries = {entry.identity: entry for chunk in chunks if (entry := _entry(chunk, tenant)) is not None}
        if not entries:
            return 0
        with self._writing.transaction() as ask:
            return _Registration(ask).register(entries)

    def forget(self, tenant: str, source: Source, document: str, version: Digest | None = None) -> int:
        """Keep nothing of *document* any more. See `Library.forget`. Raises `LineageUnavailable`."""
        owner = named(tenant, source.namespace, source.name, document)
        with self._writing.transaction() as ask:
            rows = ask.rows(_OF_DOCUMENT, owner, False)
            gone = [row for row in rows if version is None or bytes(row[2]) == pack_digest(version)]
            _Registration(ask).forget([(row[0], row[1]) for row in gone])
        return len(gone)

    def changes(self, after: int) -> Changes:
        """Return the changes after number *after*. See `Library.changes`. Raises `LineageUnavailable`."""
        with self._readers.borrow() as connection:
            rows = self._asking(connection.cursor()).rows(_CHANGES, after, PAGE)
        new = {row[2]: row for row in rows if row[4] and row[5] == ALGORITHM}
        words = [bytes(row[4]) for row in new.values()]
        return Changes(
            sequence=rows[-1][0] if rows else after,
            passages=np.array([*new], np.int64),
            kin=np.array([row[3] for row in new.values()], np.uint32),
            words=np.frombuffer(b"".join(words), "<u4"),
            lengths=np.array([len(data) // 4 for data in words], np.int64),
            touched=frozenset(row[2] for row in rows),
            gone=any(row[1] for row in rows),
            more=len(rows) == PAGE,
        )

    def passages(self, numbers: Iterable[int]) -> Mapping[int, Passage]:
        """Return those of the passages that are registered. See `Library.passages`. Raises `LineageUnavailable`."""
        owners: dict[int, list[Registered]] = {}
        words: dict[int, bytes] = {}
        with self._readers.borrow() as connection:
            for number, data, *row in self._asking(connection.cursor()).listed(_REGISTERED, [*numbers], False):
                owners.setdefault(number, []).append(_registered(row))
                words[number] = bytes(data)
        return {number: Passage(words[number], _distinct(owned)) for number, owned in owners.items()}

    def close(self) -> None:
        """Close the connections."""
        self._writing.close()
        self._readers.close()

    def _asking(self, cursor: Cursor) -> Asked:
        return Asked(cursor, sqlite=self._writing.url.drivername == "sqlite")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A chunk on its way into the tables."""

    tenant: str
    chunk: Chunk
    words: Words
    identity: bytes

    @property
    def digest(self) -> bytes:
        """Name of the passage."""
        return passage_name(self.words.data, ALGORITHM)

    @property
    def owner(self) -> bytes:
        return named(self.tenant, self.chunk.source.namespace, self.chunk.source.name, self.chunk.document)

    @property
    def kin(self) -> int:
        """The document as a number, the same for whatever tenant: who else has a document is no other document."""
        source = self.chunk.source
        return int.from_bytes(named(source.namespace, source.name, self.chunk.document)[:4], "big")

    @property
    def about(self) -> tuple[str | None, ...]:
        return stored(About(self.chunk.title, self.chunk.url, self.chunk.labels))

    def row(self, seq: int, passage: int) -> tuple[object, ...]:
        chunk = self.chunk
        names = (plain(self.tenant), plain(chunk.source.namespace), plain(chunk.source.name), plain(chunk.document))
        what = (pack_digest(chunk.version), chunk.ordinal, pack_digest(chunk.digest))
        return (seq, self.identity, passage, False, self.owner, *names, *what, *self.about)


@dataclass(slots=True)
class _Registration:
    """One transaction that registers or forgets."""

    ask: Asked
    passage: int = field(init=False)
    seq: int = field(init=False)

    def __post_init__(self) -> None:
        ((passage, seq),) = self.ask.rows(_LAST)
        self.passage, self.seq = passage or 0, seq or 0

    def register(self, entries: Mapping[bytes, _Entry]) -> int:
        """Write what of *entries*, by identity, is not there or described otherwise, and return how many."""
        known = {bytes(row[0]): tuple(row[1:]) for row in self.ask.listed(_KNOWN, [*entries])}
        new = {name: entry for name, entry in entries.items() if name not in known}
        other = [entry for name, entry in entries.items() if name in known and known[name] != entry.about]
        passages = self._passages(new.values())
        self.ask.run(_ADD, *(entry.row(self._next(), passages[entry.digest]) for entry in new.values()))
        self.ask.run(_DESCRIBE, *((self._next(), *entry.about, entry.identity) for entry in other))
        return len(new) + len(other)

    def forget(self, rows: Sequence[tuple[int, int]]) -> None:
        """Leave of *rows*, each a change and its passage, nothing but that they are gone."""
        empty = b""
        self.ask.run(_FORGET, *((self._next(), True, os.urandom(16), empty, empty, empty, seq) for seq, _ in rows))
        passages = {passage for _, passage in rows}
        held = {row[0] for row in self.ask.listed(_HELD, [*passages], False)}
        self.ask.run(_EMPTY, *((os.urandom(16), empty, passage) for passage in passages - held))

    def _passages(self, entries: Iterable[_Entry]) -> dict[bytes, int]:
        """Return the numbers of the passages of *entries*, which are added where they are new."""
        wanted = {entry.digest: entry for entry in entries}
        known = {bytes(name): number for name, number in self.ask.listed(_WORDS, [*wanted])}
        rows: list[tuple[object, ...]] = []
        for name, entry in wanted.items():
            if name not in known:
                self.passage += 1
                known[name] = self.passage
                rows.append((self.passage, name, ALGORITHM, entry.kin, entry.words.data))
        self.ask.run(_ADD_PASSAGE, *rows)
        return known

    def _next(self) -> int:
        self.seq += 1
        return self.seq


def _entry(chunk: Chunk, tenant: str) -> _Entry | None:
    """Return *chunk* as it is registered; `None` when there is too little in it to recognise."""
    words = read(chunk.text)
    if not recognisable(words):
        return None
    source = chunk.source
    name = named(tenant, source.namespace, source.name, chunk.document, chunk.version, str(chunk.ordinal), chunk.digest)
    return _Entry(tenant, chunk, words, name)


def passage_name(words: bytes, algorithm: int) -> bytes:
    """Return the name of the passage with those *words*, which that version of the *algorithm* has read."""
    return hashlib.blake2b(words, digest_size=16, person=b"passage%d" % algorithm).digest()


def named(*parts: str) -> bytes:
    """Return the name of what *parts* say, such as tenant, source and document."""
    return hashlib.blake2b(joined(*parts), digest_size=16).digest()


def _registered(row: Sequence[Any]) -> Registered:
    tenant, namespace, source, document, version, ordinal, digest, *about = row
    title, url, labels = described(about)
    chunk = Chunk(
        source=Source(namespace, source),
        document=document,
        version=unpack_digest(bytes(version)),
        ordinal=ordinal,
        text="",
        how=How.RECOGNISED,
        digest=unpack_digest(bytes(digest)),
        title=title,
        url=url,
        labels=labels,
    )
    return Registered(tenant, chunk)


def _distinct(owned: Sequence[Registered]) -> tuple[Registered, ...]:
    """Return of *owned*, the latest first, one of each document, and not all when they are very many.

    None is left out whose labels no other has, up to a limit: policies shall judge them.
    """
    if len(owned) == 1:
        return (owned[0],)
    documents = {(one.tenant, one.chunk.source, one.chunk.document): one for one in reversed(owned)}
    each = [*reversed(documents.values())]
    labelled = {(one.tenant, one.chunk.labels): one for one in reversed(each)}
    few = {*map(id, each[:SOURCES]), *map(id, [*reversed(labelled.values())][:LABELLED])}
    return tuple(one for one in each if id(one) in few)
