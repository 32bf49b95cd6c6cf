"""Where many texts stand in others: `located`, asked only of those that have some words in a row in common."""

from collections.abc import Iterator, Sequence

import numpy as np

from gateway.domain.documents import Chunk
from gateway.recognition.arrays import distinct
from gateway.recognition.disagreements import located
from gateway.recognition.results import Span
from gateway.recognition.shingles import shingles
from gateway.recognition.words import read


class Standing:
    """Finds those of *chunks* that have a text in other texts."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = [chunk for chunk in chunks if chunk.text]
        prints = [shingles(read(chunk.text).hashes) for chunk in self._chunks]
        self._short = [number for number, one in enumerate(prints) if not len(one)]
        joined = np.concatenate(prints) if prints else shingles(read("").hashes)
        order = np.argsort(joined)
        self._prints = joined[order]
        self._owners = np.repeat(np.arange(len(prints)), [len(one) for one in prints])[order]

    def within(self, text: str) -> Iterator[tuple[Chunk, tuple[Span, ...]]]:
        """Yield each chunk that stands in *text*, and where."""
        if not self._chunks:
            return
        short = (number for number in self._short if self._chunks[number].text in text)
        chunks = [self._chunks[number] for number in sorted({*self._kin(text), *short})]
        for position, spans in located(text, chunks).items():
            yield chunks[position], spans

    def _kin(self, text: str) -> set[int]:
        """Return the positions of the chunks with some words in a row that *text* has, too."""
        looked = distinct(shingles(read(text).hashes))
        starts, ends = (np.searchsorted(self._prints, looked, side) for side in ("left", "right"))
        found = np.flatnonzero(starts < ends).tolist()
        return {owner for one in found for owner in self._owners[starts[one] : ends[one]].tolist()}
