"""Texts as a reader would see them: disguises undone, and the way back to where they stand in the original.

Undone are Unicode look-alikes (NFKC: full-width and styled letters and digits, odd spaces), the decimal digits of all
scripts, dashes, invisible characters, and the escapes of JSON, URLs and HTML. A text that arrives as the raw JSON of a
tool call therefore needs no parsing: an escaped line break before a number is not the letter n before it.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from gateway.domain.findings import Finding

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_HIDDEN = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
                     "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e001f\U000e007f-\U000e01ef]")  # fmt: skip
_TAGS = range(0xE0020, 0xE007F)
"""Invisible copies of ASCII, U+E0000 above it."""
_HALVES = range(0xD800, 0xE000)
"""Halves of characters beyond the basic plane, which JSON escapes one by one; no model takes them alone."""
_NO_CHARACTER = "\ufffd"
_PROSE = frozenset(",!?;")
"""Punctuation whose full-width form is everyday writing and no part of any value."""
_BLOCKS = (range(0x80, 0x3400), range(0xA620, 0xAC00), range(0xFE00, 0x10000))
"""Where the basic plane keeps characters that stand for others; the ideographs in between have none."""
_ASTRAL = "\ud800-\udfff\U0001d400-\U0001d7ff\U0001f100-\U0001f169\U000e0000-\U000e01ef"
"""The halves and the blocks beyond it, as ranges: `re` would compare with single characters one by one."""


@lru_cache(maxsize=4096)
def _plain(odd: str) -> str:
    """Return what *odd*, one disguised character or escape, stands for."""
    if odd[0] == "\\" and len(odd) > 1:
        name = odd.lstrip("\\")
        return _plain(chr(int(name[1:], 16))) if len(name) == 5 else _CONTROLS.get(name, name)
    if odd[0] == "%" and len(odd) > 1:
        return chr(int(odd[1:], 16))
    if odd[0] == "&" and len(odd) > 1:
        return "".join(map(_plain, html.unescape(odd)))
    if ord(odd) in _TAGS:
        return chr(ord(odd) - 0xE0000)
    if ord(odd) in _HALVES:
        return _NO_CHARACTER
    if _HIDDEN.match(odd):
        return ""
    if odd in _DASHES:
        return "-"
    digit = unicodedata.decimal(odd, None)
    return unicodedata.normalize("NFKC", odd) if digit is None else str(digit)


_CONTROLS = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " "}


def _stands_for_another(character: str) -> bool:
    if not (unicodedata.decomposition(character) or character.isdecimal()):
        return character in _DASHES or _HIDDEN.match(character) is not None
    plain = _plain(character)
    if plain == character or not plain.isascii() or plain in _PROSE:
        return False
    return len(plain) < 2 or any(map(str.isalnum, plain))


_ODD_CHARACTERS = re.escape("".join(c for block in _BLOCKS for c in map(chr, block) if _stands_for_another(c)))
_ODD_CHARACTERS += _ASTRAL
_SUSPECT = re.compile(rf"[\\%&{_ODD_CHARACTERS}]")
_ODD = re.compile(
    r"(?<!\\)\\++(?:u[0-9A-Fa-f]{4}|[nrtbf\"'/])"
    r"|%[2-7][0-9A-Fa-f]"
    r"|&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|commat|period|nbsp|quot|amp|apos);"
    rf"|[{_ODD_CHARACTERS}]"
)


class View(NamedTuple):
    """A text to look for values in, and the original that it shows."""

    text: str
    original: str

    def located(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return *findings*, made in `text`, with their offsets in `original`."""
        found = list(findings)
        if self.text is self.original or not found:
            return found
        starts, ends = self._map()
        return [replace(finding, start=starts[finding.start], end=ends[finding.end - 1]) for finding in found]

    def _map(self) -> tuple[list[int], list[int]]:
        """Return, for every character of `text`, where what it stands for starts and ends in `original`."""
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for odd in _ODD.finditer(self.original):
            start, end = odd.span()
            width = len(_plain(odd[0]))
            starts += range(done, start)
            ends += range(done + 1, start + 1)
            starts += [start] * width
            ends += [end] * width
            done = end
        starts += range(done, len(self.original))
        ends += range(done + 1, len(self.original) + 1)
        return starts, ends


def view(text: str) -> View:
    """Return *text* without disguises; a text that has none is its own view and costs next to nothing."""
    if text.isascii():
        if "\\" not in text and "%" not in text and "&" not in text:
            return View(text, text)
    elif not _SUSPECT.search(text):
        return View(text, text)
    return View(_ODD.sub(lambda odd: _plain(odd[0]), text), text)
