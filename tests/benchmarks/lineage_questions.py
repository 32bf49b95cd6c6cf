"""The questions that a responder asks, and how long each may take among a million responses (milliseconds).

A new question is one more line of `QUESTIONS`: what it is called, what it may cost, and a function that asks it of the
store at hand.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.domain.records import Fault
from gateway.domain.searches import ChunkWish, Match, Wish
from gateway.domain.subjects import Kind, Subject
from gateway.domain.timelines import Span
from gateway.interfaces import Ledger
from gateway.lineage.proofs import inclusion_proof
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.log import SQLLog
from gateway.stores.questions import Questions
from gateway.stores.search import SQLSearch
from gateway.stores.timelines import SQLTimelines
from tests.benchmarks.lineage_filling import SOURCES, TENANT, Filling, ranked, run_id
from tests.benchmarks.report import Figure

TIMES = 7
"""How often a question is asked, of another response or document each time; the median counts."""

LONG_MS = 2_000.0
"""A question that took longer is not asked again."""

PAGE = 100

FEW = 40
"""Answers whose words are counted."""

RARE = ("stater", "nare", "methe", "thente", "functin", "withe", "opection")
"""Words that nobody writes, of letters that nearly all English texts have next to each other."""


@dataclass(frozen=True)
class Asked:
    """A filled store, and what to ask it about."""

    url: str
    ledger: Ledger
    log: SQLLog
    questions: Questions
    search: SQLSearch
    chunks: SQLChunkSearch
    filling: Filling
    responses: int

    def response(self, turn: int) -> str:
        """Return the id of some response, another one each *turn*."""
        return run_id((turn * 7_919 + 3) % self.responses)

    def words(self, turn: int) -> str:
        """Return five words in a row of some answer that are its own."""
        return " ".join(self._own(turn)[3:8])

    def mixed(self, turn: int) -> str:
        """Return words of some answer in an order in which they stand nowhere."""
        return " ".join(self._own(turn)[3:8][::-1])

    def frequent(self, turn: int) -> str:
        """Return three of the most frequent words, in some order: nearly all texts have all their letters."""
        return " ".join(self._most_frequent[(turn + step) % 9] for step in (4, 0, 7))

    def seldom(self, turn: int) -> str:
        """Return two frequent words of more than five letters, which seldom follow each other."""
        return " ".join(self._frequent_long[(turn + step) % 9] for step in (0, 4))

    @cached_property
    def _most_frequent(self) -> list[str]:
        return [word for word, _ in self._counted.most_common(9)]

    @cached_property
    def _frequent_long(self) -> list[str]:
        return [word for word, _ in self._counted.most_common() if len(word) > 5][:9]

    @cached_property
    def _counted(self) -> Counter[str]:
        return Counter(word for number in range(FEW) for word in self._own(number)[:-1])

    def written(self, turn: int) -> list[str]:
        """Return the words of some chunk."""
        return self.filling.chunk((turn * 7_919 + 3) % self.filling.chunks).text.split()

    def part(self, turn: int) -> str:
        """Return a part of some question, in the middle of words."""
        return self.filling.question(self._number(turn))[3:40]

    def paraphrase(self, turn: int) -> str:
        """Return a stretch of some answer with every ninth word missing."""
        return " ".join(word for place, word in enumerate(self._own(turn)[:60]) if place % 9 != 4)

    def chunk(self, turn: int) -> str:
        """Return the digest of one of the chunks that fed the most responses."""
        return self.filling.chunk(ranked(turn, self.filling.chunks)).digest

    def user(self, turn: int) -> str:
        """Return who asked for some response; to look that up is part of the question."""
        record = self.ledger.response(self.response(turn), TENANT)
        return record.end_user if record else ""

    def _own(self, turn: int) -> list[str]:
        number = self._number(turn)
        return self.filling.answer(number, ()).split(" ")

    def _number(self, turn: int) -> int:
        number = (turn * 7_919 + 3) % self.responses
        return number + 1 if number % 50 == 7 or number % 1_000 == 999 else number  # one that was answered

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


def _impact_of(asked: Asked, subject: Subject) -> int:
    impact = asked.ledger.impact(subject, TENANT, limit=PAGE)
    return impact.total if impact else 0


def _found(asked: Asked, wish: Wish) -> object:
    return asked.search.find(wish, TENANT, limit=PAGE).data


def _written(asked: Asked, text: str) -> object:
    return asked.chunks.find(ChunkWish(text, Match.PHRASE), TENANT, limit=PAGE).data


def _looked(found: object) -> bool:
    """Return that it was looked for: some orders of words stand somewhere, others nowhere."""
    return found is not None


def _timeline(asked: Asked, span: Span) -> object:
    return SQLTimelines(asked.questions).timeline(span, TENANT, limit=PAGE)[0]


def _proof(log: SQLLog, place: int) -> object:
    size = log.head().size
    return inclusion_proof(log, place % size, size)


def verified(asked: Asked) -> Figure:
    """Return how long the quick check of all leaves takes; the budget is that of a million of them."""
    begun = time.perf_counter()
    leaves = _counted(asked.ledger.verify_quickly())
    milliseconds = (time.perf_counter() - begun) * 1000
    budget = 5_000 * leaves / 1_000_000
    return Figure(f"verify --quick, {leaves:,} leaves", f"{asked.responses:,}", milliseconds, "ms", budget=budget)


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
    Question("impact of a popular chunk", 50, lambda a, n: _impact_of(a, Subject(Kind.CHUNK, a.chunk(n)))),
    Question("impact of a source", None, lambda a, n: _impact_of(a, Subject(Kind.SOURCE, str(SOURCES[n])))),
    Question("search: a phrase", 100, lambda a, n: _found(a, Wish(a.words(n), Match.PHRASE))),
    Question("search: a phrase that is everywhere", 100,
             lambda a, n: _found(a, Wish("case 0"[: 4 + n % 3], Match.PHRASE))),
    Question("search: a phrase that is nowhere", 100, lambda a, n: not _found(a, Wish(a.mixed(n), Match.PHRASE))),
    Question("search: a part of words", 100, lambda a, n: _found(a, Wish(a.part(n), Match.PHRASE))),
    Question("search: three of the most frequent words", 100,
             lambda a, n: _looked(_found(a, Wish(a.frequent(n), Match.PHRASE)))),
    Question("search: two frequent words that seldom meet", 100,
             lambda a, n: _looked(_found(a, Wish(a.seldom(n), Match.PHRASE)))),
    Question("search: a rare word of frequent letters", 100,
             lambda a, n: _looked(_found(a, Wish(RARE[n % len(RARE)], Match.PHRASE)))),
    Question("search: digits that are everywhere, in a row that is rare", 100,
             lambda a, n: _found(a, Wish("case 0000", Match.PHRASE))),
    Question("search: a paraphrase", 100, lambda a, n: _found(a, Wish(a.paraphrase(n), Match.SIMILAR))),
    Question("chunks: a phrase", 100, lambda a, n: _written(a, " ".join(a.written(n)[40:45]))),
    Question("chunks: a phrase that is nowhere", 100,
             lambda a, n: not _written(a, " ".join(a.written(n)[40:45][::-1]))),
    Question("chunks: a part of words", 100, lambda a, n: _written(a, " ".join(a.written(n))[101:131])),
    Question("chunks: three of the most frequent words", 100, lambda a, n: _looked(_written(a, a.frequent(n)))),
    Question("timeline of an end user", 50, lambda a, n: _timeline(a, Span(user=a.user(n)))),
    Question("document: versions and labels", 10, lambda a, n: a.ledger.document(a.usual(n), TENANT)),
    Question("documents: a page with a word in the name", 50,
             lambda a, n: a.ledger.documents(TENANT, text=f"0{n}.md", limit=PAGE)[0]),
    Question("inclusion proof", 1, lambda a, n: _proof(a.log, n * 7_919)),
    Question("stats", None, lambda a, n: a.ledger.stats().events),
)  # fmt: skip
"""Every question but that of `verified`. The full check of all rows is `WHOLE`, for who has the time."""

WHOLE = Question("verify", None, lambda a, n: _counted(a.ledger.verify()), once=True)
