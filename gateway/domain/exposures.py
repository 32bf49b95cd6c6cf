"""Whether personal data and secrets left: what kinds, to whom, and whether as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Left(StrEnum):
    """What became of a value that was found."""

    UNMASKED = "unmasked"
    """It left as it was."""
    MASKED = "masked"
    """Something else left in its place: a mask, a token or a hash."""
    WITHHELD = "withheld"
    """Neither it nor its place left: it was refused or cut out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are meant; a field that is empty leaves none out."""

    since: datetime | None = None
    until: datetime | None = None
    application: str = ""
    """Whose requests and answers they were found in."""
    end_user: str = ""
    """For whom it asked."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Findings of one kind that met with one fate on one way."""

    entity: str
    left: Left
    to: str
    """`provider`, in a prompt; or `caller`, in an answer."""
    provider: str
    """Who was sent the prompt or gave the answer; empty when nobody was asked."""
    region: str
    """Where that is, as configured; empty for answers."""
    action: str
    """The effect of the rule, `allow` without one."""
    findings: int
    responses: int


@dataclass(frozen=True, slots=True)
class Total:
    """How often one kind was found on one way, and what the rules said, whoever was asked."""

    entity: str
    to: str
    action: str
    findings: int


@dataclass(frozen=True, slots=True)
class Exposures:
    """All of a time."""

    data: Sequence[Exposure]
    """What left as it was first."""
    complete: bool
    """Whether all findings of the time are counted in *data*; else only the newest are."""
    since: datetime | None = None
    """When the earliest of those was found; `None` if they are all."""
    totals: Sequence[Total] = ()
    """All findings of the time, the most frequent first."""
