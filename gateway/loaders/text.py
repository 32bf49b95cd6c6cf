"""Plain text: one document a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.loaders.decoding import decoded


@dataclass(frozen=True, slots=True)
class TextLoader:
    """Reads a file as one document with exactly its text."""

    suffixes: tuple[str, ...] = (".txt", ".text", ".log", ".rst")

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the document in *blob*; raises `BadRequest` when it is not text."""
        text = decoded(blob, name)
        yield Document(source, name, text, digest(text))
