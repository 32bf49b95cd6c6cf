"""What each character means for recognition: a letter of a word, a word of its own, a border, or nothing at all.

Letters are folded by NFKD and case; accents and other combining marks, zero-width characters and variation selectors
count for nothing, so that every Unicode form of a text reads alike. Tables are filled a page of 256 characters at a
time, when one of them is first met.
"""

import threading
import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import U8, U32, distinct

BORDER, LETTER, WORD, NOTHING = 1, 2, 3, 4
"""Between words; part of a word; a word by itself, in scripts without spaces; as if it were not there."""

_UNKNOWN = 0
"""Kind of a character whose page has not been filled yet."""

_LAST = 0x110000
_PAGE = 8
"""Bits of a character's number within its page."""

_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0x20000, 0x3FFFF),
)
"""Scripts without spaces, first and last character."""

_SELECTORS = frozenset([0x034F, 0x180B, 0x180C, 0x180D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
"""Marks that only choose a shape."""


class Read(NamedTuple):
    """A text's characters as recognition reads them; longer than the text where one stands for several letters."""

    kinds: U8
    letters: U32
    """Folded; without meaning where the kind is `BORDER` or `NOTHING`."""
    places: NDArray[np.int64] | None
    """Which character of the text each one comes from; `None` when they go one to one."""


class Characters:
    """The tables. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds = np.zeros(_LAST, np.uint8)
        self._letters = np.zeros(_LAST, np.uint32)
        self._several: dict[int, str] = {}
        """Characters that stand for more than one letter."""

    def read(self, codes: U32) -> Read:
        """Return what the characters with the numbers *codes* mean."""
        at = codes.astype(np.intp)
        kinds = self._kinds[at]
        if kinds.size and kinds.min() == _UNKNOWN:
            for page in distinct(codes >> _PAGE):
                self._learn(int(page))
            kinds = self._kinds[at]
        letters = self._letters[at]
        if letters.size and letters.max() == _LAST:
            return self._spelt_out(codes, kinds, letters)
        return Read(kinds, letters, None)

    def _learn(self, page: int) -> None:
        with self._lock:
            for code in range(page << _PAGE, (page + 1) << _PAGE):
                kind, spelling = _meaning(chr(code))
                if len(spelling) > 1:
                    self._several[code] = spelling
                    self._letters[code] = _LAST
                elif spelling:
                    self._letters[code] = ord(spelling)
                self._kinds[code] = kind  # last: from now on others read it

    def _spelt_out(self, codes: U32, kinds: U8, letters: U32) -> Read:
        """Return the same with every letter of the characters that stand for several."""
        at = np.flatnonzero(letters == _LAST)
        spellings = [self._several[int(codes[place])] for place in at]
        lengths = np.ones(len(codes), np.int64)
        lengths[at] = [len(spelling) for spelling in spellings]
        places = np.repeat(np.arange(len(codes)), lengths)
        kinds, letters = kinds[places], letters[places]
        starts = np.cumsum(lengths) - lengths
        for start, spelling in zip(starts[at], spellings, strict=True):
            letters[start : start + len(spelling)] = [ord(letter) for letter in spelling]
            kinds[start : start + len(spelling)] = [_kind(letter) for letter in spelling]
        return Read(kinds, letters, places)


def _meaning(character: str) -> tuple[int, str]:
    """Return the kind of *character* and the letters that it stands for."""
    spelling = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    letters = [letter for letter in spelling if _kind(letter) in (LETTER, WORD)]
    if letters:
        return _kind(letters[0]), "".join(letters)
    return (NOTHING if spelling and all(_kind(letter) == NOTHING for letter in spelling) else BORDER), ""


def _kind(letter: str) -> int:
    code, category = ord(letter), unicodedata.category(letter)
    if category in ("Cf", "Cc"):
        return BORDER if letter.isspace() else NOTHING
    if category[0] == "M" and (unicodedata.combining(letter) or code in _SELECTORS):
        return NOTHING
    if category[0] not in "LNM":
        return BORDER
    return WORD if any(first <= code <= last for first, last in _NO_SPACES) else LETTER
