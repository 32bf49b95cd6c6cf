"""Groups of letters as the search index knows texts by them, each with the letters that stand next to it.

The words of a language are made of the same few groups of three letters, and most texts have all of those. So a group
within a word is told together with the three letters that follow it, and the two letters between which one word ends
and another begins together with those around them: that is what makes `tents` something else than a text with `tend`,
`cent` and `nts`. What is looked for tells as much of this as it shows itself: of `ten` nobody knows how it goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import U64, Ints, distinct, mixed
from gateway.recognition.folding import BUCKETS, SIZE, SPACE, Folded, fold, hashed, numbered, starts

DETAILS = 1 << 16
"""The lower bits of a group's number tell the letters next to it; the upper ones, its bucket, the group itself."""

LINKS = BUCKETS * DETAILS
"""Numbers from here on are of letters between which words meet; those below of letters within words, and of names."""

NUMBERS = 2 * LINKS
"""All numbers are smaller."""

_TOGETHER = 1 << 16
"""Characters that are folded and cut together, about."""

_AROUND = ((2, 4), (-2, 4), (3, 2), (-3, 2), (4, 2), (-4, 2))
"""Which letters round a gap between words are told besides those next to it, and in how many bits each."""

_FOLLOWING, _NEXT = 3, 5
"""How many letters are told that follow a group within a word, and in how many bits each: as many as tell those of one
alphabet apart."""


_FACTOR = np.uint64(0xD6E8FEB86659FD93)


class Group(NamedTuple):
    """A group of letters that is looked for."""

    number: int
    known: int = NUMBERS - 1
    """The bits of the number that are known; the others are 0, and may be anything in a text that has the group."""

    @property
    def bucket(self) -> int:
        """The part of the number under which the index keeps it."""
        return self.number // DETAILS

    @property
    def exact(self) -> bool:
        """Whether all of its number is known."""
        return self.known == NUMBERS - 1


def grouped(texts: Sequence[str], names: Sequence[Sequence[int]]) -> list[Ints]:
    """Return for each of *texts* the numbers of its different groups, and its *names* (`named`); all of them ascending.

    They are cut together: of short texts most of the time is that of beginning, not of the letters.
    """
    found: list[Ints] = []
    for first, last in _parts(texts):
        found += _grouped(texts[first:last], names[first:last])
    return found


def wanted(folded: Folded) -> Sequence[Group]:
    """Return the groups of *folded*, as far as it tells them: a text in which it stands has all of them.

    It has some if it has three letters, or two characters of which one is of a script without spaces, or one that is.
    """
    found: dict[Group, None] = {}
    for at, numbers, known in _cut(folded, np.zeros(len(folded), np.int64)):
        whole = known == NUMBERS - 1
        # What ends before it tells all of itself says nothing that the group one letter before it did not say.
        said = whole | (numbers >= LINKS) | ~np.isin(at - 1, at)
        pairs = zip((numbers & known)[said].tolist(), known[said].tolist(), strict=True)
        found |= dict.fromkeys(Group(*pair) for pair in pairs)
    return [*found]


def likely(folded: Folded) -> Sequence[Group]:
    """Return groups that a text has, most of them, which only is like *folded*, with a letter wrong here and there.

    That are those within words, whatever follows them; if there are none, those where words meet.
    """
    numbers = np.concatenate([numbers for _, numbers, _ in _cut(folded, np.zeros(len(folded), np.int64))])
    inner = numbers[numbers < LINKS]
    buckets = distinct((inner if inner.size else numbers) // DETAILS)
    return [Group(bucket * DETAILS, NUMBERS - DETAILS) for bucket in buckets.tolist()]


@lru_cache(maxsize=4_096)
def named(kind: str, name: str) -> int:
    """Return the number of what is no group of letters: a *name* of some *kind* that a text has."""
    total = np.frombuffer(f"{kind}\0{name}".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    factors = np.cumprod(np.full(len(total), _FACTOR, np.uint64))
    return int(mixed((total * factors).sum(keepdims=True, dtype=np.uint64))[0]) % LINKS


def _parts(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    first, size = 0, 0
    for last, text in enumerate(texts):
        if last > first and size + len(text) > _TOGETHER:
            yield first, last
            first, size = last, 0
        size += len(text)
    if texts:
        yield first, len(texts)


def _grouped(texts: Sequence[str], names: Sequence[Sequence[int]]) -> list[Ints]:
    folded = fold("\n".join(texts))
    owners = np.searchsorted(np.cumsum([len(text) + 1 for text in texts]), folded.places, side="right")
    # Between two texts stands a gap that neither of them has: what ends one means nothing when nothing follows.
    inside = (folded.letters != SPACE) | (owners == np.append(owners[1:], -1))
    folded = Folded(folded.letters[inside], folded.places[inside], folded.alone[inside])
    owners = owners[inside]
    given = np.array([one for own in names for one in own], np.int64)
    keys = [np.repeat(np.arange(len(names)), [*map(len, names)]) * NUMBERS + given]
    keys += [owners[at] * NUMBERS + numbers for at, numbers, _ in _cut(folded, owners)]
    pairs = distinct(np.concatenate(keys))
    borders = np.searchsorted(pairs, np.arange(1, len(texts)) * NUMBERS)
    return np.split(pairs % NUMBERS, borders)


@dataclass(frozen=True, slots=True)
class _Letters:
    """Letters of some texts one after the other, and of each whose it is."""

    letters: Ints
    wide: U64
    owners: Ints

    def near(self, at: Ints, offset: int) -> tuple[Ints, "NDArray[np.bool_]"]:
        """Return the letters *offset* from those *at*, a space where the text is over, and where it is not."""
        place = np.clip(at + offset, 0, len(self.letters) - 1)
        there = (self.owners[place] == self.owners[at]) & (place == at + offset)
        return np.where(there, self.letters[place], SPACE), there

    def inside(self, at: Ints, size: int) -> Ints:
        """Return those of *at* where as many letters as *size* are of the same text."""
        return np.compress(self.owners[at] == self.owners[at + size - 1], at)


def _cut(folded: Folded, owners: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield at which letters of *folded* groups begin, their numbers, and which bits of these the text itself tells."""
    wide = folded.letters.astype(np.uint64)
    text = _Letters(folded.letters.astype(np.int64), wide, owners)
    *alone, triples = (text.inside(at, size) for size, at in enumerate(starts(folded), start=1))
    for size, at in enumerate(alone, start=1):
        if at.size:
            yield at, numbered(hashed(wide, at, size)) * DETAILS, np.full(len(at), NUMBERS - 1)
    gap = text.letters[triples + 1] == SPACE
    border = gap | (text.letters[triples] == SPACE) | (text.letters[triples + 2] == SPACE)
    yield _words(text, triples[~border])
    yield _links(text, triples[gap])


def _words(text: _Letters, at: Ints) -> tuple[Ints, Ints, Ints]:
    """Return groups of three letters *at* which one begins within a word, and how the word goes on, if it does."""
    details, mask, over = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64), np.zeros(len(at), bool)
    for offset in range(SIZE, SIZE + _FOLLOWING):
        letters, there = text.near(at, offset)
        letters, there = np.where(over, SPACE, letters), over | there
        details, mask = details << _NEXT | _told(letters, _NEXT), mask << _NEXT | there * _ones(_NEXT)
        over = there & (letters == SPACE)
    return at, numbered(hashed(text.wide, at, SIZE)) * DETAILS + details, _rest(_FOLLOWING * _NEXT) | mask


def _links(text: _Letters, at: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the letters *at* which a word ends, each with the gap, the one behind it, and those around."""
    details, mask, bits = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64), 0
    for offset, size in _AROUND:
        letters, there = text.near(at, offset + 1)
        details, mask, bits = details << size | _told(letters, size), mask << size | there * _ones(size), bits + size
    return at, LINKS + numbered(hashed(text.wide, at, SIZE)) * DETAILS + details, _rest(bits) | mask


def _told(letters: Ints, bits: int) -> Ints:
    """Return what so many *bits* tell of *letters*. Of two the lowest would hold all vowels in one."""
    return (letters ^ letters >> bits if bits == 2 else letters) & _ones(bits)


def _ones(bits: int) -> int:
    return (1 << bits) - 1


def _rest(bits: int) -> int:
    """Return the bits of a number that are not its lowest *bits*."""
    return NUMBERS - 1 - _ones(bits)
