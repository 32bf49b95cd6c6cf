"""What the log was where a follower passed: so that one that was put back and grew again is known to be another.

Needed where what is derived stands in a database of its own, which is not put back together with the log. The leaf of
an entry, which holds a random secret, stands for the log up to there. The newest place is kept, and others ever farther
apart: the last one that the log still has tells how much of it is as it was.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.stores.asides import Asked

TABLE = """CREATE TABLE IF NOT EXISTS follower_place (
    name VARCHAR NOT NULL, position BIGINT NOT NULL, leaf BLOB NOT NULL, PRIMARY KEY (name, position))"""

_READ = "SELECT position, leaf FROM follower_place WHERE name = ? ORDER BY position DESC"
_ADD = "INSERT INTO follower_place (name, position, leaf) VALUES (?, ?, ?)"
_DROP = "DELETE FROM follower_place WHERE name = ? AND position = ?"
_DROP_ALL = "DELETE FROM follower_place WHERE name = ?"


class Place(NamedTuple):
    """A number of entries, and the hash of the last one's leaf."""

    position: int
    leaf: bytes


def known(ask: Asked, name: str) -> Sequence[Place]:
    """Return the places that the follower of that *name* has passed, the newest first."""
    return [Place(int(position), bytes(leaf)) for position, leaf in ask.rows(_READ, name)]


def remember(ask: Asked, name: str, place: Place) -> None:
    """Note that the follower of that *name* has come to *place*."""
    positions = [one.position for one in known(ask, name)]
    ask.run(_DROP, *((name, position) for position in crowded(place.position, positions)))
    ask.run(_ADD, (name, *place))


def crowded(newest: int, positions: Sequence[int]) -> Sequence[int]:
    """Return those of *positions*, in falling order, that are no longer needed when *newest* is noted.

    What is kept of each size of a power of two are the last positions before the block of that size in which *newest*
    lies, and before the block before it: so some position is kept that is at most about four times as far back as any
    that was noted.
    """
    needed = set[int]()
    for size in (1 << power for power in range(newest.bit_length())):
        for start in (newest // size * size, (newest // size - 1) * size):
            needed.update([position for position in positions if position < start][:1])
    return [position for position in positions if position not in needed]


def forget(ask: Asked, name: str) -> None:
    """Forget where the follower of that *name* has been."""
    ask.run(_DROP_ALL, (name,))
