"""HTML: what a reader of the page sees, and apart from it what he does not.

Comments, elements that their own attributes or styles hide, and texts in attributes are where instructions to a model
are put. They are neither lost nor mixed with what people read: they come as a document of their own, tagged
`hidden-text`, so that detectors read it and a policy can keep it out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts
from gateway.loaders.decoding import decoded
from gateway.loaders.hiding import Attributes, is_hidden, unseen
from gateway.loaders.limits import Watch

HIDDEN = "hidden-text"
"""Tag of a document that no reader of the page sees."""

PARAGRAPHS = frozenset({
    "address", "article", "aside", "blockquote", "body", "details", "dl", "fieldset", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
"""Elements with an empty line around them."""

INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr",
})  # fmt: skip
"""Elements that stand within a line; every other one has lines of its own."""

KEEPING = frozenset({"pre", "textarea"})
"""Elements whose white space counts."""

UNREAD = frozenset({"script", "style"})
"""Elements whose text is for machines."""

CHARSETS = re.compile(r"windows-125\d|iso-8859-\d{1,2}|shift_jis|euc-(?:jp|kr)|gb(?:k|18030|2312)|big5|koi8-[ru]")
"""Encodings that a page may name for itself. UTF-7 is none of them: what it hides no detector would see."""

_CHARSET = re.compile(rb"<meta\b[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Page:
    """The texts of one page."""

    title: str = ""
    visible: str = ""
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class HTMLLoader:
    """Reads a page as one document, and as a second one, `…#hidden`, what the page hides, if anything."""

    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*; raises `BadRequest` when it is not text, or too much of it."""
        watch = Watch(name)
        watch.size(blob)
        page = page_of(source_text(blob, name), watch)
        title = page.title or None
        yield Document(source, name, page.visible, digest(page.visible), title)
        if page.hidden:
            labels = Facts(tags=(HIDDEN,))
            yield Document(source, f"{name}#hidden", page.hidden, digest(page.hidden), title, labels=labels)


def source_text(blob: bytes, name: str) -> str:
    """Return the characters of the page *blob*, in the encoding that it names for itself, else UTF-8.

    Raises `BadRequest` when it is in another one.
    """
    named = _CHARSET.search(blob[:2048])
    charset = named[1].decode("ascii").lower() if named else ""
    if CHARSETS.fullmatch(charset):
        try:
            return blob.decode(charset).replace("\0", "\ufffd")
        except UnicodeDecodeError:
            return decoded(blob, name)
    return decoded(blob, name)


def page_of(text: str, watch: Watch) -> Page:
    """Return the texts of the page *text*. Raises what *watch* does."""
    from lxml.etree import HTMLParser  # type: ignore[import-untyped]

    # Events, no tree: however deep a page nests its elements, time and memory grow with its length alone.
    reading = _Reading(watch)
    parser = HTMLParser(target=reading, encoding="utf-8", no_network=True)
    blob = text.encode("utf-8", "replace")
    for start in range(0, len(blob), _PIECE):
        watch.tick()
        parser.feed(blob[start : start + _PIECE])
    if text.strip():
        parser.close()
    return reading.page()


class _Reading:
    """What the parser tells of one page, in order (lxml's target interface)."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._title: list[str] = []
        self._visible: list[str] = []
        self._hidden: list[str] = []
        self._depth = 0
        self._hidden_from = 0
        """Depth of the outermost element around that is not shown; 0 when all are."""
        self._unread = 0
        self._kept = 0
        self._in_title = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        self._depth += 1
        self._break(tag)
        if not self._hidden_from and is_hidden(tag, attributes):
            self._hidden_from = self._depth
            self._break(tag)
        self._unread += tag in UNREAD
        self._kept += tag in KEEPING
        self._in_title = tag == "title"
        for text in unseen(tag, attributes):
            self.comment(text)
        if tag == "img" and (alternative := attributes.get("alt")):
            self.data(alternative)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._unread -= tag in UNREAD
        self._kept -= tag in KEEPING
        self._in_title = False
        self._break(tag)
        if self._hidden_from == self._depth:
            self._hidden_from = 0
        self._depth -= 1

    def data(self, text: str) -> None:
        """Text stands here."""
        self._watch.read(text)
        if self._unread:
            return
        if self._in_title and not self._hidden_from:
            self._title.append(text)
            return
        parts = self._parts
        if not self._kept:
            text = _spaced(text)
            if parts and parts[-1][-1:].isspace():
                text = text.lstrip()
        if text:
            parts.append(text)

    def comment(self, text: str) -> None:
        """Text stands here that nobody sees."""
        self._watch.read(text)
        if words := " ".join(text.split()):
            self._hidden += ["\n", words, "\n"]

    def close(self) -> None:
        """Nothing more comes."""

    def page(self) -> Page:
        """Return what was told."""
        return Page(" ".join("".join(self._title).split()), _tidied(self._visible), _tidied(self._hidden))

    @property
    def _parts(self) -> list[str]:
        return self._hidden if self._hidden_from else self._visible

    def _break(self, tag: str) -> None:
        parts = self._parts
        if tag in INLINE or not parts:
            return
        if tag in ("td", "th"):
            if not parts[-1].endswith(("\n", "\t")):
                parts.append("\t")
            return
        wanted = "\n\n" if tag in PARAGRAPHS else "\n"
        if parts[-1] in ("\t", "\n", "\n\n"):
            parts[-1] = max(parts[-1].replace("\t", ""), wanted)
        else:
            parts.append(wanted)


def _spaced(text: str) -> str:
    """Return *text* with one space wherever it has white space."""
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{words}{' ' * text[-1].isspace()}"


def _tidied(parts: list[str]) -> str:
    """Return the text that *parts* make: no white space at the ends of lines, no two empty lines together."""
    lines: list[str] = []
    for line in "".join(parts).split("\n"):
        kept = line.rstrip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n")
