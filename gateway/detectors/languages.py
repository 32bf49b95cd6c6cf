"""Which detectors understand a text, by the language that it is written in."""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from gateway.interfaces import Detector


@runtime_checkable
class OfLanguages(Protocol):
    """A detector that understands some languages only. Others, such as one of patterns, have no such property."""

    @property
    def languages(self) -> Collection[str]:
        """The languages, as `en`, whose texts it understands."""


@runtime_checkable
class Around(Protocol):
    """A detector that has another one do the work, such as a pool of processes."""

    @property
    def detector(self) -> Detector:
        """The one that does."""


def understood(detector: Detector) -> frozenset[str] | None:
    """Return the languages that *detector* understands, `None` when language is no matter to it."""
    if isinstance(detector, OfLanguages):
        return frozenset(detector.languages)
    return understood(detector.detector) if isinstance(detector, Around) else None


def speaking(detectors: Sequence[Detector], languages: Collection[str]) -> tuple[Detector, ...]:
    """Return those of *detectors* that understand one of *languages*, and those for which language is no matter."""
    known = [(detector, understood(detector)) for detector in detectors]
    return tuple(one for one, spoken in known if spoken is None or not spoken.isdisjoint(languages))
