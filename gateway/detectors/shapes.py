"""Texts as strings of word kinds, so that a pattern can say "a number, words in capitals, a kind of street".

Every word, number and mark of a text becomes one letter. Patterns run over these letters, which is quick, and are read
as the grammar that they are:

- `n` a number as houses, flats and postal codes have it, `o` an ordinal, `d` any other number, `a` digits with letters
- `U` a word that begins with a capital; of these `T` is a kind of street (`Road`), `B` begins streets (`Rue`), `V` may
  do both (`Avenue`), `E` ends like a street (`Hauptstrasse`), `R` is a country or US state, `S` a state's code, `Q` two
  or three other capitals, `M` a month or weekday, `F` a first name, `I` an initial, `H` a title before a name, `O` a
  word of organisations, and `N` ends like a surname
- in small letters `p` a particle of names (`de la`), `v` one of people's names only (`van`, `von`), `b` what streets
  begin with, `e` what they end with (`utca`), `h` a title; in either `u` a part of a building (`Apt.`)
- `/` the end of a line; the marks `,` `.` `:` as themselves, `'` a genitive's end, `$` any other mark
- `x` any other word
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.detectors.firstnames import FIRST_NAMES
from gateway.detectors.gazetteer import (
    COUNTRIES,
    SMALL_BEGINNINGS,
    SMALL_ENDINGS,
    STATE_CODES,
    STATES,
    STREET_BEGINNINGS,
    STREET_ENDINGS,
    STREET_TYPES,
    UNITS,
)
from gateway.detectors.lexicon import (
    ABBREVIATIONS,
    MONTHS,
    ORGANISATIONS,
    PARTICLES,
    SURNAME_ENDINGS,
    TITLES,
)

CAPITALS = "UTBVERSQFNI"
"""Kinds of words in capitals that can be part of a name: not months, not titles."""

_TOKEN = re.compile(
    r"(?P<constant>[A-Z\d]+(?:_[A-Z\d]+)+)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019](?!s\b)[^\W\d_]+|-[^\W\d_]+)*(?P<mixed>-?\d\w*)?)"
    r"|(?P<number>\d+(?:[-/.,:]\d+)*[^\W_]*)"
    r"|(?P<line>\n[\s>]*)|(?P<genitive>['\u2019]s\b)|(?P<mark>[^\w\s]|_)"
)
_LONG = sorted((name for name in COUNTRIES | STATES if not name.isalpha()), key=len, reverse=True)
_LONG_BEGINNINGS = frozenset(re.split(r"\W", name)[0] for name in _LONG)
_REGION = re.compile(rf"(?:{'|'.join(_LONG)})\b")
_CONTRACTION = re.compile(r"['\u2019](?:m|t|d|ll|re|ve)\Z")
_HOUSE = re.compile(r"\d{1,6}(?:-\d{1,4}|/\d{1,3})?[A-Za-z]?\Z")
_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)\Z")


@dataclass(frozen=True, slots=True)
class Shape:
    """A text and the kinds of its words."""

    text: str
    kinds: str
    spans: list[tuple[int, int]]
    """Where each word stands."""

    def span(self, match: re.Match[str], group: str | int = 0) -> tuple[int, int]:
        """Return where in the text that stands which *match* found in `kinds`."""
        first, after = match.span(group)
        return self.spans[first][0], self.spans[after - 1][1]

    def word(self, index: int) -> str:
        """Return the word at *index* of `kinds`."""
        start, end = self.spans[index]
        return self.text[start:end]

    def at(self, offset: int) -> int:
        """Return the index of the first word that begins at *offset* in the text, or after it."""
        return bisect_left(self.spans, (offset, 0))


def shape(text: str) -> Shape:
    """Return the shape of *text*."""
    kinds: list[str] = []
    spans: list[tuple[int, int]] = []
    done = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        if start < done:
            continue  # part of the word before: a region's name, an abbreviation's full stop
        value = token[0]
        if token["word"]:
            region = _REGION.match(text, start) if value in _LONG_BEGINNINGS else None
            kind, end = ("R", region.end()) if region else (_word(value, token["mixed"]), end)
            if text[end : end + 1] == "." and (kind == "I" or value.lower() in ABBREVIATIONS):
                end += 1
        else:
            kind = _OTHERS[str(token.lastgroup)](value)
        kinds.append(kind)
        spans.append((start, end))
        done = end
    return Shape(text, "".join(kinds), spans)


def _word(word: str, mixed: str | None) -> str:
    """Return the kind of *word*, of which the part *mixed* has digits."""
    if mixed:
        return "a"
    if _CONTRACTION.search(word):
        return "x"
    if not word[0].isupper():
        return _SMALL.get(word.lower(), "x")
    if len(word) == 1:
        return "I"
    if len(word) < 4 and word.isupper():
        return "S" if word in STATE_CODES else _CAPITAL.get(word.lower(), "Q")
    small = word.lower()
    return _CAPITAL.get(small) or _ending(small)


def _ending(small: str) -> str:
    if small.endswith(STREET_ENDINGS):
        return "E"
    return "N" if small.endswith(SURNAME_ENDINGS) else "U"


def _number(value: str) -> str:
    return "n" if _HOUSE.match(value) else "o" if _ORDINAL.match(value) else "d"


def _mark(value: str) -> str:
    return value if value in ",.:" else "$"


_OTHERS: Mapping[str, Callable[[str], str]] = {
    "constant": lambda _: "x",
    "number": _number,
    "line": lambda _: "/",
    "genitive": lambda _: "'",
    "mark": _mark,
}
_SMALL: Mapping[str, str] = {
    **dict.fromkeys(PARTICLES, "p"),
    **dict.fromkeys(("van", "von"), "v"),
    **dict.fromkeys(SMALL_BEGINNINGS, "b"),
    **dict.fromkeys(SMALL_ENDINGS, "e"),
    **dict.fromkeys(UNITS, "u"),
    **dict.fromkeys(("mr", "mrs", "ms", "dr", "prof"), "h"),
}
_CAPITAL: Mapping[str, str] = {
    **dict.fromkeys(ORGANISATIONS, "O"),
    **dict.fromkeys((name.lower() for name in FIRST_NAMES), "F"),
    **dict.fromkeys((name.lower() for name in COUNTRIES | STATES), "R"),
    **dict.fromkeys(STREET_TYPES, "T"),
    **dict.fromkeys(STREET_BEGINNINGS - STREET_TYPES, "B"),
    **dict.fromkeys(STREET_BEGINNINGS & STREET_TYPES, "V"),
    **dict.fromkeys(MONTHS, "M"),
    **dict.fromkeys(UNITS, "u"),
    **dict.fromkeys(TITLES, "H"),
}
"""A word of several kinds has the last of them."""
