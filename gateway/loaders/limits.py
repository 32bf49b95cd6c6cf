"""How much of a file is read: what unpacks to more than it should, or takes longer, is refused and not half read."""

import time
from dataclasses import dataclass

from gateway.domain.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file, whatever its format."""

    bytes: int = 50_000_000
    """Of a file that is held in memory as a whole."""
    unpacked: int = 200_000_000
    """Bytes that its compressed parts may come to."""
    characters: int = 10_000_000
    """Of the text in it."""
    pages: int = 5_000
    depth: int = 1_000
    """Levels of nesting."""
    seconds: float = 20.0
    """Time that reading may take."""


LIMITS = Limits()


class Watch:
    """Watches over the reading of the file *name*, within *limits*."""

    __slots__ = ("_characters", "_name", "_until", "limits")

    def __init__(self, name: str, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._name = name
        self._until = time.monotonic() + limits.seconds
        self._characters = 0

    def tick(self) -> None:
        """Raise `BadRequest` when reading has taken too long."""
        if time.monotonic() > self._until:
            raise self.exceeded(f"takes longer than {self.limits.seconds:g} seconds to read")

    def read(self, text: str) -> None:
        """Count *text*; raise `BadRequest` when there is too much."""
        self._characters += len(text)
        if self._characters > self.limits.characters:
            raise self.exceeded(f"holds more than {self.limits.characters} characters")

    def size(self, blob: bytes) -> None:
        """Raise `BadRequest` when *blob* is too large to be held."""
        if len(blob) > self.limits.bytes:
            raise self.exceeded(f"is larger than {self.limits.bytes} bytes")

    def exceeded(self, sentence: str) -> BadRequest:
        """Return the refusal that says *sentence* of the file."""
        return BadRequest(f"{self._name} {sentence}, the limit for one file.", code="file_too_large")
