"""Verification: everything in the database derived again from the log, and the log from itself.

The log is read in order, a page at a time, in one snapshot. Each entry must give the leaf hash that stands beside it,
the leaf hashes must give the tree's root, and the entry's rows in the other tables must be those that follow from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.records import Fault
from gateway.domain.runs import RunEvent, RunState
from gateway.lineage.evidence import leaf
from gateway.lineage.merkle import HASH_SIZE, Frontier, leaf_hash
from gateway.stores import checks
from gateway.stores.additions import Additions
from gateway.stores.comparing import Comparison
from gateway.stores.compression import compressor
from gateway.stores.connecting import Cursor, Row, damaged
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_id, unpack_time
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements

PAGE = 64
"""Entries that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, unpacked."""

    index: int
    event: RunEvent
    detail: bytes
    catalogue: bytes
    secret: bytes | None
    leaf_hash: bytes

    @classmethod
    def read(cls, row: Row) -> "Entry":
        """Return the entry in *row* (`checks.entries`). Raises `ValueError` if it is damaged."""
        index, name, run, kind, state, at, tenant, detail, catalogue, hashed, secret = row
        unpack = compressor().unpack
        detail = unpack(detail)
        try:
            when = unpack_time(at)
        except OverflowError as exc:
            raise ValueError("its time lies outside all calendars") from exc
        body = decode(kind, detail)
        event = RunEvent(unpack_id(run), RunState(state), body, tenant, unpack_id(name), when)
        return cls(index, event, detail, b"" if catalogue is None else unpack(catalogue), secret, hashed)


class Verification:
    """One check of the whole log, on *cursor*."""

    def __init__(self, statements: Statements, cursor: Cursor) -> None:
        self._snapshot = statements.snapshot
        self._cursor = cursor
        self._ask = Asking(Queries(statements), cursor, None)
        self._frontier = Frontier()
        self._comparison = Comparison(self._ask)
        self._next = 0

    def run(self) -> Iterator[Fault | int]:
        """Yield faults, and now and then how many entries have been checked."""
        self._cursor.execute(self._snapshot.text)
        try:
            yield from self._entries()
            yield from self._tree()
            yield from self._strangers()
        except Exception as exc:
            if not damaged(exc):
                raise
            yield Fault(self._next, "from here on the database file itself is damaged and cannot be read")
        finally:
            self._cursor.execute("ROLLBACK")

    def _entries(self) -> Iterator[Fault | int]:
        while rows := self._ask(checks.entries, first=self._next, limit=PAGE):
            self._comparison.load(self._next, rows[-1][0])
            for row in rows:
                index = row[0]
                if index != self._next:
                    yield Fault(self._next, f"{_entries_from(self._next, index)} missing from the log")
                self._next = index + 1
                yield from self._entry(row)
            yield self._next

    def _entry(self, row: Row) -> Iterator[Fault]:
        index, hashed = row[0], row[9]
        if len(hashed) == HASH_SIZE:
            self._frontier.append(hashed)
        try:
            entry = Entry.read(row)
            additions = Additions.load(entry.catalogue)
        except ValueError as exc:
            yield Fault(index, f"what is stored of this entry was altered: {exc}")
            return
        if entry.secret is None:
            yield Fault(index, "the secret of this entry's commitments is missing, so that nothing proves its content")
        elif leaf_hash(leaf(entry.event, entry.detail, entry.catalogue, entry.secret)) != hashed:
            yield Fault(
                index, f"this {entry.event.type} was altered: row and secret do not give the leaf hash in the log"
            )
        else:
            yield from self._comparison.faults(index, entry.event, additions)

    def _tree(self) -> Iterator[Fault]:
        rows = self._ask(checks.tree)
        if len(rows) != 1:
            yield Fault(self._next, f"the Merkle tree's state stands in {len(rows)} rows instead of one")
            return
        size, root, frontier = rows[0]
        if size != self._next:
            yield Fault(min(size, self._next), f"the Merkle tree has {size} leaves, the log {self._next} entries")
        elif root != self._frontier.root():
            yield Fault(self._next, "the log's leaf hashes do not give the root of the Merkle tree")
        elif frontier != self._frontier.dump():
            yield Fault(self._next, "the log's leaf hashes do not give the frontier of the Merkle tree")

    def _strangers(self) -> Iterator[Fault]:
        """Rows that belong to no entry: in their place nothing was compared."""
        for name, query in checks.STRANGERS.items():
            count = self._ask(query, end=self._next)[0][0]
            if count:
                yield Fault(self._next, f"table {name} has rows ({count}) of entries that the log does not have")
        listed = self._ask(checks.outcomes)[0][0]
        if listed > self._comparison.outcomes:
            surplus = listed - self._comparison.outcomes
            yield Fault(self._next, f"table outcome has rows ({surplus}) that no entry of the log leads to")


def _entries_from(first: int, next: int) -> str:
    return f"entry {first} is" if next == first + 1 else f"entries {first} to {next - 1} are"
