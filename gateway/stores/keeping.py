"""The texts that come with events, on their way into the database: each sealed once for an owner.

A text that is there already is marked as used, once a day, so that retention knows how old it is.
"""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from gateway.domain.digests import Digest
from gateway.domain.runs import Intent, Outcome, RunEvent
from gateway.stores.additions import Additions
from gateway.stores.compression import compressor
from gateway.stores.connecting import Cursor
from gateway.stores.contentkeys import ContentKeys, DataKey
from gateway.stores.masters import Masters
from gateway.stores.memory import Memory
from gateway.stores.packing import plain
from gateway.stores.statements import Statements, table
from gateway.stores.tables import ResponseRow, SealedRow

REMEMBERED = 20_000
"""Chunks whose texts are known to be there."""

LATEST = 4_096
"""Other texts that are, and responses whose subject is known: most never come again, and the others soon."""

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

    def __init__(self, statements: Statements, masters: Masters) -> None:
        response = table(ResponseRow).c
        subject = select(response.end_user, response.application).where(response.id == bindparam("id"))
        self.insert = statements.newest(SealedRow, "used")
        self._subject = statements.compiled(subject)
        self._keys = ContentKeys(statements, masters)
        self._texts: Memory[tuple[int, Digest], int] = Memory(LATEST)
        """When each was marked last."""
        self._chunks: Memory[int, int] = Memory(REMEMBERED)
        """The same by the number of the chunk whose text it is."""
        self._subjects: Memory[bytes, Subject] = Memory(LATEST)

    def end(self, *, committed: bool) -> None:
        """The transaction ended."""
        self._keys.end(committed=committed)
        self._texts.end(committed=committed)
        self._chunks.end(committed=committed)
        self._subjects.end(committed=committed)

    def rows(
        self, cursor: Cursor, event: RunEvent, run: bytes, at: int, additions: Additions
    ) -> list[tuple[object, ...]]:
        """Return the rows of the texts that *event*, of *run* and made *at* that time, brings."""
        work = _Work(self, cursor, event.tenant, day(at))
        for chunk in additions.texts:
            if self._chunks.get(chunk.number) != work.day:
                self._chunks.learn(chunk.number, work.day)
                key = self._keys.document(cursor, event.tenant, chunk.source, chunk.document)
                work.keep(key, chunk.digest, chunk.text)
        body = event.body
        if isinstance(body, Intent):
            who = (plain(body.principal.end_user), plain(body.principal.application))
            self._subjects.learn(run, who)
            self._content(work, who, body)
        elif isinstance(body, Outcome) and body.content:
            self._content(work, self._of(cursor, run), body)
        return work.rows

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


@dataclass(slots=True)
class _Work:
    """The rows of one event."""

    keeper: Keeper
    cursor: Cursor
    tenant: str
    day: int
    rows: list[tuple[object, ...]] = field(default_factory=list)

    def keep(self, key: DataKey, digest: Digest, text: str) -> None:
        if self.keeper.mark(key.id, digest, self.day):
            name = self.keeper.name(self.cursor, self.tenant, digest)
            packed = compressor().pack_text(text.encode("utf-8", "surrogatepass"))
            self.rows.append((name, key.id, self.day, key.seal(name, packed)))
