"""Cuts documents into chunks that join to exactly their text again; pure."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from gateway.domain.documents import Chunk, Document, How

SIZE = 1_000
"""Characters of a usual chunk: about what a small embedding model reads at once."""

_BORDERS = (
    re.compile(r"(?m)^(?=#{1,6}[ \t])"),
    re.compile(r"\n[ \t\r]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"[.!?。！？…][\"')\]»”’]*\s+|[。！？]"),  # noqa: RUF001 - full stops of other scripts
    re.compile(r"\s+"),
)
"""Where a heading begins, and where paragraphs, lines, sentences and words end: earlier kinds are better borders."""


class Span(NamedTuple):
    """A stretch of a text: its first character, and the one after its last."""

    start: int
    end: int


def chunks(document: Document) -> list[Chunk]:
    """Return the chunks of *document*, as a search will find them; none of a document without text."""
    return [
        Chunk(
            source=document.source,
            document=document.id,
            version=document.version,
            ordinal=ordinal,
            text=document.text[start:end],
            how=How.RETRIEVED,
            title=document.title,
            url=document.url,
            labels=document.labels,
        )
        for ordinal, (start, end) in enumerate(spans(document.text))
    ]


def spans(text: str, size: int = SIZE) -> Iterator[Span]:
    """Yield consecutive stretches of about *size* characters that together are *text*, nothing for an empty one.

    None is longer than a quarter more than *size*. A stretch ends at the best border in its second half, the last one
    of its kind, and never between the parts of one visible character, unless that is longer than half a stretch. The
    same text is always cut alike.
    """
    start, length = 0, len(text)
    while length - start > size + size // 4:
        end = _cut(text, start, start + size)
        yield Span(start, end)
        start = end
    if start < length:
        yield Span(start, length)


def _cut(text: str, start: int, limit: int) -> int:
    """Return the best place in the second half of `text[start:limit]`, or its end, for a chunk to end."""
    low = start + max(1, (limit - start) // 2)
    for border in _BORDERS:
        places = [match.end() for match in border.finditer(text, low, limit)]
        for place in reversed(places):
            if not _joined(text, start, place):
                return place
    return next((place for place in range(limit, low, -1) if not _joined(text, start, place)), limit)


def _joined(text: str, start: int, at: int) -> bool:
    """Tell whether the characters on both sides of *at* show as one, after Unicode Standard Annex 29.

    *start* is a place before *at* where a character is known to begin.
    """
    before, after = text[at - 1], text[at]
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or before == "\u200d" or after in "\u200c\u200d":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if "\U0001f1e6" <= after <= "\U0001f1ff":
        flags = text[start:at]
        return (len(flags) - len(flags.rstrip(_FLAG_LETTERS))) % 2 == 1
    return "\u1160" <= after <= "\u11ff"


_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of them are one flag."""
