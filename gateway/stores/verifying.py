"""Verification: everything in the database derived again from the log, and the log from itself.

The log is read in order, a page at a time, in one snapshot. Each entry must give the leaf that stands beside it, the
leaves must give the tree's nodes, its root and what the checkpoints were signed for, and the entry's rows in the other
tables must be those that follow from it. The quick check reads leaves alone: what they commit to is not looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

from gateway.domain.records import Fault
from gateway.domain.runs import RunEvent, RunState
from gateway.lineage.evidence import leaf
from gateway.stores import checks, descriptions, leaves, registered, sealedtexts
from gateway.stores.additions import Additions
from gateway.stores.comparing import Comparison
from gateway.stores.compression import compressor
from gateway.stores.connecting import Cursor, Row, damaged
from gateway.stores.decoding import decode
from gateway.stores.erasures import Erasures
from gateway.stores.gathering import altered
from gateway.stores.growing import Growth, Page, standing
from gateway.stores.masters import Masters
from gateway.stores.packing import unpack_id, unpack_time
from gateway.stores.queries import Asking, Queries
from gateway.stores.redacting import residue
from gateway.stores.statements import Statements
from gateway.stores.texts import Texts

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

    @classmethod
    def read(cls, row: Row) -> "Entry":
        """Return the entry in *row* (`checks.entries`). Raises `ValueError` if it is damaged."""
        index, name, run, kind, state, at, tenant, detail, catalogue, _, _, secret = row
        unpack = compressor().unpack
        detail = unpack(detail)
        try:
            when = unpack_time(at)
        except OverflowError as exc:
            raise ValueError("its time lies outside all calendars") from exc
        body = decode(kind, detail)
        event = RunEvent(unpack_id(run), RunState(state), body, tenant, unpack_id(name), when)
        return cls(index, event, detail, b"" if catalogue is None else unpack(catalogue), secret)


_HASHES, _LEAF = 9, 10
"""Where they stand in a row of `checks.entries`."""


class Verification:
    """One check of the whole log, on *cursor*."""

    def __init__(self, statements: Statements, cursor: Cursor, masters: Masters) -> None:
        self._snapshot = statements.snapshot
        self._cursor = cursor
        self._ask = Asking(Queries(statements), cursor, None)
        self._growth = Growth(self._ask)
        self._erasures = Erasures()
        self._texts = Texts(self._ask, masters)
        self._comparison = Comparison(self._ask, self._texts, self._erasures)

    def run(self) -> Iterator[Fault | int]:
        """Yield faults, and now and then how many entries have been checked."""
        rest = self._strangers(), self._sealed(), self._registered(), self._callers()
        return self._snapshotted(self._entries(), self._growth.end(), *rest)

    def quick(self) -> Iterator[Fault | int]:
        """Yield the same of leaves, tree and newest checkpoint alone."""
        return self._snapshotted(self._leaves(), self._growth.end())

    def only(self, indexes: Sequence[int]) -> Iterator[Fault | int]:
        """Yield the same of the entries at *indexes* and their rows alone; the tree is not looked at."""
        return self._snapshotted(self._single(indexes))

    def _snapshotted(self, *parts: Iterable[Fault | int]) -> Iterator[Fault | int]:
        self._cursor.execute(self._snapshot.text)
        try:
            self._erasures.learn(self._ask)
            for part in parts:
                yield from part
        except Exception as exc:
            if not damaged(exc):
                raise
            yield Fault(self._growth.next, "from here on the database itself is damaged and cannot be read")
        finally:
            self._cursor.execute("ROLLBACK")

    def _entries(self) -> Iterator[Fault | int]:
        growth = self._growth
        while rows := self._ask(checks.entries, first=growth.next, limit=PAGE):
            self._comparison.load(growth.next, rows[-1][0])
            growth.load(rows[-1][0])
            for row in rows:
                index = row[0]
                yield from growth.missing(index, "the log")
                yield from growth.add(index, row[_HASHES], row[_LEAF])
                yield from self._entry(row)
                yield from growth.checkpoint(index)
            yield growth.next

    def _leaves(self) -> Iterator[Fault | int]:
        growth = self._growth
        growth.load_newest()
        # Reading and unpacking take half of the time, and let another thread compute: so one does, a page ahead.
        with ThreadPoolExecutor(1) as ahead:
            page = ahead.submit(Page.read, self._ask, growth.next)
            while found := page.result():
                page = ahead.submit(Page.read, self._ask, found.last + 1)
                yield from growth.add_page(found, partial(self._rows, found, page))
                yield growth.next

    def _rows(self, page: Page, reading: "Future[Page | None]") -> Sequence[Row]:
        """Return the leaves of *page* row by row, once *reading* has done with the cursor."""
        wait([reading])
        return self._ask(leaves.leaves, first=page.first, limit=page.count)

    def _single(self, indexes: Sequence[int]) -> Iterator[Fault | int]:
        for index in indexes:
            rows = [row for row in self._ask(checks.entries, first=index, limit=1) if row[0] == index]
            self._comparison.load(index, index)
            for row in rows:
                yield from self._entry(row)
            if not rows:
                yield Fault(index, f"entry {index} is missing from the log")
            yield 1

    def _entry(self, row: Row) -> Iterator[Fault]:
        index = row[0]
        try:
            entry = Entry.read(row)
            additions = Additions.load(entry.catalogue)
        except ValueError as exc:
            yield Fault(index, f"what is stored of this entry was altered: {exc}")
            return
        if index in self._erasures.entries:
            yield from self._erased(entry, additions)
        elif entry.secret is None:
            yield Fault(index, "the secret of this entry's commitments is missing, so that nothing proves its content")
        elif not standing(row[_HASHES], row[_LEAF], leaf(entry.event, entry.detail, entry.catalogue, entry.secret)):
            yield Fault(index, f"this {entry.event.type} was altered: row and secret do not give the leaf in the log")
        else:
            yield from self._comparison.faults(index, entry.event, additions)

    def _erased(self, entry: Entry, additions: Additions) -> Iterator[Fault]:
        """An entry that was redacted: what is left of it must be what the erasure left."""
        erasure, left = self._erasures.entries[entry.index]
        if entry.secret is not None:
            yield Fault(entry.index, f"entry {erasure} erased the secret of this entry, but there is one again")
        if residue(entry.detail, entry.catalogue) != left:
            yield Fault(entry.index, f"this {entry.event.type} was altered since entry {erasure} erased a part of it")
        else:
            yield from self._comparison.faults(entry.index, entry.event, additions)

    def _callers(self) -> Iterator[Fault]:
        """Blocks by which callers are counted: derived, but whoever reads a blast radius trusts them as the record."""
        for first in altered(self._ask, self._erasures.entries):
            problem = "callers are counted wrongly from here on: the block of them was altered since it was derived"
            yield Fault(first, f"{problem} (`lineward db index --rebuild` derives it again)")

    def _sealed(self) -> Iterator[Fault]:
        """Texts that are not what was sealed, whichever entry they came with."""
        count, first = sealedtexts.wrong(self._ask, self._texts)
        if count:
            problem = f"table sealed_text has rows ({count}) that were altered or moved, the first is {first}"
            yield Fault(self._growth.next, problem)

    def _registered(self) -> Iterator[Fault]:
        """What recognition knows documents by: a guard that somebody blinded would say nothing of it."""
        for name, count, first in registered.wrong(self._ask):
            problem = f"table {name} has rows ({count}) that were altered or whose other half is missing, the first is"
            yield Fault(self._growth.next, f"{problem} {first}: what they name may not be recognised any more")
        unlike = [*descriptions.unlike(self._ask)]
        if unlike:
            problem = "that describe a chunk as no entry of the log does: it may be judged by labels that it never had"
            yield Fault(
                self._growth.next, f"table registration has rows ({len(unlike)}) {problem}, the first {unlike[0]}"
            )

    def _strangers(self) -> Iterator[Fault]:
        """Rows that belong to no entry: in their place nothing was compared."""
        for name, query in checks.STRANGERS.items():
            count = self._ask(query, end=self._growth.next)[0][0]
            if count:
                yield Fault(self._growth.next, f"table {name} has rows ({count}) of entries that the log does not have")
        told = self._ask(checks.edges_told)[0][0]
        if told > self._comparison.told:
            surplus = told - self._comparison.told
            yield Fault(self._growth.next, f"table edge has rows ({surplus}) that no later entry of the log told of")
        listed = self._ask(checks.outcomes)[0][0]
        if listed > self._comparison.outcomes:
            surplus = listed - self._comparison.outcomes
            yield Fault(self._growth.next, f"table outcome has rows ({surplus}) that no entry of the log leads to")
