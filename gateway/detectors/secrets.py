"""Secrets: what opens a door to whoever reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.detectors.passwords import KEY_HINTS, PASSWORD_HINTS, SIGN, connection_strings, passwords, random_keys
from gateway.detectors.selection import Selection
from gateway.detectors.tokens import BEGIN, TOKENS, Finder, private_keys
from gateway.detectors.views import view
from gateway.domain.findings import Finding

ENTITIES = frozenset(
    {"AWS_ACCESS_KEY", "GCP_API_KEY", "AZURE_KEY", "GITHUB_TOKEN", "SLACK_TOKEN", "OPENAI_API_KEY",
     "ANTHROPIC_API_KEY", "STRIPE_KEY", "PRIVATE_KEY", "JWT", "CONNECTION_STRING", "PASSWORD", "HIGH_ENTROPY_SECRET"}
)  # fmt: skip


@dataclass(frozen=True)
class SecretDetector(Selection):
    """Finds provider keys, private keys, JSON web tokens, passwords, and random strings that are called a key."""

    entities: frozenset[str] = ENTITIES

    name: ClassVar[str] = "secrets-1"
    known: ClassVar[frozenset[str]] = ENTITIES

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*."""
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> list[Finding]:
        seen = view(text)
        found = [*_candidates(seen.text)]
        return seen.located(self.chosen(seen.text, found)) if found else found


_LETTERS = ("AKIA", "ASIA", "ABIA", "ACCA", "AIza")
"""Beginnings of secrets that could go on without a digit or sign, as `eyJ` is one."""
_FINDERS: Mapping[str, Finder] = {
    **TOKENS,
    BEGIN.lower(): private_keys,
    "://": connection_strings,
    **dict.fromkeys(PASSWORD_HINTS, passwords),
    **dict.fromkeys(KEY_HINTS, random_keys),
}


def _candidates(text: str) -> Iterator[Finding]:
    """Yield what looks like a secret; a finder is only asked when *text* has one of its hints."""
    if not (SIGN.search(text) or "eyJ" in text or ("A" in text and any(map(text.__contains__, _LETTERS)))):
        return
    small = _small(text)
    hinted = [find for hint, find in _FINDERS.items() if hint in small]
    for find in dict.fromkeys(hinted):
        yield from find(text, small)


def _small(text: str) -> str:
    """Return *text* in small letters, character by character where a letter's small form would be longer."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
