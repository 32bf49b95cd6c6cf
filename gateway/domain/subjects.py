"""What a responder asks about: a document, one of its versions or chunks, or all that a source has."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a subject is."""

    RESPONSE = "response"
    DOCUMENT = "document"
    VERSION = "version"
    CHUNK = "chunk"
    SOURCE = "source"
    DATASET = "dataset"
    """A dataset that other systems reported."""
    RUN = "run"
    """A run of a job that other systems reported."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing in the record, by kind and id; `document/kb/a.md` in writing."""

    kind: Kind
    id: str
    """A response's, document's or run's id, a version's or chunk's digest, `namespace/name` of a source or dataset."""

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Return the subject that *text* writes. Raises `ValueError` for a text without a kind or an id."""
        kind, _, name = text.partition("/")
        if not name:
            raise ValueError(f"{text!r} names no subject: write kind and id, such as document/kb/a.md")
        return cls(Kind(kind), name)

    @classmethod
    def document(cls, id: str) -> "Subject":
        """Return the document *id* of whatever source."""
        return cls(Kind.DOCUMENT, id)

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"
