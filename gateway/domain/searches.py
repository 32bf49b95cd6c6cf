"""Questions for recorded responses by what was said in them, for chunks by their texts, and what is found."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from gateway.domain.digests import Digest
from gateway.domain.records import ResponseRecord


class Match(StrEnum):
    """How a text is looked for."""

    AUTO = "auto"
    """As it is; if it stands nowhere, nearly; if nothing is like it, by its meaning where that is configured."""
    PHRASE = "phrase"
    """As it is, apart from case, accents, punctuation and white space, also within words."""
    SIMILAR = "similar"
    """With mistakes, as from a screenshot, or partly."""
    MEANING = "meaning"
    """In other words, as far as `search.meaning` lets texts be compared by their meaning."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which responses are wanted. What is left empty does not matter."""

    text: str = ""
    match: Match = Match.AUTO
    application: str = ""
    end_user: str = ""
    document: str = ""
    """One that took part, by its id."""
    source: str = ""
    """One whose document took part: `namespace/name`."""
    state: str = ""
    """How it ended (`COMPLETE`, `FAIL`, `ABORT`, `OPEN`), or what became of a chunk (`sent`, `dropped` …)."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that does not count any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Why a response was found."""

    where: str
    """`question` or `answer`; `chunk`."""
    method: str
    """`phrase` (whole words), `substring`, `similar` or `meaning`."""
    score: float
    """1 for the very text; else the share of its groups of letters, or the nearness of meaning (cosine)."""
    excerpt: str
    """A piece of the text that is kept."""
    highlights: Sequence[tuple[int, int]] = ()
    """The characters of the excerpt that were meant, from and to."""


@dataclass(frozen=True, slots=True)
class Hit(ResponseRecord):
    """The record of a response that was found, without its details, and why it was."""

    matches: Sequence[Place] = ()
    """Nothing when no text was asked for."""

    @classmethod
    def of(cls, record: ResponseRecord, matches: Sequence[Place] = ()) -> "Hit":
        """Return *record* as found because of *matches*."""
        known = {field.name: getattr(record, field.name) for field in fields(ResponseRecord)}
        return cls(**known, matches=tuple(matches))


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of what was found."""

    data: Sequence[Hit]
    """Newest first; best first where likeness or meaning was asked for."""
    cursor: str = ""
    """Where the next page starts; empty on the last one, and where the best ones are all that is told."""
    method: str = ""
    """How the text was looked for in the end: `phrase`, `similar` or `meaning`; empty without a text."""
    unsearched: int = 0
    """Entries of the log that are neither in the index nor new enough to be looked through without it; by meaning, all
    whose vectors are still to be made."""


@dataclass(frozen=True, slots=True)
class ChunkWish:
    """Which chunks are wanted. What is left empty does not matter."""

    text: str
    match: Match = Match.AUTO
    """By their meaning chunks are not looked for here: that is what collections are searched for."""
    document: str = ""
    """Id of the document that they are of."""
    source: str = ""
    """Source of that: `namespace/name`."""


@dataclass(frozen=True, slots=True)
class ChunkHit:
    """A chunk whose text was found: of which version of which document it is."""

    chunk: Digest
    tenant: str
    document: str
    source: str
    version: Digest
    ordinal: int
    """Its place in the version, from 0."""
    title: str | None
    url: str | None
    at: datetime
    """When it was first seen there."""
    index: int
    """Entry of the log that brought it."""
    current: bool
    """Whether the version is the one that was ingested last, or, where none was, first seen last."""
    quarantined: bool
    """Whether the document is out of use now."""
    match: Place

    @property
    def subjects(self) -> Sequence[str]:
        """What is shown with it, in the words in which accesses are recorded."""
        return f"chunk/{self.chunk}", f"document/{self.document}"


@dataclass(frozen=True, slots=True)
class ChunkHits:
    """One page of the chunks that were found."""

    data: Sequence[ChunkHit]
    """Those that were seen last first; best first where likeness was asked for."""
    cursor: str = ""
    """Where the next page starts; empty on the last one, and where the best ones are all that is told."""
    method: str = ""
    """How the text was looked for in the end: `phrase` or `similar`."""
    unsearched: int = 0
    """Chunks that are neither in the index nor new enough to be looked through without it."""
