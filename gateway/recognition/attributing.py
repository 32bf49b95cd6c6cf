"""Which chunk of the context each sentence of an answer may come from, by the words that both have (rung A).

A sentence is compared with every chunk: how many of its words, of its runs of three and of five words stand there, and
how much of it stands there in one piece. That a text stands in both is no proof that one caused the other. What is said
in other words is not seen here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import U64, Floats, Ints, distinct, mixed
from gateway.recognition.sentences import Span, sentences
from gateway.recognition.words import Words, read, read_all

OVERLAP, SHORT, OPEN = "overlap", "short", ""
"""How a sentence was attributed: by its words; not at all, since it has too few; not at all, since no chunk has it."""

ENOUGH = 0.4
"""Score from which on a sentence is attributed. `make bench-attribution` shows what that finds and what it takes for
found: what is copied has 1, with a few words changed 0.4 to 0.9, what is said otherwise or elsewhere 0.05 to 0.35."""

FEWEST = 4
"""Words that a sentence must have; of a script without spaces characters."""

_WEIGHTS = {1: 0.25, 3: 0.45, 5: 0.3}
Bools: TypeAlias = NDArray[np.bool_]

_TOGETHER = 1 << 20
"""Characters times chunks of answers that are scored together."""

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
        return cls(distinct(np.concatenate([_runs(hashes, size) for size in _WEIGHTS])))


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
    return attributed([(answer, chunks)])[0]


def attributed(answers: Sequence[tuple[str, Sequence[Grams]]]) -> list[list[Judged]]:
    """Return what `attribute` says of each of *answers* and its chunks.

    They are scored together: of a short answer most of the time is that of beginning, not of the words.
    """
    found: list[list[Judged]] = []
    for some in _parts(answers):
        found += _attributed(some)
    return found


def _parts(answers: Sequence[tuple[str, Sequence[Grams]]]) -> Iterator[Sequence[tuple[str, Sequence[Grams]]]]:
    """Yield *answers* in parts in which each may have as many chunks as the one that has most."""
    first, size, most = 0, 0, 0
    for last, (answer, chunks) in enumerate(answers):
        most, size = max(most, len(chunks)), size + len(answer)
        if last > first and most * size > _TOGETHER:
            yield answers[first:last]
            first, size, most = last, len(answer), len(chunks)
    if answers:
        yield answers[first:]


def _attributed(answers: Sequence[tuple[str, Sequence[Grams]]]) -> list[list[Judged]]:
    texts = [answer for answer, _ in answers]
    each = [_Read.of(text, words) for text, words in zip(texts, read_all(texts), strict=True)]
    begins = np.cumsum([0, *(len(one.hashes) for one in each)])
    hashes = np.concatenate([one.hashes for one in each])
    here = _compared([_runs(hashes, size) for size in _WEIGHTS], [chunks for _, chunks in answers], begins.tolist())
    firsts = np.concatenate([one.firsts + begin for one, begin in zip(each, begins, strict=False)])
    lasts = np.concatenate([one.lasts + begin for one, begin in zip(each, begins, strict=False)])
    scores = _scores(here, firsts, lasts)
    if not len(scores):
        scores = np.zeros((1, len(firsts)))
    told = zip(scores.argmax(axis=0).tolist(), scores.max(axis=0).tolist(), (lasts - firsts).tolist(), strict=True)
    return [[_judged(span, *next(told)) for span in one.spans] for one in each]


def _compared(runs: Sequence[U64], chunks: Sequence[Sequence[Grams]], begins: Sequence[int]) -> list[Bools]:
    """Return which of *runs*, in an array for each size, the chunks of their own answer have, a row for each chunk.

    *begins* tells with which word each answer begins, and how many there are. A run that goes on into the next answer
    is compared, too: it counts for no sentence.
    """
    rows = max(map(len, chunks))
    here = [np.zeros((rows, len(own)), bool) for own in runs]
    for some, begin, end in zip(chunks, begins, begins[1:], strict=False):
        own = [one[begin:end] for one in runs]
        joined, at = np.concatenate(own), 0
        found = np.array([_among(joined, chunk.all) for chunk in some], bool).reshape(len(some), len(joined))
        for size, part in enumerate(own):
            here[size][: len(some), begin : begin + len(part)] = found[:, at : at + len(part)]
            at += len(part)
    return here


@dataclass(frozen=True, slots=True)
class _Read:
    """The words of an answer, and its sentences: each from word `firsts` to before `lasts`."""

    hashes: U64
    spans: Sequence[Span]
    firsts: Ints
    lasts: Ints

    @classmethod
    def of(cls, answer: str, words: Words) -> "_Read":
        spans = sentences(answer)
        borders = np.searchsorted(words.starts, np.array(spans, np.int64).reshape(-1, 2))
        return cls(words.hashes.astype(np.uint64), spans, borders[:, 0], borders[:, 1])


def _judged(span: Span, best: int, score: float, words: int) -> Judged:
    if words < FEWEST:
        return Judged(span, SHORT)
    score = round(score, 3)
    return Judged(span, OVERLAP, best, score) if score >= ENOUGH else Judged(span, OPEN, None, score)


def _scores(found: Sequence[Bools], firsts: Ints, lasts: Ints) -> Floats:
    """Return the scores against chunks, a row each, of the sentences from word *firsts* to before *lasts*.

    *found* tells, for each size, which chunk has which run, by the word that begins it.
    """
    rows = len(found[0])
    total, weight = np.zeros((rows, len(firsts))), np.zeros(len(firsts))
    for size, here in zip(_WEIGHTS, found, strict=True):
        count = here.shape[1]
        before = np.zeros((rows, count + 1), np.int64)
        np.cumsum(here, axis=1, out=before[:, 1:])
        begins = np.minimum(firsts, count)
        ends = np.maximum(begins, np.minimum(lasts - size + 1, count))
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
