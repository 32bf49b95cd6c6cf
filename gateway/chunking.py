"""Cuts documents into chunks that join to exactly their text again; pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.documents import Chunk, Document, How
from gateway.domain.facts import Facts

SIZE = 1_000
"""Characters of a usual chunk: about what a small embedding model reads at once."""

BREAK = "\f"
"""Ends a page."""

PAGES, PAGE = "pages", "page"
"""Labels: how many pages a document has, and which of them a chunk is of."""

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


@dataclass(frozen=True, slots=True)
class Cut:
    """A document that somebody else has cut: its chunks are registered as they are."""

    document: Document
    chunks: Sequence[Chunk]


def chunks(document: Document) -> list[Chunk]:
    """Return the chunks of *document*, as a search will find them; none of a document without text.

    Of a document whose label `pages` says that it has some, no chunk crosses from page to page, and each has the label
    `page`.
    """
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
            labels=labels,
        )
        for ordinal, (labels, (start, end)) in enumerate(_labelled(document))
    ]


def _labelled(document: Document) -> Iterator[tuple[Facts, Span]]:
    """Yield the spans of *document*, each with its labels."""
    if PAGES not in document.labels:
        for span in spans(document.text):
            yield document.labels, span
        return
    for number, (start, end) in pages(document.text):
        labels = document.labels | {PAGE: number}
        for first, last in spans(document.text[start:end]):
            yield labels, Span(start + first, start + last)


def pages(text: str) -> Iterator[tuple[int, Span]]:
    """Yield consecutive stretches that together are *text*, each of one page, with the page's number from 1.

    A form feed ends a page. One without text counts, but stands with the page before it, or after it at the beginning.
    """
    begun, number, start = 0, 0, 0
    for page, part in enumerate(text.split(BREAK), 1):
        if part.strip():
            if number:
                yield number, Span(begun, start)
                begun = start
            number = page
        start += len(part) + len(BREAK)
    if text:
        yield number or 1, Span(begun, len(text))


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
