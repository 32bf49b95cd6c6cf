"""Which chunk of the context each sentence of an answer may come from, by the words that both have (rung A).

A sentence is compared with every chunk: how many of its words, of its runs of three and of five words stand there, and
how much of it stands there in one piece. That a text stands in both is no proof that one caused the other. What is said
in other words is not seen here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import U64, Floats, Ints, mixed
from gateway.recognition.sentences import Span, sentences
from gateway.recognition.words import read

OVERLAP, SHORT, OPEN = "overlap", "short", ""
"""How a sentence was attributed: by its words; not at all, since it has too few; not at all, since no chunk has it."""

ENOUGH = 0.4
"""Score from which on a sentence is attributed. `make bench-attribution` shows what that finds and what it takes for
found: what is copied has 1, with a few words changed 0.4 to 0.9, what is said otherwise or elsewhere 0.05 to 0.35."""

FEWEST = 4
"""Words that a sentence must have; of a script without spaces characters."""

_WEIGHTS = {1: 0.25, 3: 0.45, 5: 0.3}
Bools: TypeAlias = NDArray[np.bool_]

_FACTOR = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Grams:
    """The words of a chunk, and its runs of three and five: what an answer is compared with."""

    all: U64
    """Of every size, ascending: no two sizes have a number in common, but by a chance of one in ten to the 12th."""

    @classmethod
    def of(cls, text: str) -> "Grams":
        """Return those of *text*."""
        hashes = read(text).hashes.astype(np.uint64)
        return cls(np.unique(np.concatenate([_runs(hashes, size) for size in _WEIGHTS])))


@dataclass(frozen=True, slots=True)
class Judged:
    """One sentence of an answer."""

    span: Span
    method: str
    chunk: int | None = None
    """Which of the chunks it is attributed to."""
    score: float = 0.0
    """Of the chunk that has most of it, whether that is enough or not."""


def attribute(answer: str, chunks: Sequence[Grams]) -> list[Judged]:
    """Return each sentence of *answer* with the one of *chunks* that it is attributed to."""
    words = read(answer)
    spans = sentences(answer)
    firsts = np.searchsorted(words.starts, [start for start, _ in spans])
    lasts = np.searchsorted(words.starts, [end for _, end in spans])
    hashes = words.hashes.astype(np.uint64)
    runs = [_runs(hashes, size) for size in _WEIGHTS]
    scores = _scores(runs, chunks, firsts, lasts)
    return [_judged(span, scores[:, number], int(lasts[number] - firsts[number])) for number, span in enumerate(spans)]


def _judged(span: Span, scores: Floats, words: int) -> Judged:
    if words < FEWEST:
        return Judged(span, SHORT)
    if not scores.size:
        return Judged(span, OPEN)
    best = int(np.argmax(scores))
    score = round(float(scores[best]), 3)
    return Judged(span, OVERLAP, best, score) if score >= ENOUGH else Judged(span, OPEN, None, score)


def _scores(runs: Sequence[U64], chunks: Sequence[Grams], firsts: Ints, lasts: Ints) -> Floats:
    """Return the scores against each of *chunks*, a row each, of the sentences from word *firsts* to before *lasts*."""
    total, weight = np.zeros((len(chunks), len(firsts))), np.zeros(len(firsts))
    joined = np.concatenate(runs)
    found = np.array([_among(joined, chunk.all) for chunk in chunks]).reshape(len(chunks), len(joined))
    borders = np.cumsum([len(own) for own in runs])[:-1]
    for size, own, here in zip(_WEIGHTS, runs, np.split(found, borders, axis=1), strict=True):
        before = np.zeros((len(chunks), len(own) + 1), np.int64)
        np.cumsum(here, axis=1, out=before[:, 1:])
        begins = np.minimum(firsts, len(own))
        ends = np.maximum(begins, np.minimum(lasts - size + 1, len(own)))
        count = ends - begins
        total += (before[:, ends] - before[:, begins]) / np.maximum(1, count) * _WEIGHTS[size]
        weight += np.where(count > 0, _WEIGHTS[size], 0)
        if size == 3:
            longest = _longest(here, begins, ends)
    pieces = np.where(longest > 0, (longest + 2) / np.maximum(1, lasts - firsts), 0)
    return np.maximum(total / np.maximum(weight, 0.01), pieces)


def _among(own: U64, theirs: U64) -> Bools:
    """Return which of *own* are among *theirs*, which ascend."""
    if not theirs.size:
        return np.zeros(len(own), bool)
    at = np.minimum(np.searchsorted(theirs, own), len(theirs) - 1)
    same: Bools = theirs[at] == own
    return same


def _longest(here: Bools, begins: Ints, ends: Ints) -> Ints:
    """Return how many in a row are true at most, in each row of *here*, from each of *begins* to before its end."""
    if not here.size or not begins.size:
        return np.zeros((len(here), len(begins)), np.int64)
    at = np.arange(here.shape[1])
    row = at - np.maximum.accumulate(np.where(here, -1, at), axis=1)
    sentence = np.searchsorted(begins, at, side="right") - 1
    row = np.where(sentence >= 0, np.minimum(row, at - begins[np.maximum(sentence, 0)] + 1), 0)
    borders = np.stack((begins, ends), axis=1).ravel()
    behind = np.zeros((len(here), 1), np.int64)
    most = np.maximum.reduceat(np.concatenate((row, behind), axis=1), borders, axis=1)[:, ::2]
    return np.where(ends > begins, most, 0)


def _runs(hashes: U64, size: int) -> U64:
    """Return a number for each run of *size* words."""
    count = max(0, len(hashes) - size + 1)
    total = np.full(count, size, np.uint64)
    for offset in range(size):
        total = total * _FACTOR + hashes[offset : offset + count]
    return mixed(total)
