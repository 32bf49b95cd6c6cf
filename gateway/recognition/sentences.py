"""Sentences of a text, in any script: where each begins and ends.

A line ends a sentence, since answers are written in paragraphs and lists; so does a full stop of any script where a new
sentence may begin behind it. A fenced block of code is one piece. What has no letter or digit is none.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

LONGEST = 600
"""Characters after which a sentence without an end is cut at white space, as in scripts that do not mark ends."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:.*?^ {0,3}\1[`~]*[ \t]*$|.*)", re.MULTILINE | re.DOTALL)
_BULLET = re.compile(r"[ \t]*(?:(?:[-*+\u2022\u2023\u2013]|#{1,6}|>|\|)[ \t]+|\(?\d{1,3}[.)][ \t]+|[-=_*|: \t]{3,}$)*")
_CLOSING = r"[\"'\u201d\u2019\u00bb)\]}*_`\u300d\u300f\u3011\u300b]*"
_END = re.compile(
    rf"[\u3002\uff01\uff1f\uff61\ufe12]+{_CLOSING}"  # no space follows in these scripts
    rf"|[.!?\u2026\u061f\u06d4\u0964\u0965\u1362\u166e\u1803\u0589]+{_CLOSING}(?:\[\w+\])*(?=\s)"
)
_SHORT_FORM = re.compile(
    r"(?:\b[^\W\d]|\b(?:e\.g|i\.e|z\.B|d\.h|u\.a|etc|vs|cf|ca|approx|nr|art|abs|fig|dr|mr|mrs|ms|prof|st|inc|ltd|bzw|vgl))\.$",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


def sentences(text: str) -> list[Span]:
    """Return where the sentences of *text* begin and end, in their order, without white space round them."""
    return [span for span in _pieces(text) if any(letter.isalnum() for letter in text[slice(*span)])]


def _pieces(text: str) -> Iterator[Span]:
    at = 0
    for fence in _FENCE.finditer(text):
        yield from _prose(text, at, fence.start())
        yield _stripped(text, *fence.span())
        at = fence.end()
    yield from _prose(text, at, len(text))


def _prose(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield from _line(text, start, stop)
        start = stop + 1


def _line(text: str, start: int, end: int) -> Iterator[Span]:
    bullet = _BULLET.match(text, start, end)
    at = bullet.end() if bullet else start
    for mark in _END.finditer(text, at, end):
        if not _ends(text, at, mark, end):
            continue
        yield from _cut(text, at, mark.end())
        at = mark.end()
    yield from _cut(text, at, end)


def _ends(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    """Return whether *mark* ends the sentence that begins at *start*: no abbreviation, and no small letter follows."""
    if mark[0][0] != ".":
        return True
    following = text[mark.end() : end].lstrip()[:1]
    return not following.islower() and not _SHORT_FORM.search(text, max(start, mark.start() - 12), mark.start() + 1)


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    start, end = _stripped(text, start, end)
    while end - start > LONGEST:
        space = [*_SPACE.finditer(text, start + LONGEST // 2, start + LONGEST)]
        stop = space[-1].start() if space else start + LONGEST
        yield _stripped(text, start, stop)
        start, _ = _stripped(text, stop, end)
    if start < end:
        yield start, end


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
