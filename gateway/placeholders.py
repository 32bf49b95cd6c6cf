r"""The forms in which models write a token that they were given.

`<PERSON_1>` comes back as it was, or in small letters, with a space or hyphen for the underscore, a space inside the
brackets, the marks of Markdown (`\<PERSON\_1\>`), JSON (`\u003c`), HTML (`&lt;`) or an address (`%3C`). All of these
keep the brackets, and brackets around the name of a live token leave no doubt. Without brackets only the exact name in
capitals counts, `PERSON_1` as a word of its own: `person_1` may be a variable's name.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.findings import Finding
from gateway.pseudonyms import normal

LONGEST = 128
"""No form has more characters."""


class Escape(StrEnum):
    """How the place where a form stands wants its text to be written."""

    NONE = "none"
    HTML = "html"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Form:
    """One token in a text."""

    start: int
    end: int
    name: str
    """As `normal` has it."""
    escape: Escape


_ESCAPES = {">": Escape.NONE, "e": Escape.NONE, "E": Escape.NONE, ";": Escape.HTML}
_ANCHOR = re.compile(r"[<&%\\_]")
_BRACKETED = re.compile(
    r"(?:<|&lt;|\\{1,8}u003[cC]|%3[cC])"
    r" ?([A-Za-z][A-Za-z0-9]{0,40}(?:\\{0,4}[_ -][A-Za-z0-9]{1,40}){1,8}) ?"
    r"(\\{0,8}>|&gt;|\\{1,8}u003[eE]|%3[eE])"
)
_BARE = re.compile(
    r"[A-Z](?<![A-Za-z0-9_].)[A-Z0-9]{0,40}(?:\\{0,4}_[A-Z0-9]{1,40}){0,7}\\{0,4}_[0-9]{1,9}"
    r"(?![A-Za-z0-9_]|\\{1,4}_[A-Z0-9])"
)
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_NAME_ENDS = frozenset(_CAPITALS + "_\\")


def could_hold(text: str) -> bool:
    """Return whether a form could stand in *text* or begin at its end; it has not to be looked into otherwise."""
    return text[-1:] in _NAME_ENDS or _ANCHOR.search(text) is not None


def forms(text: str, is_token: Callable[[str], object], start: int = 0) -> Iterator[Form]:
    """Yield the forms in *text* from *start*, in order, whose name *is_token* does not call `None`."""
    done = start
    for anchor in _ANCHOR.finditer(text, start):
        at = anchor.start()
        if at >= done:
            form = _bracketed(text, at, done) or _bare(text, at, done)
            if form and is_token(form.name) is not None:
                yield form
                done = form.end


def _bracketed(text: str, at: int, done: int) -> Form | None:
    match = _BRACKETED.match(text, at)
    if match is None:
        return None
    close = match[2]
    start = at
    for _ in range(close.count("\\") if close[-1] == ">" else 0):
        if start > done and text[start - 1] == "\\":
            start -= 1
    escape = Escape.PERCENT if close[0] == "%" else _ESCAPES[close[-1]]
    return Form(start, match.end(), normal(match[1]), escape)


def _bare(text: str, at: int, done: int) -> Form | None:
    """Return the form without brackets whose first underscore, or the backslash before it, is *at*."""
    if text[at] not in "_\\":
        return None
    start = len(text[max(done, at - 41) : at].rstrip(_CAPITALS)) + max(done, at - 41)
    match = _BARE.match(text, start) if start < at else None
    return Form(start, match.end(), normal(match[0]), Escape.NONE) if match else None


_OPEN = re.compile(
    r"(?:\\{0,8}<|&lt;|\\{1,8}u003[cC]|%3[cC])"
    r"( ?[A-Za-z0-9_ \\-]{0,90}?)(?:&(?:g(?:t)?)?|\\{1,8}(?:u(?:0(?:0(?:3)?)?)?)?|%3?)?"
    r"|&(?:l(?:t)?)?|\\{1,8}(?:u(?:0(?:0(?:3)?)?)?)?|%3?"
)
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]*(?:\\{0,4}_[A-Z0-9]*)*\\{0,4}\Z")


def unfinished(text: str, may_become: Callable[[str], bool], start: int = 0) -> int:
    """Return where a form begins, not before *start*, that the end of *text* may cut short; its length without one.

    *may_become* says whether a token's name might begin so.
    """
    first = max(start, len(text) - LONGEST)
    for anchor in _ANCHOR.finditer(text, first):
        match = _OPEN.fullmatch(text, anchor.start())
        if match and may_become(normal(match[1] or "").strip("_")):
            return min(anchor.start(), _unfinished_name(text, first, may_become))
    return _unfinished_name(text, first, may_become)


def _unfinished_name(text: str, first: int, may_become: Callable[[str], bool]) -> int:
    if not text or text[-1] not in _NAME_ENDS:
        return len(text)
    match = _NAME.search(text, first)
    return match.start() if match and may_become(normal(match[0]).rstrip("_")) else len(text)


def outside(text: str, findings: Iterable[Finding], is_token: Callable[[str], object]) -> list[Finding]:
    """Return *findings* of *text* without what they cover of its tokens: a token is not the value that it stands for.

    What is left of a finding has to have a letter or digit.
    """
    spans = [(form.start, form.end) for form in forms(text, is_token)] if could_hold(text) else []
    if not spans:
        return list(findings)
    left: list[Finding] = []
    for finding in findings:
        start = finding.start
        for first, last in (*spans, (finding.end, finding.end)):
            if start < finding.end and first > start and last > finding.start:
                end = min(first, finding.end)
                if any(map(str.isalnum, text[start:end])):
                    left.append(replace(finding, start=start, end=end))
            start = max(start, last)
    return left
