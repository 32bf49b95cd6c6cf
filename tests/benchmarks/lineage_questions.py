"""The questions that a responder asks, and how long each may take among a million responses (milliseconds).

A new question is one more line of `QUESTIONS`: what it is called, what it may cost, and a function that asks it of the
store at hand.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.records import Fault
from gateway.domain.subjects import Subject
from gateway.interfaces import Ledger
from gateway.lineage.proofs import inclusion_proof
from gateway.stores.log import SQLLog
from tests.benchmarks.lineage_filling import TENANT, Filling, ranked, run_id
from tests.benchmarks.report import Figure

TIMES = 7
"""How often a question is asked, of another response or document each time; the median counts."""

LONG_MS = 2_000.0
"""A question that took longer is not asked again."""

PAGE = 100


@dataclass(frozen=True)
class Asked:
    """A filled store, and what to ask it about."""

    url: str
    ledger: Ledger
    log: SQLLog
    filling: Filling
    responses: int

    def response(self, turn: int) -> str:
        """Return the id of some response, another one each *turn*."""
        return run_id((turn * 7_919 + 3) % self.responses)

    def popular(self, turn: int) -> str:
        """Return the document of one of the chunks that fed the most responses."""
        return self._document(turn)

    def usual(self, turn: int) -> str:
        """Return the document of a chunk that fed about five responses."""
        return self._document(min(self.filling.chunks // 2, self.responses // 10) + turn)

    def _document(self, rank: int) -> str:
        return self.filling.chunk(ranked(rank, self.filling.chunks)).document


@dataclass(frozen=True)
class Question:
    """What is asked."""

    name: str
    budget: float | None
    """Milliseconds; `None` where BUDGETS say nothing."""
    ask: Callable[[Asked, int], object]
    """Asks for the so manieth time; what it returns must not be empty."""
    once: bool = False


def figures(asked: Asked, more: Sequence[Question] = ()) -> Iterator[Figure]:
    """Yield how long each question takes, in milliseconds: all of `QUESTIONS`, and *more*."""
    for question in (*QUESTIONS, *more):
        yield Figure(question.name, f"{asked.responses:,}", _median(question, asked), "ms", budget=question.budget)


def _median(question: Question, asked: Asked) -> float:
    times: list[float] = []
    for turn in range(TIMES):
        begun = time.perf_counter()
        if not question.ask(asked, turn):
            raise RuntimeError(f"nothing was found: {question.name}")
        times.append((time.perf_counter() - begun) * 1000)
        if question.once or times[-1] > LONG_MS:
            break
    return statistics.median(times)


def _impact(ledger: Ledger, document: str) -> int:
    impact = ledger.impact(Subject.document(document), TENANT, limit=PAGE)
    return impact.total if impact else 0


def _proof(log: SQLLog, place: int) -> object:
    size = log.head().size
    return inclusion_proof(log, place % size, size)


def _counted(steps: Iterator[Fault | int]) -> int:
    """Return how many entries were checked; all must be right."""
    done = 0
    for step in steps:
        if isinstance(step, Fault):
            raise RuntimeError(step.problem)
        done = step
    return done


QUESTIONS: tuple[Question, ...] = (
    Question("trace: the record of a response", 10, lambda a, n: a.ledger.response(a.response(n), TENANT)),
    Question("list: the newest 100 responses", 50, lambda a, n: a.ledger.responses(TENANT, limit=PAGE)[0]),
    Question("impact of a usual document", 50, lambda a, n: _impact(a.ledger, a.usual(n))),
    Question("impact of a popular document", 50, lambda a, n: _impact(a.ledger, a.popular(n))),
    Question("document: versions and labels", 10, lambda a, n: a.ledger.document(a.usual(n), TENANT)),
    Question("documents: a page with a word in the name", 50,
             lambda a, n: a.ledger.documents(TENANT, text=f"0{n}.md", limit=PAGE)[0]),
    Question("inclusion proof", 1, lambda a, n: _proof(a.log, n * 7_919)),
    Question("stats", None, lambda a, n: a.ledger.stats().events),
    Question("verify --quick", 5_000, lambda a, n: _counted(a.ledger.verify_quickly()), once=True),
)  # fmt: skip
"""Every question, the slow ones last. The full check of all rows is `WHOLE`, for who has the time."""

WHOLE = Question("verify", None, lambda a, n: _counted(a.ledger.verify()), once=True)
