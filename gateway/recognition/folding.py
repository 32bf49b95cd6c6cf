"""Texts as search compares them: folded to letters, and cut into groups of letters that an index is made of.

Case, accents, compatibility forms, zero-width characters, punctuation and white space count for nothing: what stands
between words is one space, and nothing beside a character of a script without spaces, where line breaks mean nothing.
No language is assumed; Markdown and HTML are letters like others, so that an address in a link is found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gateway.recognition.arrays import U32, U64, Ints, distinct, mixed
from gateway.recognition.characters import BORDER, NOTHING, WORD, Characters

ALGORITHM = 2
"""Version of what decides how texts are folded and cut: an index that another version made must be made again."""

BUCKETS = 1 << 16
"""Groups of letters are told apart by so many numbers; what shares one by chance is told apart by the text itself.

Those of the lower half are what texts are like each other by, and names; those of the upper half are `links`.
"""

SIZE = 3
"""Letters in a group; of scripts without spaces two characters, and each one alone."""

GAP, DIGITS = 5, 4
"""Letters round a gap between words, and digits, that are a group as well.

The words of a language are made of the same few groups, and most texts have all of those. Fewer have two words that
meet where one ends and the other begins as these do; and of numbers three digits in a row say next to nothing.
"""

_SPACE, _ZERO, _NINE = 0x20, 0x30, 0x39
_TOGETHER = 1 << 16
"""Characters that are folded and cut together, about."""
_CHARACTERS = Characters()
_FACTORS = np.array(
    [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3], np.uint64
)


@dataclass(frozen=True)
class Folded:
    """The letters of a text, and where in it each of them stands."""

    letters: U32
    places: Ints
    """Character of the text from which each comes."""
    alone: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    """Whether it is of a script without spaces."""

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def data(self) -> bytes:
        """The letters as bytes, four each."""
        return self.letters.astype("<u4", copy=False).tobytes()

    @property
    def string(self) -> str:
        """The letters as a text."""
        return self.data.decode("utf-32-le", "surrogatepass")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return which characters of the text the letters from *start* to before *end* are."""
        return int(self.places[start]), int(self.places[end - 1]) + 1


def fold(text: str) -> Folded:
    """Return *text* folded."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    kinds, letters, places = _CHARACTERS.read(codes)
    kept = np.flatnonzero(kinds != NOTHING)
    kinds, letters = kinds[kept], letters[kept]
    places = kept if places is None else places[kept]
    border = kinds == BORDER
    if border.any():
        letters = np.where(border, np.uint32(_SPACE), letters)
        alone = kinds == WORD
        # A border counts if it is the first after a letter, if another letter follows, and if neither stands alone.
        inner = np.flatnonzero(~border)
        keep = ~border
        if inner.size:
            gap = np.flatnonzero(np.diff(inner) > 1)
            gap = gap[~(alone[inner[gap]] | alone[inner[gap + 1]])]
            keep[inner[gap] + 1] = True
        kinds, letters, places = kinds[keep], letters[keep], places[keep]
    return Folded(letters, places, kinds == WORD)


def stands(wanted: bytes, text: str) -> bool:
    """Return whether the ASCII *text*, folded, has the folded letters *wanted*: sooner than `fold` could tell."""
    letters = text.encode("ascii").translate(*_ascii())
    return all(word in letters for word in wanted.split()) and wanted in b" ".join(letters.split())


@lru_cache(maxsize=1)
def _ascii() -> tuple[bytes, bytes]:
    """Return what each byte becomes, and which become nothing."""
    kinds, letters, _ = _CHARACTERS.read(np.arange(128, dtype=np.uint32))
    table = np.where(kinds == BORDER, np.uint32(_SPACE), letters).astype(np.uint8).tobytes()
    return table + bytes(128), np.flatnonzero(kinds == NOTHING).astype(np.uint8).tobytes()


def buckets(folded: Folded) -> Ints:
    """Return the numbers of the different groups of letters in *folded*, ascending."""
    return distinct(placed(folded)[0])


def links(folded: Folded) -> Ints:
    """Return the numbers of the different gaps between words in *folded*, and of its digits in fours; ascending.

    A text in which another stands has all links of that other.
    """
    wide = folded.letters.astype(np.uint64)
    return np.unique(np.concatenate([_linked(wide, at, size) for at, size in _links(folded)]))


def grouped(texts: Sequence[str], names: Sequence[Sequence[int]]) -> list[Ints]:
    """Return for each of *texts* what `buckets` and `links` give, and its *names* (`named`); all of them ascending.

    They are cut together: of short texts most of the time is that of beginning, not of the letters.
    """
    found: list[Ints] = []
    for first, last in _parts(texts):
        found += _grouped(texts[first:last], names[first:last])
    return found


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
    inside = (folded.letters != _SPACE) | (owners == np.append(owners[1:], -1))
    folded = Folded(folded.letters[inside], folded.places[inside], folded.alone[inside])
    owners, wide = owners[inside], folded.letters.astype(np.uint64)
    keys = [np.repeat(np.arange(len(names)), [*map(len, names)]) * BUCKETS + [one for own in names for one in own]]
    for size, at in enumerate(_places(folded), start=1):
        own = at[owners[at] == owners[at + size - 1]]
        keys.append(owners[own] * BUCKETS + _numbered(_hashed(wide, own, size)))
    for at, size in _links(folded):
        own = at[owners[at] == owners[at + size - 1]]
        keys.append(owners[own] * BUCKETS + _linked(wide, own, size))
    pairs = distinct(np.concatenate(keys))
    borders = np.searchsorted(pairs, np.arange(1, len(texts)) * BUCKETS)
    return np.split(pairs % BUCKETS, borders)


def placed(folded: Folded) -> tuple[Ints, Ints]:
    """Return the numbers of all groups of letters in *folded*, and at which letter each begins.

    A text in which another stands has all groups of that other, if it has any: they need three letters, or two
    characters of which one is of a script without spaces, or one that is.
    """
    wide = folded.letters.astype(np.uint64)
    singles, pairs, triples = _places(folded)
    if not singles.size:
        return _numbered(_hashed(wide, triples, SIZE)), triples
    hashes = [_hashed(wide, at, size) for size, at in enumerate((singles, pairs, triples), start=1)]
    return _numbered(np.concatenate(hashes)), np.concatenate((singles, pairs, triples))


def _places(folded: Folded) -> tuple[Ints, Ints, Ints]:
    """Return at which letters a group of one begins, one of two, and one of three."""
    alone = folded.alone
    singles = np.flatnonzero(alone)
    if not singles.size:
        return singles, singles, np.arange(max(0, len(folded) - SIZE + 1))
    pairs = np.flatnonzero(alone[:-1] | alone[1:])
    triples = np.flatnonzero(~(alone[:-2] | alone[1:-1] | alone[2:])) if len(folded) >= SIZE else singles[:0]
    return singles, pairs, triples


def _links(folded: Folded) -> Iterator[tuple[Ints, int]]:
    """Yield at which letters links begin, with how many they have."""
    letters = folded.letters
    yield np.flatnonzero(letters[GAP // 2 : len(letters) - GAP // 2] == _SPACE), GAP
    digits = (letters >= _ZERO) & (letters <= _NINE)
    row = digits[: len(letters) - DIGITS + 1] if len(letters) >= DIGITS else digits[:0]
    for offset in range(1, DIGITS):
        row = row & digits[offset : offset + len(row)]
    yield np.flatnonzero(row), DIGITS


@lru_cache(maxsize=4_096)
def named(kind: str, name: str) -> int:
    """Return the number of what is no group of letters: a *name* of some *kind* that a text has."""
    total = np.frombuffer(f"{kind}\0{name}".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    factors = np.cumprod(np.full(len(total), _FACTORS[0], np.uint64))
    return int(_numbered(mixed((total * factors).sum(keepdims=True, dtype=np.uint64)))[0])


def _hashed(letters: U64, at: Ints, size: int) -> U64:
    total = np.full(len(at), size, np.uint64)
    for offset in range(size):
        total += letters[at + offset] * _FACTORS[offset]
    return mixed(total)


def _linked(letters: U64, at: Ints, size: int) -> Ints:
    return _numbered(_hashed(letters, at, size)) + BUCKETS // 2


def _numbered(hashes: U64) -> Ints:
    return (hashes >> np.uint64(49)).astype(np.int64)
