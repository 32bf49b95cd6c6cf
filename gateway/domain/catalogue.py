"""What the catalogue knows of a chunk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.digests import Digest


@dataclass(frozen=True, slots=True)
class VersionChunk:
    """One chunk of a version."""

    ordinal: int
    digest: Digest
    tenant: str
    """Whose it is."""


@dataclass(frozen=True, slots=True)
class ChunkOrigin:
    """One place in which a chunk stands, and how it came in."""

    tenant: str
    source: str
    document: str
    version: Digest
    ordinal: int
    at: datetime
    """When it was first seen there."""
    index: int
    """Entry of the log that brought it."""
    run: str
    """The ingest run, or the response in which a caller brought it."""
    by: str
    """`ingest`, or `request` for a chunk that was only ever declared or pasted."""
    application: str
    end_user: str
    collection: str
    companions: Sequence[str]
    """Documents that came in with it, its own among them."""
    companions_total: int
    text: str | None = None
    """`None` when it is not kept."""
