"""How fast recorded responses are decided again with other policies, and how much memory that takes."""

import resource
import time
from contextlib import closing
from dataclasses import replace

from gateway.backtesting import backtest
from gateway.domain.records import Span
from gateway.policy.loading import load
from gateway.settings import shipped
from gateway.stores.activations import SQLActivations
from gateway.stores.questions import Questions
from gateway.stores.recorded import SQLRecorded
from tests.benchmarks.report import Figure

SECONDS = 60.0
"""For 100,000 responses."""


def figures(url: str, responses: int) -> list[Figure]:
    """Return what a back-test of all *responses* of the store at *url* takes.

    Tried is a set that keeps confidential documents in the house, against one that does not.
    """
    candidate = load(shipped() / "policies")
    active = replace(candidate, rules=tuple(one for one in candidate.rules if "confidential" not in one.id))
    with closing(Questions(url)) as questions:
        record, sets = SQLRecorded(questions), SQLActivations(questions)
        started = time.perf_counter()
        report = backtest(record, sets, active, candidate, Span())
        seconds = time.perf_counter() - started
        if report.judged != responses or not report.changed:
            raise RuntimeError("the back-test did not judge what it was given")
        budget = SECONDS * responses / 100_000
    name = f"{responses:,}"
    return [
        Figure("back-test of all responses", name, seconds, "s", budget=budget),
        Figure("largest memory of the process, filling included", name, _peak_mb(), "MB"),
    ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
