"""What recognition tells."""

from dataclasses import dataclass

from gateway.domain.documents import Chunk

Span = tuple[int, int]
"""A stretch of a text: its first character, and the one after its last."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A chunk as a tenant registered it; its text is not kept with it."""

    tenant: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that can be recognised, and whose it is: one text, however many chunks have it."""

    words: bytes
    """The hashes of its words, four bytes each (`words.Words.data`)."""
    registered: tuple[Registered, ...]
    """The latest first."""


@dataclass(frozen=True, slots=True)
class Match:
    """A registered text that stands in another one."""

    tenant: str
    """Whose it is."""
    chunks: tuple[Chunk, ...]
    """The chunks with this text, one of each document, the latest registered first."""
    spans: tuple[Span, ...]
    """Exactly where it stands, in order and without overlap."""
    coverage: float
    """How much of the chunk stands there, 0 to 1."""
    share: float
    """How much of the text it explains, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What stands in a text. No character belongs to two matches."""

    matches: tuple[Match, ...] = ()
    """Of the tenant's own chunks, in the order of the text."""
    foreign: tuple[Match, ...] = ()
    """Of other tenants' chunks: what they explain is in no chunk of the tenant's own. A breach of isolation."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everything that is explained, in order."""
        return tuple(sorted(span for match in (*self.matches, *self.foreign) for span in match.spans))


NOTHING = Recognition()
