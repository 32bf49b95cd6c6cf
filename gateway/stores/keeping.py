"""The texts that come with events, on their way into the database: each sealed once for an owner.

What a person or an application said and was told is marked as used, once a day, so that retention knows how old it is.
The text of a chunk is not: the record itself says when it was used (lastuses.py), and a mark for each would be the
largest part of what is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, select

from gateway.domain.digests import Digest
from gateway.domain.runs import Intent, Outcome, RunEvent
from gateway.stores.additions import Additions
from gateway.stores.compression import compressor
from gateway.stores.connecting import Cursor
from gateway.stores.contentkeys import ContentKeys, DataKey, Place
from gateway.stores.lookups import Lookup
from gateway.stores.masters import Masters
from gateway.stores.memory import Memory
from gateway.stores.packing import plain
from gateway.stores.statements import Statements, table
from gateway.stores.tables import ResponseRow, SealedRow

REMEMBERED = 20_000
"""Chunks whose texts are known to be there."""

LATEST = 4_096
"""Other texts that are known to be there, and responses whose subject is: most never come again, the others soon."""

_DAY = 86_400_000_000

Subject = tuple[str, str]
"""End user and application."""


def day(at: int) -> int:
    """Return the day of the time *at*, in microseconds since 1970."""
    return at // _DAY


def beginning(day: int) -> int:
    """Return the time at which *day* begins."""
    return day * _DAY


class Keeper:
    """Keeps texts of events, for the log's writer, who holds its lock."""

    def __init__(self, statements: Statements, masters: Masters, *, whole: bool = False) -> None:
        """*whole*: nothing was ever erased from the database, so that what was stored is there."""
        response = table(ResponseRow).c
        subject = select(response.end_user, response.application).where(response.id == bindparam("id"))
        self.insert = statements.newest(SealedRow, "used")
        self._subject = statements.compiled(subject)
        self._keys = ContentKeys(statements, masters)
        self._texts: Memory[tuple[int, Digest], int] = Memory(LATEST)
        """When each was marked last."""
        self._whole = whole
        self._there = Lookup(statements, SealedRow, ("name", "key"))
        self._chunks: Memory[int, bool] = Memory(REMEMBERED)
        """Numbers of chunks whose texts are there."""
        self._brought: list[_Brought] = []
        """Texts of chunks that may have to be written in this transaction."""
        self._subjects: Memory[bytes, Subject] = Memory(LATEST)

    def end(self, *, committed: bool) -> None:
        """The transaction ended."""
        self._brought.clear()
        self._keys.end(committed=committed)
        self._texts.end(committed=committed)
        self._chunks.end(committed=committed)
        self._subjects.end(committed=committed)

    def rows(self, cursor: Cursor, event: RunEvent, run: bytes, at: int, additions: Additions) -> list["Unsealed"]:
        """Return the texts of what was said in *event*, of *run* and made *at* that time.

        The texts of its chunks are left to `chunks`.
        """
        work = _Work(self, cursor, event.tenant, day(at))
        for chunk in additions.texts:
            if self._chunks.get(chunk.number) is None:
                self._chunks.learn(chunk.number, True)
                if chunk.kept and self._whole:
                    continue
                place = (event.tenant, chunk.source, chunk.document)
                self._brought.append(_Brought(place, chunk.digest, chunk.text, work.day))
        body = event.body
        if isinstance(body, Intent):
            who = (plain(body.principal.end_user), plain(body.principal.application))
            self._subjects.learn(run, who)
            self._content(work, who, body)
        elif isinstance(body, Outcome) and body.content:
            self._content(work, self._of(cursor, run), body)
        return work.rows

    def chunks(self, cursor: Cursor) -> list["Unsealed"]:
        """Return those texts of chunks, of all events of the transaction, that are not there."""
        brought = self._brought
        if not brought:
            return []
        numbers = self._keys.numbers(cursor, dict.fromkeys(one.place for one in brought))
        named = [(self.name(cursor, one.place[0], one.digest), one) for one in brought]
        keys = [(name, numbers[one.place]) for name, one in named if one.place in numbers]
        there = {(bytes(name), key) for name, key in self._there.rows(cursor, keys)}
        rows: list[Unsealed] = []
        for name, one in named:
            if (name, numbers.get(one.place)) not in there:
                key = self._keys.document(cursor, *one.place)
                there.add((name, key.id))
                rows.append(Unsealed(name, key, one.day, one.text))
        return rows

    def mark(self, key: int, digest: Digest, day: int) -> bool:
        """Return whether the text with *digest* has to be written for the key number *key* on that *day*."""
        known = self._texts.get((key, digest))
        if known is not None and known >= day:
            return False
        self._texts.learn((key, digest), day)
        return True

    def name(self, cursor: Cursor, tenant: str, digest: Digest) -> bytes:
        """Return the name of a text of *tenant*."""
        return self._keys.tenant(cursor, tenant).text(digest)

    def _content(self, work: "_Work", who: Subject, body: Intent | Outcome) -> None:
        if body.content:
            key = self._keys.subject(work.cursor, work.tenant, *who)
            for digest, text in body.content.items():
                work.keep(key, digest, text)

    def _of(self, cursor: Cursor, run: bytes) -> Subject:
        """Whose the response *run* is; of one that is not there, nobody's."""
        known = self._subjects.get(run)
        if known is None:
            cursor.execute(self._subject.text, (run,))
            row = cursor.fetchone()
            known = (row[0], row[1]) if row else ("", "")
        return known


class Unsealed(NamedTuple):
    """A text that has to be written."""

    name: bytes
    key: DataKey
    day: int
    text: str


@dataclass(slots=True)
class _Work:
    """The rows of one event."""

    keeper: Keeper
    cursor: Cursor
    tenant: str
    day: int
    rows: list["Unsealed"] = field(default_factory=list)

    def keep(self, key: DataKey, digest: Digest, text: str) -> None:
        if self.keeper.mark(key.id, digest, self.day):
            self.rows.append(Unsealed(self.keeper.name(self.cursor, self.tenant, digest), key, self.day, text))


class _Brought(NamedTuple):
    """The text of a chunk that came with an event."""

    place: Place
    """Of its document."""
    digest: Digest
    text: str
    day: int


def sealed(texts: Sequence[Unsealed]) -> list[tuple[object, ...]]:
    """Return the rows of *texts*."""
    pack = compressor().pack_prose
    packed = [pack(one.text) for one in texts]
    return [
        (one.name, one.key.id, one.day, one.key.seal(one.name, data)) for one, data in zip(texts, packed, strict=True)
    ]
