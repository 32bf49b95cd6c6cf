"""Work behind the log: search index, attribution and exports follow it by cursor, after the commit.

To add one, write a `Follower` or a `Passer` (stores/following.py) and hand it to `Following` with the `Cursors` of the
database in which it writes. Nobody waits for followers: a thread of each process takes small groups of entries and
rests at least as long as it worked; of several processes one does the work of a follower. What those who stand at the
same place are given is read once for all of them. A crash loses nothing and repeats nothing but the derivation. How far
each one is behind is told by `lags`. A log that ends before what was derived from it, or that was another one where a
cursor passed (stores/places.py), is not the one that was followed, such as yesterday's file put back: then all that is
derived begins anew, within a second, also while nobody asks or appends anything. When something is erased while entries
are in hand, they are read again, so that nothing comes back.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

from gateway.domain.errors import GatewayError
from gateway.domain.records import Lag
from gateway.stores.asides import Asked
from gateway.stores.following import Cursors, Entry, Follower, Passer, Said, Write

log = logging.getLogger(__name__)

TOGETHER = 256
"""Entries that are derived together while answers are given; in the foreground many times more."""

FOREGROUND = 2_048

PAUSE = 0.5
"""Seconds between two looks at a log of which all was taken."""

TROUBLE = 5.0
"""Seconds until something that failed is tried again."""


class Log(Protocol):
    """The log, as it is followed. Its methods raise `LineageUnavailable`."""

    def size(self) -> int:
        """Return how many entries there are."""

    def epoch(self) -> int:
        """Return a number that grows with each transaction that erases something."""

    def after(self, first: int, limit: int) -> Sequence[Entry]:
        """Return at most *limit* entries from number *first* on."""

    def said(self, first: int, limit: int) -> Sequence[Said]:
        """Return what the same entries say."""

    def leaf(self, index: int) -> bytes | None:
        """Return the hash of the leaf of the entry *index*; `None` if there is none."""

    def at(self, index: int) -> datetime | None:
        """Return when the entry *index* was made."""


Clear = Callable[[Asked, int], None]
"""Removes what was derived from a log, so that it is derived anew from one that has that many of its entries."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A follower, and where its cursor stands."""

    follower: Follower | Passer
    cursors: Cursors
    clear: Clear
    rest: float = 1.0
    """How many times longer than it worked it rests; for one whose work is heavy and may wait."""
    together: int = TOGETHER
    """Entries that it takes at a time while answers are given."""

    def derive(self, reading: "_Reading", first: int, end: int) -> Write | None:
        """Let it derive what follows from the entries from *first* to before *end*."""
        if isinstance(self.follower, Passer):
            return self.follower.passed(first, end)
        return self.follower.derive(reading.said(first, end))


class Following:
    """Lets each of *followed* follow *log*: in a thread of its own from `start` to `close`, or in `catch_up`."""

    def __init__(self, log: Log, followed: Sequence[Followed]) -> None:
        self._log = log
        self._followed = {one.follower.name: one for one in followed}
        paces = dict.fromkeys((one.rest, one.together) for one in followed)
        self._paces = [[one for one in followed if (one.rest, one.together) == pace] for pace in paces]
        """Those who work and rest at the same times."""
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._problems: dict[str, str] = {}
        """What went wrong last."""
        self._due: dict[str, float] = {}
        """When each has its next turn."""
        self._lags: dict[str, Lag] = {}
        self._seen: dict[str, tuple[int, bytes]] = {}
        """Where each stood, and the log's newest leaf, when that was last found to be the log that it followed."""

    @property
    def names(self) -> Sequence[str]:
        """The names of those who follow."""
        return [*self._followed]

    @property
    def known(self) -> Mapping[str, Lag]:
        """How far each was behind when the thread last looked; asks nobody."""
        return dict(self._lags)

    def start(self) -> None:
        """Start the thread."""
        self._closing.clear()
        self._thread = threading.Thread(target=self._work, name="following", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, after the entries that it has in hand; the rest is for the next start."""
        self._closing.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def lags(self) -> Mapping[str, Lag]:
        """Ask how far each is behind. Raises `LineageUnavailable`."""
        size = self._log.size()
        return {name: self._lag(name, one.cursors.position(name), size) for name, one in self._followed.items()}

    def catch_up(self, name: str, told: Callable[[int, int], None] = lambda done, of: None) -> int:
        """Derive in the foreground all that is there now, and return how many entries that were.

        *told* is called after each group with the entries that are done, and how many there are. While another
        process does the same work, this one waits for it. Raises `LineageUnavailable`, and what the follower raises.
        """
        one, size, first = self._followed[name], self._log.size(), None
        self._begin_anew()
        self._strayed(one, one.cursors.position(name), b"")
        while (position := one.cursors.position(name)) < size:
            first = position if first is None else first
            told(position, size)
            limit = one.together if isinstance(one.follower, Passer) else FOREGROUND
            if not self._step(one, limit, _Reading(self._log)):
                self._closing.wait(PAUSE)
        told(size, size)
        return 0 if first is None else size - first

    def restart(self) -> None:
        """Remove what all derived, so that it is derived again. Raises `LineageUnavailable`."""
        self._restart([*self._followed.values()], self._log.size())

    def _restart(self, some: Sequence[Followed], size: int) -> None:
        for one in some:
            one.cursors.restart(one.follower.name, _cleared(one.clear, size))

    def _begin_anew(self) -> None:
        """Let those begin at the first entry whose cursors are beyond the end of the log."""
        stood = [(one, one.cursors.position(one.follower.name)) for one in self._followed.values()]
        size = self._log.size()  # asked after them: meanwhile it may grow, and others go on
        beyond = [one for one, position in stood if position > size]
        for one in beyond:
            log.warning(
                "the lineage log has %d entries and is older than what %s derived from it; that is derived anew",
                size, one.follower.name,
            )  # fmt: skip
        for one in beyond:
            shared = self._shared(one)
            self._restart([one], size if shared is None else min(shared, size))

    def _strayed(self, one: Followed, position: int, newest: bytes) -> bool:
        """Let *one* begin anew unless the log is the one that it followed to *position*; return whether it had to.

        *newest* is the leaf of the log's last entry.
        """
        name, shared = one.follower.name, self._shared(one)
        if shared is None:
            self._seen[name] = (position, newest)
            return False
        log.warning(
            "the lineage log is not the one that %s followed to entry %d: of that one it is sure to have no more than"
            " the first %d entries; what was derived is derived anew", name, position, shared,
        )  # fmt: skip
        self._restart([one], shared)
        return True

    def _shared(self, one: Followed) -> int | None:
        """Return how many entries the log has of what *one* followed, at least; `None` for all, as far as is known."""
        places = one.cursors.places(one.follower.name)
        for at, leaf in places:
            if self._log.leaf(at - 1) == leaf:
                return None if at == places[0].position else at
        return 0 if places else None

    def _work(self) -> None:
        while not self._closing.is_set():
            for pace in self._paces:
                self._turn(pace)
            due = min(self._due.values(), default=time.monotonic() + PAUSE)
            self._closing.wait(max(0.0, due - time.monotonic()))

    def _turn(self, pace: Sequence[Followed]) -> None:
        """Let those of a *pace* whose time it is take the next entries, and say when it is time again.

        They stay in step, also while one of them has more to take: only so they can be given the same.
        """
        now = time.monotonic()
        turn = [one for one in pace if self._due.get(one.follower.name, 0.0) <= now]
        reading = _Reading(self._log)
        taken = {one.follower.name: self._tried(one, reading) for one in turn}
        pause = max(((time.monotonic() - now) * one.rest for one in turn), default=0.0)
        if all((taken[one.follower.name] or 0) < one.together for one in turn):
            pause = max(pause, PAUSE)  # the next turn costs as much for one entry as for many: let some gather
        now = time.monotonic()
        for name, count in taken.items():
            self._due[name] = now + (TROUBLE if count is None else pause)

    def _tried(self, one: Followed, reading: "_Reading") -> int | None:
        """Take the next entries and return how many that were; `None` if it failed."""
        name = one.follower.name
        try:
            taken = self._step(one, one.together, reading)
            self._problems.pop(name, None)
            self._lags[name] = self._lag(name, one.cursors.position(name), self._log.size())
        except Exception as exc:  # the next follower has its turn, and this one tries again
            problem = exc.message if isinstance(exc, GatewayError) else type(exc).__name__
            if name not in self._problems:
                log.error("%s does not follow the lineage log: %s", name, problem)
            self._problems[name] = problem
            known = self._lags.get(name, Lag(0))
            self._lags[name] = Lag(known.entries, known.seconds, problem)
            return None
        return taken

    def _step(self, one: Followed, limit: int, reading: "_Reading") -> int:
        """Take at most *limit* entries; return how many that were."""
        name, size = one.follower.name, reading.size
        newest, stands = reading.leaf(size - 1), one.cursors.position(name)
        if stands > size:
            self._begin_anew()
        if stands >= size and self._seen.get(name) == (stands, newest):
            return 0
        position = one.cursors.lead(name)
        if position is None or self._strayed(one, position, newest) or position >= size:
            return 0
        after, epoch = min(position + limit, size), reading.epoch
        leaf = reading.leaf(after - 1)
        write = one.derive(reading, position, after)
        try:
            moved = one.cursors.move(name, position, after, self._as_read(write, epoch, after, leaf), leaf)
        except _OtherSince:
            return 0  # the next turn reads what is there then
        return after - position if moved else 0

    def _as_read(self, write: Write | None, epoch: int, after: int, leaf: bytes) -> Write:
        """Return what does the same as *write* unless something was erased since *epoch*, or the log was put back.

        *leaf* is that of the last entry that was read, before *after*. What is erased later is removed from what was
        derived by whoever erases it, in a transaction after this one.
        """

        def checked(ask: Asked) -> None:
            if self._log.epoch() != epoch or (self._log.leaf(after - 1) or b"") != leaf:
                raise _OtherSince
            if write:
                write(ask)

        return checked

    def _lag(self, name: str, position: int, size: int) -> Lag:
        behind = max(0, size - position)
        at = self._log.at(position) if behind else None
        seconds = max(0.0, (datetime.now(UTC) - at).total_seconds()) if at else 0.0
        return Lag(behind, round(seconds, 3), self._problems.get(name, ""))


class _OtherSince(Exception):
    """A text that was read may be there no more, or an entry may be another one."""


class _Reading:
    """*log* as it is read in one turn: what one was given is given to the next one who stands there."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._said: dict[tuple[int, int], Sequence[Said]] = {}
        self._leaves: dict[int, bytes] = {}

    @cached_property
    def size(self) -> int:
        """How many entries there are. Raises `LineageUnavailable`, as `said` does."""
        return self._log.size()

    @cached_property
    def epoch(self) -> int:
        """Which one it was before anything was read."""
        return self._log.epoch()

    def leaf(self, index: int) -> bytes:
        """Return the hash of the leaf of the entry *index*; asked for before the entry, it is never of a later log."""
        if index not in self._leaves:
            self._leaves[index] = self._log.leaf(index) or b""
        return self._leaves[index]

    def said(self, first: int, after: int) -> Sequence[Said]:
        """Return the entries from *first* to before *after*."""
        known = self._said.get((first, after))
        if known is None:
            known = [said for said in self._log.said(first, after - first) if said.index < after]
            self._said[first, after] = known
        return known


def _cleared(clear: Clear, size: int) -> Write:
    return lambda ask: clear(ask, size)
