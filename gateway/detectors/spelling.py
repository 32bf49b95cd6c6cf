"""Whether what a language model takes for a name is written as names are."""

import re
from collections.abc import Collection

from gateway.detectors.firstnames import FIRST_NAMES
from gateway.detectors.lexicon import COMMON, MONTHS, ORGANISATIONS, PARTICLES
from gateway.detectors.pieces import Span

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019](?!s\b)[^\W\d_]+|[.-][^\W\d_]+)*\.?")
_MIXED = re.compile(r"(?!Mc|Mac|De|La|Le|Di|Van|O['\u2019])\w*(?:[a-z][A-Z]|[A-Z]{2}[a-z])")
_NEXT = re.compile(r"[ ,]{1,2}([^\W\d_]+)")
_GAPS = ("", " ", "  ")
"""What may stand between the words of a name; what stands farther apart are columns of a table."""
_ACRONYM = 4
"""Letters that a place in capitals has at least; shorter ones are abbreviations."""
_NEARBY = 10_000
"""Characters on either side within which a word in small letters tells that the same in capitals is no name."""


def person(text: str, start: int, end: int) -> Span | None:
    """Return the part of *text* from *start* to *end* that can be a person's name; `None` when nothing can.

    Common words in front, as in `Ask Maria Lopez`, are left out. `JSON`, `OpenAI` and `kubectl` are no people, whatever
    the model says, nor are organisations. A single word is none either when it stands in code or in small letters
    nearby, as `Poetry` does beside `poetry`, unless it is known as a first name.
    """
    span = _written_as_name(text, start, end, COMMON)
    if span is None:
        return None
    words = [word.rstrip(".") for word in text[slice(*span)].split()]
    following = _NEXT.match(text, span[1])
    if not ORGANISATIONS.isdisjoint(map(str.lower, [*words, following[1] if following else ""])):
        return None
    if len(words) == 1 and words[0] not in FIRST_NAMES and _is_a_word(text, span):
        return None
    return span


def place(text: str, start: int, end: int) -> Span | None:
    """Return the part of *text* from *start* to *end* that can be a place's name; `None` when nothing can.

    Unlike a person, a place may be one word in capitals.
    """
    span = _written_as_name(text, start, end, frozenset())
    if span is None:
        return None
    name = text[slice(*span)]
    if COMMON.issuperset(name.lower().split()) or (name.isupper() and len(name) < _ACRONYM):
        return None
    return None if name.isalpha() and (_touches_code(text, span) or _stands_small(text, span)) else span


def _written_as_name(text: str, start: int, end: int, passed: Collection[str]) -> Span | None:
    """Return the words that begin with a capital and go on in small letters, particles between them included.

    Words in front are *passed* over.
    """
    first = last = None
    at = start
    for word in _WORD.finditer(text, start, end):
        if first is not None and text[at : word.start()] not in _GAPS:
            break
        at = word.end()
        value = word[0]
        if value[0].isupper() and not _MIXED.match(value):
            if first is None and value.lower().rstrip(".") in passed:
                continue
            first = word.start() if first is None else first
            last = word.end()
        elif first is not None and value.lower() not in PARTICLES:
            break
    return None if first is None or last is None else (first, last)


def _is_a_word(text: str, span: Span) -> bool:
    """Return whether the one word at *span* is another kind of word: an acronym, a month, or part of a program."""
    name = text[slice(*span)]
    return (
        (name.isalpha() and name.isupper())
        or name.lower() in MONTHS
        or _touches_code(text, span)
        or _stands_small(text, span)
    )


def _touches_code(text: str, span: Span) -> bool:
    start, end = span
    return text[max(0, start - 1) : start] in _CODE_BEFORE or text[end : end + 1] in _CODE_AFTER


_CODE_BEFORE = frozenset("`_@$#\\")
_CODE_AFTER = frozenset("`_(0123456789")


def _stands_small(text: str, span: Span) -> bool:
    """Return whether the word at *span* stands in small letters, as a word of its own, within reach."""
    start, end = span
    small = text[start:end].lower()
    first, last = max(0, start - _NEARBY), end + _NEARBY
    at = text.find(small, first, last)
    while at >= 0:
        if not _JOINED.search(text, max(0, at - 1), at) and not _JOINS.match(text, at + len(small)):
            return True
        at = text.find(small, at + 1, last)
    return False


_JOINED = re.compile(r"[\w@./-]")
_JOINS = re.compile(r"[\w@/-]|\.\w")
