"""Texts as strings of word kinds, so that a pattern can say "a number, names in capitals, a kind of street".

Every word, number and mark of a text becomes one letter. Patterns run over these letters, which is quick, and are read
as the grammar that they are:

- `n` a number as houses, flats and postal codes have it, `o` an ordinal, `d` any other number
- `U` a word in capitals, `T` one that is a kind of street (`Road`), `B` one that streets begin with (`Rue`), `E` one that
  ends like a street (`Hauptstrasse`), `R` a country or US state, `S` a state's code, `Q` any other two capital letters,
  `M` a month or weekday, `F` a first name, `N` one that ends like a surname, `I` an initial, `H` a title before a name
- `u` a word for a part of a building (`Apt.`), `p` a particle of names (`van der`), `a` letters and digits mixed
- `/` the end of a line; the marks `,` `.` `:` as themselves, `'` a genitive's end, `$` any other mark
- `x` any other word
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from gateway.detectors import gazetteer

CAPITAL = "UTBERSQFNI"
"""Kinds of words in capitals that can be part of a name; not months, not titles."""

_TOKEN = re.compile(
    rf"(?P<R>(?:{gazetteer.LONG_REGIONS})\b)"
    r"|(?P<word>[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+|-[^\W\d_]+)*(?P<mixed>[\w-]*\d\w*)?)"
    r"|(?P<number>\d+(?:[-/.,:]\d+)*(?:st|nd|rd|th|[A-Za-z]+)?)"
    r"|(?P<line>\n\s*)|(?P<genitive>['’]s\b)|[^\w\s]|_"
)  # fmt: skip
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

    def index(self, offset: int) -> int:
        """Return the first word that begins at *offset* of the text or after it."""
        return bisect_left(self.spans, (offset, 0))


def shape(text: str) -> Shape:
    """Return the shape of *text*."""
    kinds: list[str] = []
    spans: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        group = token.lastgroup
        end = token.end()
        if group == "word":
            value = token[0]
            kind = _kind(value)
            if text[end : end + 1] == "." and (kind in "Iu" or value.lower() in gazetteer.ABBREVIATIONS):
                end += 1
        elif group == "number":
            kind = "n" if _HOUSE.match(token[0]) else "o" if _ORDINAL.match(token[0]) else "d"
        elif group is None:
            if spans and spans[-1][1] > token.start():
                continue
            kind = token[0] if token[0] in ",.:" else "$"
        else:
            kind = _FIXED[group]
        kinds.append(kind)
        spans.append((token.start(), end))
    return Shape(text, "".join(kinds), spans)


_FIXED = {"R": "R", "mixed": "a", "line": "/", "genitive": "'"}


@lru_cache(maxsize=8192)
def _kind(word: str) -> str:
    """Return the kind of *word*."""
    return gazetteer.kind(word)
