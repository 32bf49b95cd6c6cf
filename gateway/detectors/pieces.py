"""Which parts of a text a language model has to read to find the names in it."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeAlias

Span: TypeAlias = tuple[int, int]
"""Where something starts and ends."""

_STRETCH = re.compile(r"(?:[^\n\S]|(?<![^\s,;|=&<>])[^\s,;|=&<>]{1,60}+(?![^\s,;|=&<>])|[,;|=&<>])+")
"""What lies between ends of lines and words that are too long for any name, such as encoded data."""
_WORD = re.compile(r"[^\s,;|=&<>]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_NAME = re.compile(r"@|://|\d\D*\d\D*\d")
"""What addresses, account numbers and keys have and names have not."""
_REACH = 4
"""Words on either side by which the model judges a word: its convolutions see no farther."""
_ENOUGH = 24
"""Words after which a piece ends with a sentence."""
_MOST = 96
"""Words after which it ends anyway."""
_STOPS = (".", "!", "?", ":")


class Piece(NamedTuple):
    """A part of a text."""

    start: int
    text: str


def pieces(text: str, common: Collection[str], known: Sequence[Span] = ()) -> Iterator[Piece]:
    """Yield the parts of *text* that may hold names: words in capitals that are not *common*, and the words around.

    Words in *known* spans need no judgement.
    """
    is_known = _inside(known)
    for stretch in _STRETCH.finditer(text):
        words = [word.span() for word in _WORD.finditer(text, *stretch.span())]
        marks = [at for at, span in enumerate(words) if _may_be_name(text, span, common) and not is_known(span[0])]
        ends = {index for index in marks if index and text[words[index - 1][1] - 1] in _STOPS}
        for first, last in _ranges(marks, ends):
            start, end = words[first][0], words[min(last, len(words) - 1)][1]
            yield Piece(start, text[start:end])


def _inside(spans: Sequence[Span]) -> Callable[[int], bool]:
    """Return what tells whether an offset lies inside one of *spans*."""
    starts = sorted(start for start, _ in spans)
    ends = list(accumulate((end for _, end in sorted(spans)), max))

    def tells(offset: int) -> bool:
        before = bisect_right(starts, offset)
        return before > 0 and offset < ends[before - 1]

    return tells


def _may_be_name(text: str, span: Span, common: Collection[str]) -> bool:
    """Return whether the word at *span* has a part that begins with a capital and is not *common*."""
    word = text[slice(*span)]
    if word.islower() or _NO_NAME.search(word):
        return False
    return any(part[0][0].isupper() and part[0].lower() not in common for part in _LETTERS.finditer(word))


def _ranges(marks: Sequence[int], begins: Collection[int]) -> Iterator[Span]:
    """Yield the first and last words of the pieces in which the words *marks* are; some of these begin a sentence."""
    first = last = -1
    for index in marks:
        ends_here = index in begins and index - first > _ENOUGH
        if first < 0:
            first = max(0, index - _REACH)
        elif ends_here or index - _REACH > last or index - first > _MOST:
            yield first, min(last, index - 1)
            first = index if ends_here else index - _REACH
        last = index + _REACH
    if first >= 0:
        yield first, last
