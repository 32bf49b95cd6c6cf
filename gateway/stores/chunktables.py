"""The index of the texts of chunks: segments like those of the search index, in tables of their own beside them.

Its entries are the numbers of chunks in the catalogue, which grow with the log. Every chunk has its place, also one
whose text is not kept, or not any more: then it is listed as such, and nothing else is known of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import Ints
from gateway.recognition.folding import ALGORITHM
from gateway.recognition.groups import named
from gateway.stores import segments
from gateway.stores.asides import Asked
from gateway.stores.connecting import Row

NAME = f"chunks-{ALGORITHM}"
"""Name of the index's cursor."""

_LISTED = "SELECT entry FROM chunk_textless WHERE entry IN (*)"
_LIST = "INSERT INTO chunk_textless (entry) VALUES (?) ON CONFLICT DO NOTHING"
_UNLIST = "DELETE FROM chunk_textless WHERE entry = ?"

_PLACE = np.array([named("text", "none")], np.int64)
"""What stands for a text that is not kept, or has no letters: with nothing a segment would have no place for it."""

TOGETHER = 2_048
"""Chunks that become one segment at most, before segments are merged: for each it takes 20 kB while it is made."""


class ChunkTables(Asked):
    """Asks *asked* for the tables of chunks, in the words of the search index's own."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def rows(self, statement: str, *values: object) -> Sequence[Row]:
        """See `Asked.rows`."""
        return self._asked.rows(_renamed(statement), *values)

    def listed(self, statement: str, values: Sequence[object], *more: object) -> Iterator[Row]:
        """See `Asked.listed`."""
        return self._asked.listed(_renamed(statement), values, *more)

    def run(self, statement: str, *rows: Sequence[object]) -> None:
        """See `Asked.run`."""
        self._asked.run(_renamed(statement), *rows)


Groups = NDArray[np.uint32]
"""The groups of letters that a text has, held in little room: thousands of chunks come in together."""


def add(ask: Asked, tenant: str, texts: Mapping[int, Groups | None]) -> None:
    """Add chunks of *tenant*, newer than all that are there: the groups of each, `None` if its text is not kept."""
    numbers = sorted(texts)
    for start in range(0, len(numbers), TOGETHER):
        part = {number: texts[number] for number in numbers[start : start + TOGETHER]}
        segments.add(ChunkTables(ask), tenant, _placed(ask, part))


def change(ask: Asked, tenant: str, texts: Mapping[int, Groups | None]) -> int:
    """Let chunks of *tenant* that are there have these groups, none with `None`; return how many those are."""
    return segments.replace(ChunkTables(ask), tenant, _placed(ask, texts))


def apart(ask: Asked, tenant: str, chunks: Sequence[int]) -> Sequence[Sequence[int]]:
    """Return *chunks* of *tenant* in parts that can each be changed in a short time."""
    return segments.apart(ChunkTables(ask), tenant, chunks)


def textless(ask: Asked, chunks: Iterable[int]) -> set[int]:
    """Return those of *chunks* that have their place without a text."""
    return {int(row[0]) for row in ask.listed(_LISTED, [*chunks])}


def clear(ask: Asked, size: int) -> None:
    """Remove everything, whatever the *size* of the log that it is made from again."""
    ask.run("DELETE FROM chunk_textless", ())
    ask.run("DELETE FROM chunk_posting", ())
    ask.run("DELETE FROM chunk_piece", ())


def _placed(ask: Asked, texts: Mapping[int, Groups | None]) -> dict[int, Ints]:
    """List those of *texts* that are none, and return what stands in the segments for each."""
    ask.run(_UNLIST, *((at,) for at in texts))
    ask.run(_LIST, *((at,) for at, one in texts.items() if one is None))
    return {at: _PLACE if one is None or not one.size else one.astype(np.int64) for at, one in texts.items()}


def _renamed(statement: str) -> str:
    return statement.replace("search_", segments.CHUNKS)
