"""Markdown, HTML and JSON as recognition sees through them: marks are borders, escapes are what they stand for.

Nothing moves: what is taken away is overwritten, so that every character keeps its place.
"""

import html
import re

import numpy as np

from gateway.recognition.arrays import U32

_SPACE, _NOTHING = 0x20, 0xAD
"""A border, and a soft hyphen: as if it were not there."""

_TAG = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9:-]{0,40}(?:\s+[\w:@.-]{1,60}\s*=\s*(?:\"[^\"<>]{0,400}\"|'[^'<>]{0,400}'|[^\s<>\"']{1,400})){0,20}"
    r"\s*/?>"
)
"""A tag, whose attributes all have a value: in any other text between angle brackets words could hide."""

_TARGET = re.compile(r"\]\([^()\s]{1,400}(?:\s+\"[^\"\n]{0,200}\")?\)")
"""Where a Markdown link or picture leads."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")

_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[nrtbf\"\\/])")
"""An escape of JSON, as in the results of a tool."""


def numbers(text: str) -> U32:
    """Return the numbers of the characters of *text*, decoration overwritten."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    marked, angled, escaped = "](" in text, "<" in text, "\\" in text
    entities = "&" in text
    if not (marked or angled or escaped or entities):
        return codes
    codes = codes.copy()
    if angled:
        for match in _TAG.finditer(text):
            codes[match.start() : match.end()] = _SPACE
    if marked:
        for match in _TARGET.finditer(text):
            codes[match.start() : match.end()] = _SPACE
    if entities:
        for match in _ENTITY.finditer(text):
            _overwrite(codes, match.span(), html.unescape(match[0])[0])
    if escaped:
        for match in _ESCAPE.finditer(text):
            _overwrite(codes, match.span(), _unescaped(match[0]))
    return codes


def _overwrite(codes: U32, span: tuple[int, int], character: str) -> None:
    codes[span[0]] = ord(character)
    codes[span[0] + 1 : span[1]] = _NOTHING


def _unescaped(escape: str) -> str:
    if escape[1] != "u":
        return " "
    high = int(escape[2:6], 16)
    if len(escape) == 6:
        return chr(high)
    return chr(0x10000 + ((high - 0xD800) << 10) + (int(escape[8:12], 16) - 0xDC00))
