"""Documents that must not be used any more, until somebody has looked at them and released them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.digests import Digest
from gateway.domain.documents import Source


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What a rule orders of one document: no version of it is used by anybody of its tenant from now on."""

    tenant: str
    source: Source
    document: str
    """`Document.id`."""
    reason: str
    """The rule's sentence; nothing of the text."""
    rule: str
    owner: str | None
    """Whom to ask about the rule."""
    run: str
    """The response or ingest in whose record the rule's decision stands."""


@dataclass(frozen=True, slots=True)
class Contained:
    """A document that is out of use."""

    tenant: str
    namespace: str
    source: str
    """Name of its source."""
    document: str
    chunks: frozenset[Digest]
    """Digests of all chunks that it ever had."""


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """What the log says of one quarantine or release."""

    at: datetime
    index: int
    """Position in the log: what came later was asked when it held."""
    tenant: str
    source: str
    document: str
    released: bool
    reason: str
    rule: str
    owner: str | None
    run: str
    application: str
    """Whose key ordered it; empty when a rule did, `lineward` for a command line."""
    person: str


class Quarantines(Protocol):
    """Takes documents out of use, for all workers and as long as nobody releases them."""

    async def quarantine(self, ordered: Quarantine) -> None:
        """Return when the document is quarantined and the log says so; again changes nothing.

        Raises `LineageUnavailable`.
        """
