"""What it takes to erase, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.errors import GatewayError


class HoldsIt(GatewayError):
    """What shall be erased is under a legal hold."""

    status = 409
    code = "legal_hold"
    type = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold that lies on something."""

    id: str
    at: datetime
    tenant: str
    kind: str
    """`response`, `subject` or `document`."""
    target: str
    reason: str
    index: int
    """Position in the log of the event that placed it."""
    of_incident: bool = False
    """Whether it lies on an item of an incident, which has to be freed to end it; `id` is the incident's."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, or would be."""

    kind: str
    """`subject`, `document` or `retention`."""
    responses: int = 0
    """Responses that no longer say who asked."""
    entries: int = 0
    """Entries of the log that were redacted."""
    texts: int = 0
    """Texts that were removed."""
    documents: Sequence[str] = ()
    """Documents whose texts went: for a person those that nobody but they ever declared."""
    given_up: Sequence[str] = ()
    """Those of them that were in quarantine, which ends with them."""
    index: int | None = None
    """Position in the log of the last event that tells of it; `None` if nothing was done."""
    opening: str = ""
    """With this the commitment in them proves whom it was about. It is kept nowhere: hand it over or drop it."""
    rebuilt: bool = False
    """Whether the database's files were written anew, so that not even free space holds what was there."""
