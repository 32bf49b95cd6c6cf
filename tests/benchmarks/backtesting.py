"""How fast recorded responses are decided again with other policies."""

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
"""For so many responses as are decided again at most, the newest."""

MOST = 100_000


def figure(url: str, responses: int) -> Figure:
    """Return what a back-test of the *responses* of the store at *url* takes, of the newest `MOST` if it has more.

    Tried is a set that keeps confidential documents in the house, against one that does not.
    """
    candidate = load(shipped() / "policies")
    active = replace(candidate, rules=tuple(one for one in candidate.rules if "confidential" not in one.id))
    judged = min(responses, MOST)
    with closing(Questions(url)) as questions:
        record, sets = SQLRecorded(questions), SQLActivations(questions)
        started = time.perf_counter()
        report = backtest(record, sets, active, candidate, Span(), most=judged)
        seconds = time.perf_counter() - started
    if report.judged != judged or not report.changed:
        raise RuntimeError("the back-test did not judge what it was given")
    budget = SECONDS * judged / MOST
    return Figure(f"back-test of the newest {judged:,} responses", f"{responses:,}", seconds, "s", budget=budget)
