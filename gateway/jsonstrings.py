r"""Where in JSON a place of a text is, so that a value can be put there or read from there.

Tool-call arguments are JSON, tool results and answers often are, and JSON may hold more JSON in a string. A quotation
mark inside of d strings has 2^d - 1 backslashes in front of it, and a backslash there is 2^d: that tells the levels
apart.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence

from gateway.domain.findings import Finding, rewritten

Write = Callable[[Finding, str], str]
"""Returns what is to stand for a finding with that value: something that needs no escape."""

_EVENT = re.compile(r'(\\*)"|```(\w*)\s?')
_SPACE = r"(?:\s|\\+[nrt])*"
_OPENING = re.compile(rf"{_SPACE}[\[{{](?:{_SPACE}(?:[\[{{]|-?\d[\d.eE+-]*,|true,|false,|null,))*{_SPACE}")
"""What stands before the first quotation mark of an object or a list."""


class Quoting:
    """Follows a text; `depth` is the number of strings, one within the other, that its end is inside of.

    Prose counts as one text without strings, until a fence of Markdown says that JSON follows.
    """

    __slots__ = ("_heads", "_is_json", "_nested")

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._heads = [""]
        """What each open level, the outermost being the text itself, holds so far of its beginning."""
        self._nested: list[bool | None] = [True if is_json else None]
        """Whether each open level is JSON; `None` before its first quotation mark."""

    @property
    def depth(self) -> int:
        """How many strings are open."""
        return len(self._nested) - 1

    def feed(self, text: str) -> None:
        """Go on to the end of *text*, which must not end within a run of backslashes."""
        done = 0
        for event in _EVENT.finditer(text):
            self._read(text[done : event.start()])
            done = event.end()
            if event[1] is None:
                self._fence(event[2])
            else:
                self._quote(len(event[1]))
        self._read(text[done:])

    def _read(self, text: str) -> None:
        if self._nested[-1] is None and len(self._heads[-1]) < _HEAD:
            self._heads[-1] += text[:_HEAD]

    def _fence(self, language: str) -> None:
        if self.depth == 0 and not self._is_json:
            self._nested[0] = {"json": True, "": None}.get(language, False)
            self._heads[0] = ""

    def _quote(self, backslashes: int) -> None:
        depth = self.depth
        backslashes %= 2**depth
        if backslashes == 2**depth - 1:
            if self._nested[depth] is None:
                self._nested[depth] = _OPENING.fullmatch(self._heads[depth]) is not None
            if self._nested[depth]:
                self._heads.append("")
                self._nested.append(None)
            return
        for outer in range(depth):
            if backslashes == 2**outer - 1:
                del self._nested[outer + 1 :], self._heads[outer + 1 :]
                return


_HEAD = 256


def escaped(value: str, depth: int) -> str:
    """Return *value* as it is written inside of *depth* JSON strings."""
    for _ in range(depth):
        value = json.dumps(value, ensure_ascii=False)[1:-1]
    return value


def unescaped(text: str, depth: int) -> str:
    """Return the value that *text* inside of *depth* JSON strings stands for; *text* when that is none."""
    value = text
    try:
        for _ in range(depth):
            value = json.loads(f'"{value}"', strict=False)
        value.encode()  # half of a character cannot be sent anywhere
    except ValueError:
        return text
    return value


def substituted(text: str, findings: Sequence[Finding], write: Write, *, is_json: bool = False) -> str:
    """Return *text* with each of *findings* (distinct, in order) exchanged for what *write* makes of its value.

    In a JSON string, found out by how the text begins unless it *is_json* for certain, values are read as JSON means
    them. Text that *is_json* stays JSON: a mark between two strings is no value, and what takes the place of a number
    gets quotes. No character outside a finding changes but the rest of an escape that it begins in.
    """
    if not is_json and "\\" not in text:
        return rewritten(text, findings, write)
    quoting = Quoting(is_json=is_json)
    parts: list[str] = []
    done = fed = 0
    for finding in findings:
        for start, end in _between_marks(text, finding):
            first, last = _whole_escapes(text, start, end)
            quoting.feed(text[fed:first])
            fed = max(fed, first)
            if quoting.depth == 0 and is_json:
                pieces = [(match.span(), '"{}"') for match in _literals(text, start, end)]
            else:
                pieces = [((first, last) if quoting.depth else (start, end), "{}")]
            for (begin, over), form in pieces:
                if done <= begin < over:
                    value = unescaped(text[begin:over], quoting.depth)
                    parts += text[done:begin], form.format(write(finding, value))
                    done = over
    parts.append(text[done:])
    return "".join(parts)


def is_one_piece(text: str, start: int, end: int, *, is_json: bool = False) -> bool:
    """Return whether *text* from *start* to *end* lies within one string, or in prose: it can be exchanged whole."""
    quoting = Quoting(is_json=is_json)
    quoting.feed(text[:start])
    depth, done = quoting.depth, start
    if is_json and depth == 0:
        return False
    if depth and _whole_escapes(text, start, end) != (start, end):
        return False
    for event in _EVENT.finditer(text, start, end):
        quoting.feed(text[done : event.end()])
        done = event.end()
        if quoting.depth < depth:
            return False
    quoting.feed(text[done:end])
    return quoting.depth == depth


_MARK = re.compile(r'\\*"')
_LITERAL = re.compile(r"[0-9A-Za-z.+-]+")
_ESCAPE = re.compile(
    r"\\+(?:u[dD][89abAB][0-9A-Fa-f]{2}\\+u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^\"\\])?", re.DOTALL
)
_REACH = 40
"""No escape of a character has more characters, six strings deep."""


def _between_marks(text: str, finding: Finding) -> Iterator[tuple[int, int]]:
    """Yield the parts of *finding* that quotation marks set apart."""
    start = finding.start
    for mark in _MARK.finditer(text, finding.start, finding.end):
        if start < mark.start():
            yield start, mark.start()
        start = mark.end()
    if start < finding.end:
        yield start, finding.end


def _whole_escapes(text: str, start: int, end: int) -> tuple[int, int]:
    """Return *start* and *end* moved so that they divide no escape; one of a quotation mark stays outside."""
    first, last = start, end
    for escape in _ESCAPE.finditer(text, max(0, start - _REACH), min(len(text), start + _REACH)):
        if escape.start() < start < escape.end():
            first = escape.start()
    for escape in _ESCAPE.finditer(text, max(0, end - _REACH), min(len(text), end + _REACH)):
        if escape.start() < end <= escape.end():
            is_of_mark = text.startswith('"', escape.end()) and escape[0][-1] == "\\"
            last = escape.start() if is_of_mark else escape.end()
    return first, last


def _literals(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the numbers and words outside of strings that lie, if only in part, between *start* and *end*."""
    for literal in _LITERAL.finditer(text, max(0, start - _REACH)):
        if literal.start() >= end:
            return
        if literal.end() > start:
            yield literal
