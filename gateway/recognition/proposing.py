"""Which passages a text may hold: those that share fingerprints with it, the more telling the rarer they are."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gateway.recognition.arrays import U64, Floats, Ints
from gateway.recognition.index import Index

COMMON = 32
"""Documents with the same five words, from which on these propose nothing: they are a set phrase or boilerplate."""

_NEEDED = 3
"""Fingerprints that propose a passage, unless it has few: of each four that it has, one is needed."""

_CANDIDATES = 32
_WORDS_FOR_ONE = 16
"""Passages that are proposed at most: a number, and one more for so many words."""


class Candidate(NamedTuple):
    """A passage that may stand in the text, and where five of its words do."""

    passage: int
    positions: list[int]


@dataclass(frozen=True, slots=True)
class Rarity:
    """How telling the words of a text are: for each five of them, one by the number of documents that have them."""

    sums: Floats
    known: Ints

    @classmethod
    def of(cls, documents: Ints) -> "Rarity":
        """Return the rarity of five words each, of which so many *documents* are known."""
        has = documents > 0
        rare = np.divide(1.0, documents, out=np.zeros(len(documents)), where=has)
        return cls(np.concatenate((np.zeros(1), np.cumsum(rare))), np.concatenate(([0], np.cumsum(has))))

    def between(self, start: int, end: int) -> float:
        """Return the mean rarity of the five words at each position from *start* to before *end*; 0 if unknown."""
        end = min(max(end, start), len(self.sums) - 1)
        start = min(start, end)
        known = int(self.known[end] - self.known[start])
        return float(self.sums[end] - self.sums[start]) / known if known else 0.0


def proposed(index: Index, hashes: U64) -> tuple[list[Candidate], Rarity]:
    """Return which passages of *index* a text with the shingles *hashes* may hold, likeliest first, and its rarity."""
    positions, passages = index.find(hashes)
    if not positions.size:
        return [], Rarity.of(np.zeros(len(hashes), np.int64))
    kin = index.kin(passages).astype(np.int64)
    pairs = np.sort((positions << 32) | kin)
    different = np.append(True, pairs[1:] != pairs[:-1])
    documents = np.bincount(pairs[different] >> 32, minlength=len(hashes))
    telling = documents[positions] <= COMMON
    positions, passages = positions[telling], passages[telling]
    return _ranked(index, positions, passages, documents), Rarity.of(documents)


def _ranked(index: Index, positions: Ints, passages: Ints, documents: Ints) -> list[Candidate]:
    if not positions.size:
        return []
    order = np.lexsort((positions, passages))
    positions, passages = positions[order], passages[order]
    starts = np.flatnonzero(np.append(True, passages[1:] != passages[:-1]))
    counts = np.diff(np.append(starts, passages.size))
    votes = np.add.reduceat(1.0 / documents[positions], starts)
    needed = np.minimum(index.sizes(passages[starts]) // (4 * index.thinned) + 1, _NEEDED)
    kept = np.flatnonzero(counts >= needed)
    best = kept[np.argsort(-votes[kept], kind="stable")][: _CANDIDATES + len(documents) // _WORDS_FOR_ONE]
    found = positions.tolist()
    return [Candidate(int(passages[starts[at]]), found[starts[at] : starts[at] + counts[at]]) for at in best.tolist()]
