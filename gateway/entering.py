"""What an ingest works with: the seams to policies, detection, log and collection, and its report."""

from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.chunking import Cut
from gateway.domain.decisions import Decision, Use
from gateway.domain.documents import Chunk, Document, IngestedDocument
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.runs import RunEvent
from gateway.interfaces import Vector


class Decides(Protocol):
    """A policy set."""

    def decide(self, use: Use) -> Decision:
        """Return whether and how the *use* is allowed."""


class Travels(Protocol):
    """Knows what other systems tagged upstream of documents."""

    async def entering(self, documents: Sequence[Document], tenant: str) -> Sequence[Facts]:
        """Return the labels that travel to each of *documents* now. Raises `ContextUnavailable`."""


class Finds(Protocol):
    """Detection that remembers what it found, so that a chunk is scanned once and not in each request."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text."""


class Log(Protocol):
    """Where the record is written."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Hand over *events*; what is returned is done when they are durable."""


class Library(Protocol):
    """Chunks that can be recognised; its methods may wait for a disk."""

    def register(self, chunks: Sequence[Chunk], tenant: str) -> int:
        """Make *chunks* of *tenant* recognisable. Raises `LineageUnavailable`."""


class VectorIndex(Protocol):
    """The writing side of collections that can be searched. A document is given by all chunks of one version."""

    async def holds(self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]]) -> Sequence[bool]:
        """Tell of each of *documents* whether exactly its chunks are held, labels included."""

    async def put(
        self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]], vectors: Sequence[Vector]
    ) -> None:
        """Make *documents* the only versions held; *vectors* are those of all their chunks in order."""

    async def describe(self, tenant: str, documents: Sequence[IngestedDocument], but: str) -> None:
        """Describe what every collection except *but* holds of *documents* as they are described; a text stays."""

    async def remove(self, collection: str, tenant: str, documents: Sequence[Document]) -> None:
        """Hold nothing of any version of *documents*."""


Entering = Document | Cut | BadRequest
"""What comes in: a document, cut or not, or why one could not be read."""

Entered = IngestedDocument | BadRequest
"""What became of one document; an error for one that could not be read."""


@dataclass(slots=True)
class Report:
    """What came of one ingest."""

    run: str
    """Id of the run, under which the log has it."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Documents `added`, `changed`, `unchanged`, `removed`, `refused`, `quarantined` and `unreadable`."""
    chunks: int = 0
    """Chunks that entered."""
    findings: Counter[str] = field(default_factory=Counter)
    """What the detectors found in them, by entity."""
    refused: list[IngestedDocument] = field(default_factory=list)
    """Those that did not enter, refused or quarantined."""
    unreadable: list[BadRequest] = field(default_factory=list)

    def add(self, entered: Entered) -> None:
        """Count what became of one document."""
        if isinstance(entered, BadRequest):
            self.outcomes["unreadable"] += 1
            self.unreadable.append(entered)
            return
        self.outcomes[entered.outcome] += 1
        if entered.outcome in ("refused", "quarantined"):
            self.refused.append(entered)
        else:
            self.chunks += len(entered.chunks)
