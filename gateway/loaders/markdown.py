"""Markdown with optional YAML front matter: one document a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.facts import NONE
from gateway.loaders.decoding import decoded
from gateway.loaders.frontmatter import front_matter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class MarkdownLoader:
    """Reads a file as one document with exactly its text, front matter included.

    The title is the front matter's `title`, else the first heading.
    """

    suffixes: tuple[str, ...] = (".md", ".markdown")
    labels: bool = True
    """Whether a file may say its own labels. Switch it off for files whose authors are not trusted with that."""

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the document in *blob*; raises `BadRequest` when text or front matter cannot be read."""
        text = decoded(blob, name)
        front = front_matter(text, name)
        title = front.title or _heading(text[front.end :])
        labels = front.labels if self.labels else NONE
        yield Document(source, name, text, digest(text), title, front.url, labels)


def _heading(text: str) -> str | None:
    """Return the words of the first heading of the Markdown *text*, without their markup."""
    tokens = _blocks().parse(text)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and (words := _words(inline.content)):
            return words
    return None


def _words(content: str) -> str:
    """Return what a reader sees of the inline Markdown *content*."""
    [inline] = _inlines().parseInline(content)
    return " ".join("".join(map(_visible, inline.children or ())).split())


def _visible(token: "Token") -> str:
    if token.type in ("text", "code_inline", "image"):
        return token.content
    return " " if token.type in ("softbreak", "hardbreak") else ""


@cache
def _inlines() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


@cache
def _blocks() -> "MarkdownIt":
    """Return a parser of blocks alone: of all the inline markup a title needs one line."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable("inline")
