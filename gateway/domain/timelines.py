"""What happened, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """What a timeline is of. Of several that are given all must hold; without any it is of everything."""

    conversation: str = ""
    response: str = ""
    """One: whatever else its caller said in the same conversation belongs to it, and who looked at it."""
    user: str = ""
    app: str = ""
    document: str = ""
    incident: str = ""
    """Its own steps, and what happened to its items: where documents and chunks came from, quarantines, and from the
    moment on in which an item was added who looked at it and which responses it fed."""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it is of something, and not of everything."""
        return any((self.conversation, self.response, self.user, self.app, self.document, self.incident))


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened."""

    at: datetime
    index: int
    """Entry of the log that tells of it."""
    type: str
    """`response`, or the event's type: `ingest`, `quarantine`, `policy`, `access`, `incident` …"""
    id: str
    """The response or run."""
    application: str
    person: str
    """The end user, or who gave a command."""
    what: str
    """In a few words; nothing of any text."""
    documents: Sequence[str] = ()
    """Those that took part, the first of them."""
