"""Whether somebody is named in a text that people wrote, such as a note: by the identifier that applications use.

A name is found as a whole word, whatever its case and however its letters are composed (compatibility caseless
matching, Unicode Standard, D146). Letters, digits and `_` beside it make it another word, and so do those behind one of
`.-+@`: `jane` is named in "Jane's letter, says jane." and not in "jane.doe", which may be somebody else's identifier.
Nobody is found by another name than that identifier, nor by a misspelt one.
"""

import unicodedata
from collections.abc import Iterator

ERASED = "[erased]"
"""What stands in a text for the name of somebody who was erased."""

_JOINS = ".-+@"
_JAMO = range(0x1160, 0x1200)
"""Vowels and final consonants of Hangul that compose with what stands before them."""


def named(text: str, name: str) -> list[tuple[int, int]]:
    """Return where in *text* somebody is named *name*: first and last place of each, in order."""
    wanted = "".join(_folded(part) for part in _characters(name.strip()))
    if not wanted:
        return []
    letters, starts, at = list[str](), list[int](), 0
    for part in _characters(text):
        folded = _folded(part)
        letters += folded
        starts += [at] + [-1] * (len(folded) - 1) if folded else []
        at += len(part)
    line = "".join(letters)
    starts.append(len(text))
    return [
        (starts[first], starts[last]) for first, last in _places(line, wanted) if min(starts[first], starts[last]) >= 0
    ]


def unnamed(text: str, name: str) -> str:
    """Return *text* with `ERASED` where somebody is named *name*."""
    for start, end in reversed(named(text, name)):
        text = text[:start] + ERASED + text[end:]
    return text


def _places(line: str, wanted: str) -> Iterator[tuple[int, int]]:
    first = line.find(wanted)
    while first >= 0:
        last = first + len(wanted)
        if not _goes_on(line[max(0, first - 2) : first][::-1]) and not _goes_on(line[last : last + 2]):
            yield first, last
            first = line.find(wanted, last)
        else:
            first = line.find(wanted, first + 1)


def _goes_on(beside: str) -> bool:
    """Return whether a word goes on with what stands *beside* it, the nearest character first."""
    if beside[:1] and beside[0] in _JOINS:
        beside = beside[1:]
    return bool(beside) and (beside[0].isalnum() or beside[0] == "_")


def _characters(text: str) -> Iterator[str]:
    """Yield *text* in parts that compose with nothing around them: a character and the marks on it."""
    start = 0
    for at in range(1, len(text)):
        if not unicodedata.combining(text[at]) and ord(text[at]) not in _JAMO:
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _folded(part: str) -> str:
    """Return *part* so that it equals whatever differs from it in case or composition alone."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", part).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())
