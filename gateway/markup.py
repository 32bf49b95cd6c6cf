"""What an application puts before a document that it pastes: the mark of a heading, list or quotation, and a number.

Words are recognised, not the marks before them; but with a document that is cut out of a text they go, too: a `# ` or a
`Document 3:` that says nothing would be all that is left of it.
"""

import re

_LABEL = (
    r"(?:documents?|doc|source|chunk|passage|excerpt|context|result|snippet|reference)[ \t]*(?:no\.?[ \t]*|#)?\d{1,4}"
)
_HEADER = re.compile(rf"[ \t]*[\[(*#>-]{{0,4}}[ \t]*{_LABEL}[ \t]*[\])*:.-]{{0,4}}[ \t\r]*", re.IGNORECASE)
"""A line that only numbers what comes below it."""

_MARKS = re.compile(
    rf"[ \t]*(?:{_LABEL}[ \t]*[:.)\]-][ \t]*)?(?:(?:#{{1,6}}|[-*+>\u2022]|\d{{1,4}}[.)]|\[\d{{1,4}}\])[ \t]+)*",
    re.IGNORECASE,
)
"""Marks at the beginning of a line, up to its words."""

LONGEST = 80
"""Characters of a line of which nothing longer is taken for marks."""


def beginning(text: str, start: int, floor: int, *, header: bool) -> int:
    """Return where in *text* the marks begin that stand before *start*, in the same line; *start* without any.

    With *header* so does the line above that numbers it, be it that an empty one is between. Nothing before *floor*
    is looked at, where something else ends.
    """
    line = _line(text, start, floor)
    if line is None or start - line > LONGEST or not _MARKS.fullmatch(text, line, start):
        return start
    above = line
    for _ in range(2):
        end = above - 1
        if not header or end <= floor or (found := _line(text, end, floor)) is None:
            break
        if end - found <= LONGEST and _HEADER.fullmatch(text, found, end):
            return found
        if text[found:end].strip():
            break
        above = found
    return line


def _line(text: str, at: int, floor: int) -> int | None:
    """Return where the line begins in which *at* stands; `None` if that is before *floor*."""
    found = text.rfind("\n", floor, at)
    if found >= 0:
        return found + 1
    return 0 if floor == 0 else None
