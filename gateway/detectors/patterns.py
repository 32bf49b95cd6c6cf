"""Personal data that a shape or a checksum gives away."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.detectors.addresses import emails, ipv4_addresses, ipv6_addresses
from gateway.detectors.numbers import cards, ibans, social_security_numbers
from gateway.detectors.phones import phones
from gateway.detectors.selection import Selection
from gateway.detectors.views import view
from gateway.domain.findings import Finding

ENTITIES = frozenset({"EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "PHONE_NUMBER", "IP_ADDRESS"})

_SEVEN_DIGITS = re.compile(r"[0-9](?:[^0-9]{0,6}[0-9]){6}")
"""No card, account, social security or telephone number has fewer, or has them wider apart."""


@dataclass(frozen=True)
class PatternDetector(Selection):
    """Finds e-mail and IP addresses, payment cards, IBANs, US social security and telephone numbers."""

    entities: frozenset[str] = ENTITIES

    name: ClassVar[str] = "patterns-1"
    known: ClassVar[frozenset[str]] = ENTITIES

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*."""
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> list[Finding]:
        seen = view(text)
        found = [*_candidates(seen.text)]
        return seen.located(self.chosen(seen.text, found)) if found else found


def _candidates(text: str) -> Iterator[Finding]:
    """Yield what looks like a value; a family is only asked when *text* has what its values are made of."""
    if "@" in text:
        yield from emails(text)
    if "." in text and text.count(".") > 2:
        yield from ipv4_addresses(text)
    if ":" in text:
        yield from ipv6_addresses(text)
    if _SEVEN_DIGITS.search(text):
        yield from cards(text)
        yield from ibans(text)
        yield from social_security_numbers(text)
        yield from phones(text)
