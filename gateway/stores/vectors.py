"""Vectors of what was asked and answered, in the tables beside the search index: blocks of each tenant's.

A search compares all of them, block after block: exact, and quick enough for millions. They may be thrown away, and are
made again from the log and the kept content.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gateway.recognition.arrays import Ints
from gateway.recognition.meanings import F32, WINDOWS, Meanings
from gateway.stores.asides import Asked
from gateway.stores.connecting import Row
from gateway.stores.packing import plain

FULL = 8_192
"""Vectors in a block at most."""

CACHED = 16
"""Blocks that are remembered at most: 50 MB of 384 dimensions. Further ones are read for each search."""

TABLES = (
    """CREATE TABLE IF NOT EXISTS search_vector (id BIGINT NOT NULL PRIMARY KEY, tenant VARCHAR NOT NULL,
    first BIGINT NOT NULL, last BIGINT NOT NULL, size BIGINT NOT NULL, places BLOB NOT NULL, scales BLOB NOT NULL,
    vectors BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_search_vector_tenant ON search_vector (tenant, last)",
)
_COLUMNS = "id, tenant, places, scales, vectors"
_SOME = f"SELECT {_COLUMNS} FROM search_vector WHERE id IN (*)"  # noqa: S608
_ALL = "SELECT id FROM search_vector WHERE first < ? AND last >= ?"
_OF_TENANT = "SELECT id FROM search_vector WHERE first < ? AND last >= ? AND tenant = ?"
_NEWEST = "SELECT id, size FROM search_vector WHERE tenant = ? ORDER BY last DESC LIMIT 16"
_BETWEEN = "SELECT id, first, last FROM search_vector WHERE tenant = ? AND first <= ? AND last >= ?"
_ADD = """INSERT INTO search_vector (id, tenant, first, last, size, places, scales, vectors)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_DROP = "DELETE FROM search_vector WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Block:
    """Some vectors of a tenant."""

    id: int
    """Never given twice, so that whoever remembers a block knows whether it is still there."""
    tenant: str
    places: Ints
    """Of each vector the entry of the log times `WINDOWS`, and the number of the window."""
    meanings: Meanings

    @classmethod
    def read(cls, row: Row) -> "Block":
        """Return the block in *row*."""
        number, tenant, places, scales, vectors = row
        where = np.frombuffer(bytes(places), "<i8").astype(np.int64)
        rows = np.frombuffer(bytes(vectors), np.int8).reshape(len(where), -1)
        return cls(int(number), str(tenant), where, Meanings(rows, np.frombuffer(bytes(scales), "<f4")))


class Near(NamedTuple):
    """A text that is near in meaning."""

    entry: int
    window: int
    """The window of it that is nearest."""
    score: float


def add(ask: Asked, tenant: str, texts: Mapping[int, Meanings]) -> None:
    """Add the vectors of *texts* of *tenant*, given by the entry; newer ones than all that are there."""
    kept = [(entry, texts[entry]) for entry in sorted(texts) if len(texts[entry])]
    if not kept:
        return
    places = np.concatenate([entry * WINDOWS + np.arange(len(one), dtype=np.int64) for entry, one in kept])
    _append(ask, tenant, places, Meanings.joined([one for _, one in kept]))


def forget(ask: Asked, tenant: str, entries: Sequence[int]) -> None:
    """Remove the vectors of *entries* of *tenant*."""
    if not entries:
        return
    wanted = np.array(sorted(entries), np.int64)
    for number, first, last in ask.rows(_BETWEEN, plain(tenant), int(wanted[-1]), int(wanted[0])):
        if not among(wanted, first, last):
            continue
        (block,) = _read(ask, [int(number)])
        left = np.flatnonzero(~np.isin(block.places // WINDOWS, wanted))
        if left.size < len(block.places):
            ask.run(_DROP, (block.id,))
            if left.size:
                _write(ask, tenant, block.places[left], block.meanings.some(left))


def among(entries: Ints, first: int, last: int) -> bool:
    """Return whether one of *entries*, ascending, is from *first* to *last*."""
    at = int(np.searchsorted(entries, first))
    return at < len(entries) and int(entries[at]) <= last


def clear(ask: Asked, size: int = 0) -> None:
    """Remove all vectors, whatever the *size* of the log."""
    ask.run("DELETE FROM search_vector", ())


class Vectors:
    """Compares vectors, and remembers blocks from one search to the next. For any thread."""

    def __init__(self) -> None:
        self._known: dict[int, Block] = {}

    def nearest(
        self, ask: Asked, tenant: str | None, vector: F32, *, first: int, before: int, least: float, count: int
    ) -> Sequence[Near]:
        """Return the *count* texts of *tenant*, or of all, that are nearest to *vector*, the nearest first.

        Their entries are in the range from *first* to *before*, their cosines *least* or more.
        """
        rows = ask.rows(_ALL, before, first) if tenant is None else ask.rows(_OF_TENANT, before, first, plain(tenant))
        numbers = sorted(int(row[0]) for row in rows)
        self._drop(ask, numbers)
        nearest = Nearest(count, least)
        for number in numbers:
            block = self._block(ask, number)
            if block.meanings.rows.shape[1] != len(vector):
                continue  # of another model, until its vectors are made anew
            cosines, entries = block.meanings.nearness(vector), block.places // WINDOWS
            cosines[(entries < first) | (entries >= before)] = -1
            nearest.add(block.places, cosines)
        return nearest.texts()

    def _block(self, ask: Asked, number: int) -> Block:
        known = self._known.get(number)
        if known is None:
            (known,) = _read(ask, [number])
            if len(self._known) < CACHED:
                self._known[number] = known
        return known

    def _drop(self, ask: Asked, numbers: Sequence[int]) -> None:
        """Forget blocks that are not there any more."""
        unsure = [number for number in [*self._known] if number not in {*numbers}]
        there = {int(row[0]) for row in ask.listed("SELECT id FROM search_vector WHERE id IN (*)", unsure)}
        for number in unsure:
            if number not in there:
                self._known.pop(number, None)


class Nearest:
    """The *count* nearest texts of those that were compared, of which *least* is the smallest cosine."""

    def __init__(self, count: int, least: float) -> None:
        self._count = count
        self._least = least
        self._places: Ints = np.empty(0, np.int64)
        self._cosines: F32 = np.empty(0, np.float32)

    def add(self, places: Ints, cosines: F32) -> None:
        """Take the vectors at *places*, with their *cosines*."""
        near = np.flatnonzero(cosines >= self._least)
        if not near.size:
            return
        self._places = np.concatenate([self._places, places[near]])
        self._cosines = np.concatenate([self._cosines, cosines[near]])
        most = self._count * WINDOWS  # a text has no more vectors than that
        if len(self._places) > 2 * most:
            kept = np.argpartition(self._cosines, -most)[-most:]
            self._places, self._cosines = self._places[kept], self._cosines[kept]

    def texts(self) -> Sequence[Near]:
        """Return the nearest texts, each with its nearest window, the nearest first; of equals the newest."""
        order = np.lexsort((-self._places, -self._cosines))
        places, cosines = self._places[order], self._cosines[order]
        entries = places // WINDOWS
        _, firsts = np.unique(entries, return_index=True)
        best = np.sort(firsts)[: self._count].tolist()
        return [Near(int(entries[at]), int(places[at] % WINDOWS), float(cosines[at])) for at in best]


def _read(ask: Asked, numbers: Sequence[int]) -> Sequence[Block]:
    return [Block.read(row) for row in ask.listed(_SOME, numbers)]


def _append(ask: Asked, tenant: str, places: Ints, meanings: Meanings) -> None:
    """Write these behind the others, and merge what stands before them while that is not longer: few blocks stay."""
    for number, size in ask.rows(_NEWEST, plain(tenant)):
        if size > len(places) or size + len(places) > FULL:
            break
        (block,) = _read(ask, [int(number)])
        if block.meanings.rows.shape[1] != meanings.rows.shape[1]:
            break
        places = np.concatenate([block.places, places])
        meanings = Meanings.joined([block.meanings, meanings])
        ask.run(_DROP, (block.id,))
    for start in range(0, len(places), FULL):
        part = np.arange(start, min(len(places), start + FULL), dtype=np.int64)
        _write(ask, tenant, places[part], meanings.some(part))


def _write(ask: Asked, tenant: str, places: Ints, meanings: Meanings) -> None:
    first, last = int(places[0]) // WINDOWS, int(places[-1]) // WINDOWS
    packed = places.astype("<i8").tobytes(), meanings.scales.astype("<f4").tobytes(), meanings.rows.tobytes()
    ask.run(_ADD, (secrets.randbits(62), plain(tenant), first, last, len(places), *packed))
