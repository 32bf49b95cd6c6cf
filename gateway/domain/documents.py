"""Where text comes from: source, document, version, chunk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.digests import Digest, digest
from gateway.domain.facts import NONE, Facts
from gateway.domain.json import Path


class How(StrEnum):
    """How it was learnt that a chunk fed a prompt."""

    RETRIEVED = "retrieved"
    DECLARED = "declared"
    RECOGNISED = "recognised"
    INHERITED = "inherited"
    TRACED = "traced"


_BROUGHT = frozenset({How.RETRIEVED, How.DECLARED})


class ChunkState(StrEnum):
    """What became of a chunk in one response."""

    RETRIEVED = "retrieved"
    """Found, and not (yet) put into the prompt."""
    DROPPED = "dropped"
    MASKED = "masked"
    """In the prompt, with findings replaced."""
    SENT = "sent"
    ATTRIBUTED = "attributed"
    """In the prompt, and a sentence of the answer was traced to it."""


PLAIN = frozenset({"file", "lineward", "python"})
"""Namespaces without a URI that documents get here."""


@dataclass(frozen=True, slots=True)
class Source:
    """A system that holds documents, under its OpenLineage dataset name.

    https://openlineage.io/docs/spec/naming
    """

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Return the source that *text* names: `namespace/name`, where a namespace is a URI with an authority.

        Other namespaces are known by name, `file` first of all; a text without a namespace is a name in `lineward`.
        Whatever a source is shown as names it.
        """
        scheme, separator, rest = text.partition("://")
        if separator:
            authority, _, path = rest.partition("/")
            return cls(f"{scheme}://{authority}", path)
        namespace, _, name = text.partition("/")
        return cls(namespace, name) if namespace in PLAIN and name else cls("lineward", text)

    @classmethod
    def read(cls, text: str) -> "Source":
        """Return the source that `str` wrote as *text*: a namespace without a scheme ends at the first slash."""
        if "://" in text:
            return cls.parse(text)
        namespace, _, rest = text.partition("/")
        return cls(namespace, rest)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one text of a source."""

    source: Source
    id: str
    """Name within the source: a path, a URL, a primary key."""
    text: str
    version: Digest
    """Digest of the whole text; for a declared piece whose document was never seen, of that piece."""
    title: str | None = None
    url: str | None = None
    labels: Facts = NONE
    """Attributes that policies read as `chunk.…`."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one version of a document, as it may feed a prompt."""

    source: Source
    document: str
    """`Document.id`."""
    version: Digest
    ordinal: int
    """Position among the chunks of its version, from 0."""
    text: str
    how: How
    digest: Digest = ""
    """Digest of `text`; filled in when left out."""
    title: str | None = None
    url: str | None = None
    labels: Facts = NONE
    rank: int = 0
    """Position among all chunks of the request, from 1; 0 before that is known."""
    score: float | None = None
    """Similarity that the search gave, higher is closer; `None` where nothing was searched."""
    path: Path = ()
    """Where in the request the text stands; empty when the gateway brings it."""
    spans: tuple[tuple[int, int], ...] = ()
    """Where in the string at `path` it stands already, in characters; empty when the gateway brings it."""
    block: Path = ()
    """The part of the request that is this chunk and nothing else, such as a document block; empty without one."""
    masked: bool = False
    """Whether findings in `text` were replaced; `digest` still names the text as it was."""
    fence: tuple[str, str] = ("", "")
    """What stands before and after it in a prompt, its heading included."""
    contained: bool = False
    """Whether its document is out of use now. No label: it ends when somebody releases the document."""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", digest(self.text))

    @property
    def in_place(self) -> bool:
        """Whether it stands in the request already, where the caller put it."""
        return bool(self.spans or self.block)

    @property
    def is_brought(self) -> bool:
        """Whether its text is to be put into the prompt; of some chunks it is only known that they took part."""
        return self.how in _BROUGHT and not (self.spans or self.block)

    @property
    def heading(self) -> str:
        """What stands above the text in a prompt."""
        return self.title or self.document

    def ranked(self, rank: int) -> "Chunk":
        """Return the chunk as number *rank* of its request."""
        return self if rank == self.rank else replace(self, rank=rank)


@dataclass(frozen=True, slots=True)
class IngestedDocument:
    """What became of one document on its way into the catalogue."""

    document: Document
    chunks: Sequence[Chunk] = field(default=())
    outcome: str = "added"
    """`added`, `changed` (a new version), `unchanged`, `refused`, `quarantined` (known, so that its text is recognised,
    and used by nobody), or `removed` (its source has it no more)."""
    reason: str | None = None
    """Why it was refused or quarantined: rule and sentence."""
    rule: str | None = None
    """Id of the rule that did so."""
    owner: str | None = None
    """Whom to ask about that rule."""
