"""Who made the responses of a stretch of the log, and when, in columns: what counts callers by the hundred thousand.

A block stands beside the record and is derived from it; what is not in a block is read from the responses themselves.
It holds no name of a person: in its place stands the first response of theirs, whose row has the name until it is
erased there, for all their responses at once.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Select, bindparam, select

from gateway.recognition.arrays import Ints
from gateway.stores.queries import Asking
from gateway.stores.statements import table
from gateway.stores.tables import CallerBlockRow

SIZE = 32_768
"""Entries of the log that a block covers: it begins at a multiple of them."""

NOBODY = -1
"""Stands for the person where an application named none."""

_BLOCK = table(CallerBlockRow).c
_HEADER = struct.Struct("<BqI")


@dataclass(frozen=True, slots=True)
class Column:
    """Whole numbers: the smallest of them, and how much larger each one is, in as few bytes as all need."""

    low: int
    above: NDArray[np.unsignedinteger]

    @classmethod
    def of(cls, values: Ints) -> "Column":
        """Return *values* as a column."""
        low = int(values.min()) if len(values) else 0
        above = values - low
        width = next(width for width in (1, 2, 4, 8) if not len(above) or int(above.max()) >> 8 * width == 0)
        return cls(low, above.astype(f"<u{width}"))

    def at(self, places: Ints) -> Ints:
        """Return the numbers at *places*."""
        return self.above[places].astype(np.int64) + self.low

    def places(self, values: Ints) -> Ints:
        """Return where *values* stand, all of which must be there, in a column that ascends. Raises `ValueError`."""
        above = values - self.low
        found = np.searchsorted(self.above, above.astype(self.above.dtype))
        if not np.array_equal(self.above[np.minimum(found, len(self.above) - 1)], above):
            raise ValueError("a block of callers is damaged: responses are missing from it")
        return found

    def dump(self) -> bytes:
        """Return the column as it is stored."""
        return _HEADER.pack(self.above.itemsize, self.low, len(self.above)) + self.above.tobytes()


@dataclass(frozen=True, slots=True)
class Block:
    """Responses, ascending: the columns are as long as each other, and not empty."""

    seqs: Column
    days: Column
    """Since 1970, UTC."""
    applications: Column
    """Places in `names`."""
    persons: Column
    """Their first responses, or `NOBODY`."""
    names: Sequence[str]

    def dump(self) -> tuple[bytes, str]:
        """Return the columns and the names, as they are stored."""
        columns = (self.seqs, self.days, self.applications, self.persons)
        return b"".join(column.dump() for column in columns), orjson.dumps([*self.names]).decode()

    @classmethod
    def load(cls, columns: bytes, names: str) -> "Block":
        """Return the block that `dump` gave. Raises `ValueError` if it is damaged."""
        seqs, days, applications, persons = _columns(columns)
        if not 0 < len(seqs.above) == len(days.above) == len(applications.above) == len(persons.above):
            raise ValueError("a block of callers is damaged: its columns are not of one length")
        return cls(seqs, days, applications, persons, orjson.loads(names))


def _columns(data: bytes) -> Iterator[Column]:
    at = 0
    while at < len(data):
        try:
            width, low, count = _HEADER.unpack_from(data, at)
            above = np.frombuffer(data, f"<u{width}", count, at + _HEADER.size)
        except (struct.error, TypeError) as exc:
            raise ValueError("a block of callers is damaged") from exc
        at += _HEADER.size + width * count
        yield Column(low, above)


def load(ask: Asking, number: int) -> Block | None:
    """Return the block with that *number*, if there is one: it begins at the entry *number* times `SIZE`."""
    rows = ask(_block, number=number)
    return Block.load(bytes(rows[0][0]), rows[0][1]) if rows else None


def _block(tenant: bool) -> Select[Any]:
    return select(_BLOCK["columns"], _BLOCK.applications).where(_BLOCK.number == bindparam("number"))
