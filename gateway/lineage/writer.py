"""The writer: one thread that owns the store and puts whatever has gathered into one transaction.

Callers hand over events without waiting and get a future that is done when they are on disk. There is no timer: what
one turn of an event loop brings is written when the turn ends, and while the disk works the next batch gathers. If each
event woke the thread by itself, both would fight for the interpreter, and a commit would hold less.

The queue is bounded; only the terminal events of runs that were admitted always get in, and they are kept until the
store takes them.
"""

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import TreeHead
from gateway.domain.runs import RunEvent
from gateway.interfaces import Store
from gateway.lineage.receipts import Receipt

log = logging.getLogger(__name__)

BATCH_MAX = 256
"""Events of one transaction, unless one caller hands over more at once."""

PAUSE_FIRST = 0.05
PAUSE_MAX = 2.0
"""Seconds between attempts to write what was kept, doubling from the first to the longest."""


Promise = asyncio.Future[Receipt] | concurrent.futures.Future[Receipt]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Events that are written together or not at all."""

    events: Sequence[RunEvent]
    promise: "Promise"
    terminal: bool


class Writer:
    """Appends to *store* from one thread of its own; at most *capacity* events wait."""

    def __init__(self, store: Store, capacity: int = 10_000) -> None:
        self._store = store
        self._capacity = capacity
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
        """What the present turn of each loop has brought."""
        self._depth = 0
        self._closed = False
        self._deadline = 0.0
        self._thread: threading.Thread | None = None
        self._kept: list[_Entry] = []
        self._pause = 0.0
        self._error: LineageUnavailable | None = None

    def start(self) -> None:
        """Start the thread; what was handed over before is written now."""
        if self._thread is not None or self._closed:
            raise RuntimeError("a writer starts once")
        self._thread = threading.Thread(target=self._work, name="lineage-writer", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 30.0) -> None:
        """Write what is there, end the thread and close the store.

        After *timeout* seconds the events that the store still refuses are given up, and their futures say so.
        """
        with self._lock:
            closed, self._closed = self._closed, True
            if closed:
                return
            self._deadline = time.monotonic() + timeout
            for loop in [*self._gathered]:
                self._take(loop)
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        else:
            self._give_up(self._taken())
        self._store.close()

    @property
    def healthy(self) -> bool:
        """Whether the thread runs and its last attempt to write succeeded."""
        return self._error is None and self._thread is not None and self._thread.is_alive()

    @property
    def depth(self) -> int:
        """How many events wait."""
        return self._depth

    @property
    def last_error(self) -> LineageUnavailable | None:
        """Why the last attempt to write failed; `None` after one that succeeded."""
        return self._error

    def append(self, events: Sequence[RunEvent], terminal: bool = False) -> "asyncio.Future[Receipt]":
        """Hand over *events* and return a future of the running loop that is done when they are on disk.

        Its result says where the first of them stands in the log. The future raises `LineageUnavailable` if they could
        not be written. *terminal* is for the last event of a run whose first one was taken: it is never turned away.
        Raises `LineageUnavailable` at once if the queue is full.
        """
        loop = asyncio.get_running_loop()
        promise: asyncio.Future[Receipt] = loop.create_future()
        self._put(_Entry(events, promise, terminal), loop)
        return promise

    def append_blocking(self, events: Sequence[RunEvent]) -> Receipt:
        """Write *events* and return their receipt when they are on disk; for callers without a loop.

        Raises `LineageUnavailable` if they cannot be written.
        """
        if self._thread is None:
            raise LineageUnavailable("the lineage writer is not running")
        promise: concurrent.futures.Future[Receipt] = concurrent.futures.Future()
        self._put(_Entry(events, promise, terminal=False))
        return promise.result()

    def _put(self, entry: _Entry, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Let the thread have *entry*: now, or when the present turn of *loop* ends."""
        count = len(entry.events)
        with self._lock:
            if self._closed:
                raise LineageUnavailable("the lineage writer has been closed")
            if self._depth and self._depth + count > self._capacity and not entry.terminal:
                raise LineageUnavailable(f"the lineage record is behind: {self._depth} events wait to be written")
            self._depth += count
            # Inside the lock, so that nothing comes after the mark that closes the queue.
            if loop is None:
                self._queue.put(entry)
            elif loop in self._gathered:
                self._gathered[loop].append(entry)
            else:
                self._gathered[loop] = [entry]
                loop.call_soon(self._hand_over, loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the thread have what was gathered for *loop*."""
        with self._lock:
            self._take(loop)

    def _take(self, loop: asyncio.AbstractEventLoop) -> None:
        for entry in self._gathered.pop(loop, ()):
            self._queue.put(entry)

    def _work(self) -> None:
        more = True
        while more or self._kept:
            batch, more = self._gather()
            # In trouble an empty batch is written too: it asks whether the store has recovered.
            if batch or self._error is not None:
                self._write(batch)
            if not more and self._kept and time.monotonic() >= self._deadline:
                self._give_up(self._kept)
                self._kept = []

    def _gather(self) -> tuple[list[_Entry], bool]:
        """Return what is to be written next, kept entries first, and whether more may come."""
        batch, self._kept = self._kept, []
        count = sum(len(entry.events) for entry in batch)
        wait = None if self._error is None else self._pause
        while count < BATCH_MAX:
            try:
                entry = self._queue.get(timeout=wait) if wait != 0.0 else self._queue.get_nowait()
            except Empty:
                break
            if entry is None:
                # The mark stays last in the queue: it is met again as long as something is kept.
                self._queue.put(None)
                if batch and wait:
                    time.sleep(min(wait, max(0.0, self._deadline - time.monotonic())))
                return batch, False
            batch.append(entry)
            count += len(entry.events)
            wait = 0.0
        return batch, True

    def _write(self, batch: Sequence[_Entry]) -> None:
        try:
            indexes = self._store.append([event for entry in batch for event in entry.events])
            head = self._store.head
        except LineageUnavailable as exc:
            self._refused(batch, exc)
        except Exception as exc:
            if len(batch) == 1:
                self._impossible(batch[0], exc)
                return
            # One of them cannot be written: the others must not suffer for it.
            for entry in batch:
                self._write([entry])
        else:
            self._error, self._pause = None, 0.0
            self._keep(batch, indexes, head)

    def _keep(self, batch: Sequence[_Entry], indexes: Sequence[int], head: TreeHead) -> None:
        """Keep the promises of *batch*, whose events stand at *indexes*."""
        receipts: list[Receipt] = []
        place = 0
        for entry in batch:
            receipts.append(Receipt(indexes[place] if entry.events else head.size, head))
            place += len(entry.events)
        self._settle(batch, receipts)

    def _refused(self, batch: Sequence[_Entry], exc: LineageUnavailable) -> None:
        """The store takes nothing now: keep what must not be lost, and tell the others at once."""
        if self._error is None:
            log.error("lineage store unavailable: %s", exc.message)
        self._error = exc
        self._pause = min(max(PAUSE_FIRST, self._pause * 2), PAUSE_MAX)
        self._kept += [entry for entry in batch if entry.terminal]
        self._settle([entry for entry in batch if not entry.terminal], exc.message)

    def _impossible(self, entry: _Entry, exc: Exception) -> None:
        """The store takes others, but never this one."""
        ids = ", ".join(event.id for event in entry.events)
        log.error("lineage events %s cannot be recorded: %s", ids, type(exc).__name__)
        self._settle([entry], f"the lineage record does not take these events ({type(exc).__name__})")

    def _give_up(self, entries: Sequence[_Entry]) -> None:
        if entries:
            log.error("%d lineage entries were not written before the writer had to end", len(entries))
        self._settle(entries, "the lineage record could not be written before the gateway ended")

    def _taken(self) -> list[_Entry]:
        """Empty the queue."""
        entries: list[_Entry] = []
        while not self._queue.empty():
            entry = self._queue.get()
            if entry is not None:
                entries.append(entry)
        return entries

    def _settle(self, entries: Sequence[_Entry], results: Sequence[Receipt] | str) -> None:
        """Settle the promises of *entries* with their *results*, or all with one problem; one call into each loop."""
        with self._lock:
            self._depth -= sum(len(entry.events) for entry in entries)
        loops: dict[asyncio.AbstractEventLoop, list[_Settled]] = {}
        told: Sequence[Receipt | str] = [results] * len(entries) if isinstance(results, str) else results
        for entry, result in zip(entries, told, strict=True):
            if isinstance(entry.promise, asyncio.Future):
                loops.setdefault(entry.promise.get_loop(), []).append((entry.promise, result))
            else:
                _fulfil([(entry.promise, result)])
        for loop, promises in loops.items():
            try:
                loop.call_soon_threadsafe(_fulfil, promises)
            except RuntimeError:
                # The loop was closed: nobody is left to be told.
                log.debug("a loop ended before %d of its lineage entries were settled", len(promises))


_Settled = tuple[Promise, Receipt | str]
"""A promise and its result, or the problem that nothing came of it."""


def _fulfil(promises: Iterable[_Settled]) -> None:
    for promise, result in promises:
        if promise.done():
            continue
        if isinstance(result, str):
            promise.set_exception(LineageUnavailable(result))
        else:
            promise.set_result(result)
