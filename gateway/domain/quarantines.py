"""Documents that must not be used any more, until somebody has looked at them and released them."""

from dataclasses import dataclass

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
