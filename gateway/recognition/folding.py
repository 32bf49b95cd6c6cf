"""Texts as search compares them: folded to letters, and cut into groups of letters.

Case, accents, compatibility forms, zero-width characters, punctuation and white space count for nothing: what stands
between words is one space, and nothing beside a character of a script without spaces, where line breaks mean nothing.
No language is assumed; Markdown and HTML are letters like others, so that an address in a link is found.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gateway.recognition.arrays import U32, U64, Ints, distinct, mixed
from gateway.recognition.characters import BORDER, NOTHING, WORD, Characters

ALGORITHM = 3
"""Version of what decides how texts are folded and cut: an index that another version made must be made again."""

BUCKETS = 1 << 15
"""Groups of letters are told apart by so many numbers; what shares one by chance is told apart by the text itself."""

SIZE = 3
"""Letters in a group; of scripts without spaces two characters, and each one alone."""

SPACE = 0x20
"""What stands between words."""

_CHARACTERS = Characters()
_FACTORS = np.array([0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB], np.uint64)


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
        letters = np.where(border, np.uint32(SPACE), letters)
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
    words = wanted.split()
    if not all(word in letters for word in words):
        return False
    return len(words) < 2 or _apart(wanted).search(letters) is not None


@lru_cache(maxsize=64)
def _apart(wanted: bytes) -> re.Pattern[bytes]:
    """Return what finds the words of *wanted* with any number of spaces between them."""
    return re.compile(b" +".join(map(re.escape, wanted.split())))


@lru_cache(maxsize=1)
def _ascii() -> tuple[bytes, bytes]:
    """Return what each byte becomes, and which become nothing."""
    kinds, letters, _ = _CHARACTERS.read(np.arange(128, dtype=np.uint32))
    table = np.where(kinds == BORDER, np.uint32(SPACE), letters).astype(np.uint8).tobytes()
    return table + bytes(128), np.flatnonzero(kinds == NOTHING).astype(np.uint8).tobytes()


def buckets(folded: Folded) -> Ints:
    """Return the numbers of the different groups of letters in *folded*, ascending."""
    return distinct(placed(folded)[0])


def placed(folded: Folded) -> tuple[Ints, Ints]:
    """Return the numbers of all groups of letters in *folded*, and at which letter each begins.

    A text in which another stands has all groups of that other, if it has any: they need three letters, or two
    characters of which one is of a script without spaces, or one that is.
    """
    wide = folded.letters.astype(np.uint64)
    singles, pairs, triples = starts(folded)
    if not singles.size:
        return numbered(hashed(wide, triples, SIZE)), triples
    hashes = [hashed(wide, at, size) for size, at in enumerate((singles, pairs, triples), start=1)]
    return numbered(np.concatenate(hashes)), np.concatenate((singles, pairs, triples))


def starts(folded: Folded) -> tuple[Ints, Ints, Ints]:
    """Return at which letters a group of one begins, one of two, and one of three."""
    alone = folded.alone
    singles = np.flatnonzero(alone)
    if not singles.size:
        return singles, singles, np.arange(max(0, len(folded) - SIZE + 1))
    pairs = np.flatnonzero(alone[:-1] | alone[1:])
    triples = np.flatnonzero(~(alone[:-2] | alone[1:-1] | alone[2:])) if len(folded) >= SIZE else singles[:0]
    return singles, pairs, triples


def hashed(letters: U64, at: Ints, size: int) -> U64:
    """Return the hashes of the groups of *size* of these *letters* that begin *at* them."""
    total = np.full(len(at), size, np.uint64)
    for offset in range(size):
        total += letters[at + offset] * _FACTORS[offset]
    return mixed(total)


def numbered(hashes: U64) -> Ints:
    """Return the numbers that groups have whose *hashes* these are."""
    return (hashes >> np.uint64(49)).astype(np.int64)
