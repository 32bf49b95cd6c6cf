"""Tokens that stand for values for good, `<EMAIL_ADDRESS#3f9a0c12d4e5f607>`: alike for like values, back from none.

With them a provider, or whoever reads a prompt later, can tell that two texts speak of the same person and not of whom.
A plain digest would not do: there are only so many telephone numbers, and who tries them all finds out which it was.
"""

import hmac
from dataclasses import dataclass, field

DIGITS = 16
"""Hexadecimal digits of a token: among a million values, two share one with a probability below 1 in 10 million."""
_TENANT = b"lineward hash v1\0"


@dataclass(frozen=True, slots=True)
class Hashing:
    """Writes tokens with a *key* from the configuration: HMAC-SHA256 (RFC 2104), under a key of its own a tenant."""

    key: bytes = field(repr=False)

    def token(self, tenant: str, entity: str, value: str) -> str:
        """Return what stands for *value*, found to be an *entity* in a text of *tenant*.

        The same characters give the same digits whatever they were found to be, and other digits to another tenant.
        Nobody without the key can say which value it was, or make the token of one.
        """
        own = hmac.digest(self.key, _TENANT + tenant.encode("utf-8", "surrogatepass"), "sha256")
        tag = hmac.digest(own, value.encode("utf-8", "surrogatepass"), "sha256").hex()
        return f"<{entity}#{tag[:DIGITS]}>"
