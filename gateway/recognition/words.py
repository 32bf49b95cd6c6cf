"""A text as a sequence of words: what each one is, as 32 bits, and where it stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import MIXERS, U32, Floats, Ints, mixed
from gateway.recognition.characters import BORDER, NOTHING, WORD, Characters
from gateway.recognition.decoration import numbers

ALGORITHM = 1
"""Version of what decides which words a text has and how they are hashed, stored with them: a text that was read by
another version must be read again."""

_LONGEST = 4096
_FACTOR = 0x9E3779B97F4A7C15
_WEIGHT_OF_A_CHARACTER = 0.5
"""What a word of one letter or digit, or a character of a script without spaces, counts."""

_CHARACTERS = Characters()
_BETWEEN = np.array([ord(" ")], np.uint32)


def _powers() -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    powers, power = np.empty(_LONGEST, np.uint64), 1
    for position in range(_LONGEST):
        powers[position] = power
        power = power * _FACTOR % (1 << 64)
    return powers


_POWERS = _powers()


@dataclass(frozen=True)
class Words:
    """The words of one text, in order."""

    hashes: U32
    starts: Ints
    """First character of each."""
    ends: Ints
    """The character after its last one, marks and zero-width characters behind it included."""
    weights: Floats
    """How much each counts: 1 for a word, half for a single character."""

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def data(self) -> bytes:
        """The hashes as bytes, four each, little-endian: the stored form."""
        return self.hashes.astype("<u4", copy=False).tobytes()

    @cached_property
    def weighed(self) -> Floats:
        """How much all words before each one count, and at the end how much all do."""
        return np.concatenate((np.zeros(1), np.cumsum(self.weights)))

    def weight(self, start: int, end: int) -> float:
        """Return how much the words from *start* to before *end* count."""
        return float(self.weighed[end] - self.weighed[start])

    def variety(self, start: int, end: int) -> float:
        """Return the same, each different word counted once."""
        different = len({*self.hashes[start:end].tolist()})
        return self.weight(start, end) * different / (end - start) if end > start else 0.0


def read(text: str) -> Words:
    """Return the words of *text*."""
    return _read(numbers(text))


def read_all(texts: Sequence[str], together: int = 1 << 16) -> Iterator[Words]:
    """Yield the words of each of *texts*: what `read` does, in a fraction of the time if they are short.

    Of longer texts no more than so many characters are read *together*.
    """
    first = size = 0
    for last, text in enumerate(texts):
        if last > first and size + len(text) > together:
            yield from _read_together(texts[first:last])
            first, size = last, 0
        size += len(text)
    if texts:
        yield from _read_together(texts[first:])


def _read_together(texts: Sequence[str]) -> Iterator[Words]:
    each = [numbers(text) for text in texts]
    words = _read(np.concatenate([part for one in each for part in (one, _BETWEEN)]))
    begins = np.cumsum([0, *(len(one) + 1 for one in each)])
    firsts = np.searchsorted(words.starts, begins).tolist()
    for begin, first, last in zip(begins.tolist(), firsts, firsts[1:], strict=False):
        own = slice(first, last)
        yield Words(words.hashes[own], words.starts[own] - begin, words.ends[own] - begin, words.weights[own])


def _read(codes: U32) -> Words:
    """Return the words of the text whose characters have the numbers *codes*."""
    kinds, letters, places = _CHARACTERS.read(codes)
    borders, unseen = kinds == BORDER, kinds == NOTHING
    kept = np.flatnonzero(~(borders | unseen))
    if not kept.size:
        return Words(np.empty(0, np.uint32), kept, kept, np.empty(0))
    alone = kinds[kept] == WORD
    # Which letters have no border between them, from how many borders stand before each.
    group = kept - np.arange(kept.size) if not unseen.any() else np.cumsum(borders)[kept]
    begins = np.empty(kept.size, bool)
    begins[0] = True
    begins[1:] = (group[1:] != group[:-1]) | alone[1:] | alone[:-1]
    first = np.flatnonzero(begins)
    last = np.append(first[1:], kept.size) - 1
    starts, ends = kept[first], _ends(unseen, kept, last)
    if places is not None:
        starts, ends = places[starts], places[ends - 1] + 1
    weights = np.where(last == first, _WEIGHT_OF_A_CHARACTER, 1.0)
    return Words(_hashes(letters[kept], first, last), starts, ends, weights)


_ODD = re.compile(r"[^\t\n\r -~]|[<\\&]|\]\(|[0-9A-Za-z]{65}")
"""What a text has none of whose words can be told without tables: what is not ASCII, decoration, endless words."""

_PLAIN = re.compile(r"[0-9a-z]+")


def hashes(text: str) -> U32:
    """Return the hashes of the words of *text*, as `read` does; of a plain text in a fraction of the time."""
    if _ODD.search(text):
        return read(text).hashes
    words = _PLAIN.findall(text.lower())
    return np.fromiter(map(_hash, words), np.uint32, len(words))


_BITS = (1 << 64) - 1


@lru_cache(maxsize=8_192)
def _hash(word: str) -> int:
    """Return what `_hashes` says of *word*, which recurs in other texts."""
    value, power = 0, 1
    for letter in word:
        value += (ord(letter) + 1) * power
        power = power * _FACTOR & _BITS
    value &= _BITS
    value = (value ^ (value >> 30)) * MIXERS[0] & _BITS
    value = (value ^ (value >> 27)) * MIXERS[1] & _BITS
    return (value ^ (value >> 31)) >> 32


def _hashes(letters: U32, first: Ints, last: Ints) -> U32:
    """Return one number for each run of *letters* from *first* to *last*."""
    positions = np.arange(letters.size) - np.repeat(first, last - first + 1)
    values = (letters.astype(np.uint64) + np.uint64(1)) * _POWERS[positions & (_LONGEST - 1)]
    return (mixed(np.add.reduceat(values, first)) >> np.uint64(32)).astype(np.uint32)


def _ends(unseen: NDArray[np.bool_], kept: Ints, last: Ints) -> Ints:
    """Return where the words end: after what is *unseen* and follows their *last* letters directly."""
    ends = kept[last] + 1
    if unseen.any():
        something = np.append(np.flatnonzero(~unseen), unseen.size)
        ends = something[np.searchsorted(something, ends)]
    return ends
