"""Fingerprints of answers, by which an earlier answer is known again in a conversation's history."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gateway.recognition.arrays import U64, mixed
from gateway.recognition.shingles import shingles
from gateway.recognition.weighing import recognisable
from gateway.recognition.words import Words, read_all

SKETCH = 8
"""Shingles that stand for an answer: its smallest ones (MinHash, bottom-k: Broder, 1997)."""

ALIKE = 5
"""So many of them in common are two texts of which about two thirds are the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was released."""

    run: str
    tenant: str
    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of an answer's text: nothing that a word could be read from."""

    exact: int
    """Of all its words in order: white space, case and decoration change nothing."""
    sketch: tuple[int, ...] = ()
    """`SKETCH` shingles; none of a short text."""

    @classmethod
    def of(cls, text: str) -> "Print | None":
        """Return the print of *text*; `None` for one with too few words to be known by them, such as a plain yes."""
        return next(cls.all([text]))

    @classmethod
    def all(cls, texts: Sequence[str]) -> "Iterator[Print | None]":
        """Yield the print of each of *texts*, as `of` makes it; many are made in less time than one by one."""
        for words in read_all(texts):
            yield cls._made(words) if recognisable(words) else None

    @classmethod
    def _made(cls, words: Words) -> "Print":
        found = sorted({*shingles(words.hashes).tolist()})
        sketch = np.array(found[:SKETCH], np.uint64).view(np.int64).tolist() if len(found) >= 2 * SKETCH else []
        return cls(_exact(words), tuple(sketch))

    @property
    def hashes(self) -> tuple[int, ...]:
        """All numbers of it, signed, 64 bits each."""
        return self.exact, *self.sketch


class Answers(Protocol):
    """Where prints of answers are kept. Its methods may wait for a disk or a server."""

    def remember(self, run: str, tenant: str, text: str) -> None:
        """Keep the print of the answer *text* that *run* gave to *tenant*."""

    def runs(self, tenant: str, hashes: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return by hash the runs of *tenant* whose answers have it, the latest first, and only so many."""


def runs_of(answers: Answers, tenant: str, text: str) -> Sequence[str]:
    """Return the runs of *tenant* whose answer *text* is, exactly or nearly, the latest first.

    Only if there are none that gave exactly this answer, those that gave one like it.
    """
    wanted = Print.of(text)
    if wanted is None:
        return ()
    exact = answers.runs(tenant, [wanted.exact]).get(wanted.exact, ())
    if exact or not wanted.sketch:
        return exact
    found = answers.runs(tenant, wanted.sketch)
    common = Counter(run for runs in found.values() for run in runs)
    return sorted((run for run, count in common.items() if count >= ALIKE), reverse=True)


def _exact(words: Words) -> int:
    """Return one number for all of *words* in order."""
    factors = _POWERS[: len(words)] if len(words) <= len(_POWERS) else _powers(len(words))
    total = (words.hashes.astype(np.uint64) * factors).sum(keepdims=True, dtype=np.uint64)
    return int(mixed(total ^ np.uint64(len(words))).view(np.int64)[0])


def _powers(count: int) -> U64:
    return np.cumprod(np.full(count, 0xA0761D6478BD642F, np.uint64), dtype=np.uint64)


_POWERS = _powers(1024)
