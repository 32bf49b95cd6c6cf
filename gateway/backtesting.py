"""Trying a policy set on what was recorded: each response is decided again, and compared with what decided it then."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Protocol

from gateway.domain.digests import Digest
from gateway.domain.errors import ConfigurationError
from gateway.domain.records import Recorded, Span
from gateway.policy.backtest import KEPT, Backtest, Report, blind_spots
from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse

SETS = 32
"""Policy sets of the past that are held at once."""


class Responses(Protocol):
    """The record, response by response."""

    def count(self, span: Span) -> int:
        """Return how many responses *span* means."""

    def pages(self, span: Span) -> Iterator[Sequence[Recorded]]:
        """Yield them, newest first, some at a time."""


class Sets(Protocol):
    """The policy sets that were active once."""

    def files(self, digest: Digest) -> Mapping[str, str] | None:
        """Return the policy files of the set *digest*, if they are known."""


def backtest(
    responses: Responses,
    sets: Sets,
    active: PolicySet,
    candidate: PolicySet,
    span: Span,
    *,
    keep: int = KEPT,
    most: int | None = None,
    enforced: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Return what *candidate* would have changed in the responses of *span*, of which the newest *most* are read.

    Each is compared with the set that decided it, or with the *active* one if that set's files are not known. No model
    is asked. *keep* changed responses are listed; *enforced* tries rules in shadow as if they were enforced; *progress*
    hears how many responses were done. Raises `LineageUnavailable`.
    """

    @lru_cache(maxsize=SETS)
    def baseline(digest: Digest) -> tuple[PolicySet, bool]:
        known = active if digest == active.digest else _recorded(sets, digest)
        return (active, False) if known is None else (known, True)

    trial = Backtest(candidate, baseline, keep, enforced=enforced)
    for page in responses.pages(span):
        left = None if most is None else most - trial.report.responses
        trial.take(islice(page, left))
        progress(len(page))
        if left is not None and len(page) >= left:
            trial.report.complete = responses.count(span) <= trial.report.responses
            break
    trial.report.notes += blind_spots(active, candidate)
    return trial.report


def _recorded(sets: Sets, digest: Digest) -> PolicySet | None:
    """Return the set *digest* from its recorded files; `None` if they are not known or do not say it any more."""
    files = sets.files(digest)
    if files is None:
        return None
    try:
        policies = parse(files).policies
    except ConfigurationError:
        return None
    return policies if policies.digest == digest else None
