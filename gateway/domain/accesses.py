"""Who was shown what, as the log tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.digests import Digest, digest, new_id
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import Accessed, RunEvent, RunState


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One look at the record."""

    at: datetime
    index: int
    """Position in the log."""
    tenant: str
    """Whose record was looked at; empty when an operator looked at all."""
    application: str
    """Whose key it was; `lineward` for a command line."""
    person: str
    """For a command line the system's name for who gave the command; else what the key's application says."""
    roles: Sequence[Role]
    action: str
    subjects: Sequence[str]
    query: Digest


def accessed(principal: Principal, action: str, subjects: Sequence[str] = (), query: str = "") -> RunEvent:
    """Return the event that *principal* is about to be shown *subjects*.

    Of the words of a *query* only their digest is kept. A subject that names a person names them by a digest, too:
    what the log holds cannot be erased.
    """
    body = Accessed(principal, action, tuple(dict.fromkeys(subjects)), digest(query) if query else "")
    return RunEvent(run=new_id(), state=RunState.COMPLETE, body=body, tenant=principal.tenant)
