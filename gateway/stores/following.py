"""Cursors in the log: how far each of those has come who derive something from it, and who does the work at present.

A cursor moves in the transaction that writes what was derived, from the place at which the work began and from no
other: whatever crashes, and however many processes try, each entry is derived once. That one process leads for a while
(a lease) only spares the others the work.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gateway.domain.digests import Digest
from gateway.domain.runs import RunEvent
from gateway.stores import places
from gateway.stores.asides import Aside, Asked
from gateway.stores.connecting import Connection
from gateway.stores.places import Place
from gateway.stores.pool import Readers

LEASE_SECONDS = 15.0
"""How long a process leads after it last did something; then another one may."""

TABLE = """CREATE TABLE IF NOT EXISTS follower (
    name VARCHAR NOT NULL PRIMARY KEY, position BIGINT NOT NULL, owner VARCHAR NOT NULL, until BIGINT NOT NULL)"""
"""The table, for databases that no migration prepares."""

_READ = "SELECT position, owner, until FROM follower WHERE name = ?"
_ADD = "INSERT INTO follower (name, position, owner, until) VALUES (?, 0, '', 0) ON CONFLICT DO NOTHING"
_LEAD = "UPDATE follower SET owner = ?, until = ? WHERE name = ? AND (owner = ? OR until < ?)"
_MOVE = "UPDATE follower SET position = ?, until = ? WHERE name = ? AND position = ?"
_RESET = "UPDATE follower SET position = 0 WHERE name = ?"

Write = Callable[[Asked], None]
"""Writes what was derived, in the transaction that moves the cursor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log. Its texts are not in it: they are read by digest from the content that is kept."""

    index: int
    event: RunEvent


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the log as followers take it: what was asked or answered, and by whom."""

    index: int
    kind: str
    """Type of its event."""
    run: str
    tenant: str
    digest: Digest = ""
    """Of the question of an intent, or of the answer of an outcome."""
    text: str | None = None
    """What that was, as far as it is kept."""
    caller: tuple[str, str] | None = None
    """Application and end user, of an intent."""


class Follower(Protocol):
    """Derives something from the log, entry after entry."""

    @property
    def name(self) -> str:
        """Name of its cursor; another name begins at the first entry."""

    def derive(self, entries: Sequence[Said]) -> Write | None:
        """Work out what follows from *entries*, and return what writes it; `None` when that is nothing.

        It is called outside of any transaction and may take its time. After a crash the same entries come again, in
        the same order, but not in the same groups. What it raises is told and tried again; the cursor stays.
        """


@runtime_checkable
class Passer(Protocol):
    """Derives something from the tables as the log passes certain places; it reads for itself what it needs."""

    @property
    def name(self) -> str:
        """Name of its cursor, as a `Follower`'s."""

    def passed(self, first: int, end: int) -> Write | None:
        """Work out what follows now that the entries from *first* to before *end* are there. See `Follower.derive`."""


def position(ask: Asked, name: str) -> int:
    """Return how many entries the follower of that *name* has behind it."""
    rows = ask.rows(_READ, name)
    return int(rows[0][0]) if rows else 0


def followed(ask: Asked, name: str, leaf: Callable[[int], bytes | None]) -> int:
    """Return how many entries the follower of that *name* has behind it of the log whose leaves *leaf* tells by index.

    Those of a log that was put back are fewer than those of the one that it followed. Only where places are noted.
    """
    noted = places.known(ask, name)
    for place in noted:
        if leaf(place.position - 1) == place.leaf:
            return position(ask, name) if place is noted[0] else place.position
    return 0 if noted else position(ask, name)


class Cursors:
    """The cursors in the database at *url*; *owner* names this process among those that share it.

    *apart*: in a database that is not put back together with the log, so that they remember what the log was.
    """

    def __init__(self, url: str, owner: str, *, apart: bool = False, beside: Readers | None = None) -> None:
        self.apart = apart
        self._writing = Aside(url, "what follows the lineage log cannot be written")
        self._readers = Readers(self._writing.url, beside=beside)
        self._owner = owner

    def position(self, name: str) -> int:
        """Return how many entries the follower of that *name* has behind it. Raises `LineageUnavailable`."""
        return self._row(name)[0]

    def lead(self, name: str) -> int | None:
        """Return the same when this process may do the follower's work now, `None` while another one does.

        Raises `LineageUnavailable`.
        """
        now = int(time.time() * 1000)
        position, owner, until = self._row(name)
        if owner != self._owner and until >= now:
            return None
        if owner == self._owner and until - now > LEASE_SECONDS * 500:
            return position
        lease = now + int(LEASE_SECONDS * 1000)
        with self._writing.transaction() as ask:
            ask.run(_ADD, (name,))
            ask.run(_LEAD, (self._owner, lease, name, self._owner, now))
            ((position, owner, _),) = ask.rows(_READ, name)
        return int(position) if owner == self._owner else None

    def places(self, name: str) -> Sequence[Place]:
        """Return what the log was where the follower of that *name* passed, the newest place first.

        Raises `LineageUnavailable`.
        """
        with self._readers.borrow() as connection:
            return places.known(self._asked(connection), name) if self.apart else ()

    def move(self, name: str, before: int, after: int, write: Write | None, leaf: bytes = b"") -> bool:
        """Let *write* do its work, and move the cursor from *before* to *after*, in one transaction.

        *leaf* is the hash of the last entry's leaf before *after*. Returns whether it stood there; if not, nothing is
        written. Raises `LineageUnavailable`.
        """
        lease = int((time.time() + LEASE_SECONDS) * 1000)
        with self._writing.transaction() as ask:
            row = ask.rows(_READ, name)
            if not row or row[0][0] != before:
                return False
            ask.run(_MOVE, (after, lease, name, before))
            if write:
                write(ask)
            if self.apart and leaf:
                places.remember(ask, name, Place(after, leaf))
        return True

    def restart(self, name: str, clear: Write) -> None:
        """Let *clear* remove what was derived, and begin again at the first entry. Raises `LineageUnavailable`."""
        with self._writing.transaction() as ask:
            clear(ask)
            ask.run(_RESET, (name,))
            if self.apart:
                places.forget(ask, name)

    def close(self) -> None:
        """Close the connections."""
        self._writing.close()
        self._readers.close()

    def _row(self, name: str) -> tuple[int, str, int]:
        with self._readers.borrow() as connection:
            rows = self._asked(connection).rows(_READ, name)
        return (int(rows[0][0]), str(rows[0][1]), int(rows[0][2])) if rows else (0, "", 0)

    def _asked(self, connection: Connection) -> Asked:
        return Asked(connection.cursor(), sqlite=self._writing.url.drivername == "sqlite")
