"""Within which values keep their tokens."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose values these are: one conversation of one user of one application."""

    tenant: str
    application: str
    end_user: str
    conversation: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the scope: what stands in the database, for a conversation's id may itself name somebody."""
        return hashlib.sha256(joined(self.tenant, self.application, self.end_user, self.conversation)).digest()


def joined(*parts: str) -> bytes:
    """Return *parts* as bytes that no other parts give."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
