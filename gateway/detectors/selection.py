"""Which findings count: the configuration that detectors of values share."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar

from gateway.domain.digests import digest
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding


@dataclass(frozen=True)
class Selection:
    """A choice among what a detector could report. Raises `ConfigurationError` for an entity that nobody looks for."""

    entities: frozenset[str]
    """What to look for."""
    allow: frozenset[str] = frozenset()
    """Values that are no findings, exactly as they would be written: `support@example.com`."""
    min_score: float = 0.5
    """Findings that are less sure are left out."""

    name: ClassVar[str]
    """Name and generation of the patterns: a change of what they find changes it."""
    known: ClassVar[frozenset[str]]
    """Every entity that can be looked for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "entities", frozenset(self.entities))
        object.__setattr__(self, "allow", frozenset(self.allow))
        for entity in sorted(self.entities - self.known):
            raise ConfigurationError(f"{self.name}: entities: {entity!r} is not one of {sorted(self.known)}")
        if not 0 <= self.min_score <= 1:
            raise ConfigurationError(f"{self.name}: min_score: {self.min_score} is not between 0 and 1")

    @cached_property
    def version(self) -> str:
        """The detector's name and, where it is configured, a digest of the configuration."""
        chosen = [(field.name, getattr(self, field.name)) for field in fields(self)]
        changed = [(name, _steady(value)) for name, value in chosen if value != getattr(type(self), name)]
        return f"{self.name}:{digest(repr(changed))[7:19]}" if changed else self.name

    async def prepare(self) -> None:
        """Nothing is to be loaded."""

    async def aclose(self) -> None:
        """Nothing is open."""

    def chosen(self, text: str, findings: Iterable[Finding]) -> list[Finding]:
        """Return those of *findings*, made in *text*, that count, each once."""
        return [
            finding
            for finding in dict.fromkeys(findings)
            if finding.entity in self.entities
            and finding.score >= self.min_score
            and text[finding.start : finding.end] not in self.allow
        ]


def _steady(value: object) -> object:
    """Return *value* in a form that is written the same way in every process."""
    return sorted(value) if isinstance(value, frozenset) else value
