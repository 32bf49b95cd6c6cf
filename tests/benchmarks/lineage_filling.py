"""Fills a store with invented responses, through the store's own `append`: any number, the same for the same numbers.

    store = open_store("sqlite:///big.db")
    for done in Filling().fill(store, 100_000):
        ...

Documents are ingested first, each with labels of its own. Which chunks feed a response, and who asks, is as uneven as
in life (Zipf): one chunk feeds every fortieth answer, most feed a handful. A question is a sentence; an answer repeats
sentences of its chunks between its own. Some chunks were dropped, some findings masked, some requests refused, some
runs never ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

import numpy as np

from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import Attempt, Edge, Ingestion, Intent, Noted, Outcome, RunEvent, RunState, Segment, Usage
from gateway.interfaces import Store
from tests.benchmarks.prose_model import ProseModel

Number = TypeVar("Number", int, "Array")
Array: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

TENANT = "bench"
POLICY = digest("the policies of the benchmark")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PACE = timedelta(seconds=15)
"""Between two responses: a million in half a year."""

APPLICATIONS = tuple(f"app-{number:02}" for number in range(12))
USERS = 20_000
SOURCES = tuple(Source("warehouse", f"shelf-{number:02}") for number in range(20))
CHUNKS_EACH = 10
"""Chunks of a document."""

EDGES = 5
"""Chunks of a response."""

REMEMBERED = 50_000
"""Chunks that are made once only."""

CHUNK_WORDS, QUESTION_WORDS, OWN_WORDS, REPEATED_WORDS = 108, 21, 82, 30
"""A chunk has about 650 characters; question and answer of a response together have about 2 kB."""

ALLOW = Decision(Target.CHUNK, Effect.ALLOW, (), POLICY)
DROP = Decision(
    Target.CHUNK,
    Effect.DROP_CHUNK,
    (RuleHit("stays-in-house", Effect.DROP_CHUNK, owner="security", reason="It is confidential."),),
    POLICY,
)
DENY = Decision(
    Target.PROMPT, Effect.DENY, (RuleHit("no-secrets", Effect.DENY, owner="security", reason="A secret."),), POLICY
)
DEST = Facts(
    provider="openai", model="gpt-4o-mini", region="us", self_hosted=False, zero_retention=True, trains_on_data=False
)
FOUND = Noted("EMAIL_ADDRESS", Where.PROMPT, "messages[0].content", 3, 21, 1.0, "patterns", "mask", "pii", "user")

CLASSIFICATIONS = ("public", "internal", "internal", "internal", "confidential")
LICENCES = ("CC-BY-4.0", "MIT", "LicenseRef-Internal", "CC-BY-NC-4.0")
REGIONS = ("eu", "us")


@dataclass(frozen=True)
class Filling:
    """What a store is filled with."""

    chunks: int = 200_000
    batch: int = 500
    """Responses of one transaction."""
    words: ProseModel = field(default_factory=ProseModel)
    _made: dict[int, Chunk] = field(default_factory=dict, repr=False, compare=False)

    def fill(self, store: Store, responses: int, *, start: int = 0) -> Iterator[int]:
        """Append the documents, unless they are there (*start* is not 0), and the responses from *start* on.

        Yield how many responses there are, after each transaction.
        """
        if not start:
            self.ingest(store)
        for at in range(start, responses, self.batch):
            numbers = range(at, min(responses, at + self.batch))
            store.append(self.events(numbers))
            yield numbers.stop

    def ingest(self, store: Store) -> None:
        """Append the documents."""
        for at in range(0, self.chunks, 2_000):
            store.append([self.ingestion(range(at, min(self.chunks, at + 2_000)))])

    def ingestion(self, numbers: range) -> RunEvent:
        """Return the run that brought the chunks *numbers* in."""
        entries = []
        for first in range(numbers.start, numbers.stop, CHUNKS_EACH):
            chunks = tuple(self.chunk(number) for number in range(first, min(numbers.stop, first + CHUNKS_EACH)))
            about = chunks[0]
            document = Document(about.source, about.document, "", about.version, about.title, about.url, about.labels)
            entries.append(IngestedDocument(document, chunks, "added"))
        body = Ingestion(Principal("indexer", TENANT, frozenset({Role.ADMIN})), "kb", entries)
        run = made_id(BEGIN, numbers.start, 3)
        return RunEvent(run, RunState.COMPLETE, body, TENANT, made_id(BEGIN, numbers.start, 4), BEGIN)

    def chunk(self, number: int) -> Chunk:
        """Return chunk *number*."""
        made = self._made.get(number)
        if made is None:
            if len(self._made) > REMEMBERED:
                self._made.clear()
            made = self._made[number] = self._chunk(number)
        return made

    def _chunk(self, number: int) -> Chunk:
        document, ordinal = divmod(number, CHUNKS_EACH)
        name = f"page-{document:05}.md"
        return Chunk(
            SOURCES[document % len(SOURCES)],
            name,
            digest(name),
            ordinal,
            self.words.text(number, CHUNK_WORDS),
            How.RETRIEVED,
            title=f"Page {document}",
            url=f"https://warehouse.example/{name}",
            labels=_labels(document),
        )

    def events(self, numbers: range) -> list[RunEvent]:
        """Return the events of the responses *numbers*."""
        chance = np.random.default_rng(numbers.start)
        fed = _zipf(chance, self.chunks, (len(numbers), EDGES))
        users = _zipf(chance, USERS, len(numbers))
        found: list[RunEvent] = []
        for row, number in enumerate(numbers):
            chunks = [self.chunk(int(one)) for one in dict.fromkeys(fed[row])]
            found += self._response(number, chunks, int(users[row]))
        return found

    def question(self, number: int) -> str:
        """Return what was asked in response *number*."""
        return f"Case {number:07}: {self.words.text(-number - 1 & _MASK, QUESTION_WORDS)}?"

    def _response(self, number: int, chunks: Sequence[Chunk], user: int) -> Iterator[RunEvent]:
        at = BEGIN + number * PACE
        run, question = run_id(number), self.question(number)
        principal = Principal(
            APPLICATIONS[(user + number % 2) % len(APPLICATIONS)],
            TENANT,
            frozenset({Role.APP}),
            ("support",),
            purpose="support",
            end_user=f"user-{user:05}",
        )
        refused = number % 50 == 7
        intent = Intent(
            principal,
            "gpt-4o-mini",
            "" if refused else "openai",
            "" if refused else "us",
            stream=number % 2 == 0,
            request=digest(f"request {number}"),
            edges=_edges(chunks, number),
            findings=(FOUND,) if number % 5 == 0 else (),
            decisions=(DENY,) if refused else (),
            manifest=_manifest(question, chunks),
            policy=POLICY,
            content={digest(question): question},
            question=digest(question),
            trace_id=f"{number + 1:032x}",
            destinations=(DEST,),
        )
        yield RunEvent(run, RunState.START, intent, TENANT, made_id(at, number, 1), at)
        if number % 1_000 != 999:  # a crash
            body = _refused() if refused else self._answer(number, chunks)
            end = at + timedelta(seconds=2)
            yield RunEvent(run, RunState.COMPLETE, body, TENANT, made_id(end, number, 2), end)

    def _answer(self, number: int, chunks: Sequence[Chunk]) -> Outcome:
        answer = self.answer(number, chunks)
        return Outcome(
            "dropped:1" if number % 33 == 0 else "allow",
            released=digest(answer),
            provider="openai",
            model="gpt-4o-mini-2024-07-18",
            attempts=(Attempt("openai", "gpt-4o-mini", "answered"),),
            finish_reasons=("stop",),
            usage=Usage(1200, 230),
            content={digest(answer): answer},
            first_delta_ms=312.5,
            total_ms=1800.25,
        )

    def answer(self, number: int, chunks: Sequence[Chunk]) -> str:
        """Return what was answered in response *number*: words of its *chunks* between its own."""
        own = self.words.text(number + _ANSWERS, OWN_WORDS * 2).split(" ")
        parts = [" ".join(own[:OWN_WORDS])]
        parts += [" ".join(chunk.text.split(" ")[:REPEATED_WORDS]) for chunk in chunks]
        parts.append(" ".join(own[OWN_WORDS:]))
        return ". ".join(parts) + "."


_MASK = (1 << 62) - 1
_ANSWERS = 1 << 40
"""Numbers of answers' own texts, apart from those of chunks."""


def run_id(number: int) -> str:
    """Return the id of response *number*."""
    return made_id(BEGIN + number * PACE, number, 0)


def made_id(at: datetime, number: int, kind: int) -> str:
    """Return the UUID 7 that stands for *kind* and *number* at that time."""
    value = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62 | kind << 48 | number
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _labels(document: int) -> Facts:
    return Facts(
        classification=CLASSIFICATIONS[document % len(CLASSIFICATIONS)],
        license=LICENCES[document % len(LICENCES)],
        residency=REGIONS[document % len(REGIONS)],
        trust="internal",
        purposes=("support",),
        tags=(f"shelf-{document % len(SOURCES):02}",),
    )


def ranked(rank: Number, count: int) -> Number:
    """Return which of *count* has that *rank*: popular chunks stand all over the catalogue, not at its beginning."""
    return rank * 7_919 % count


def _zipf(chance: np.random.Generator, count: int, shape: int | tuple[int, int]) -> Array:
    """Return numbers below *count*; the one of rank r, from 0, as often as 1 / (r + 10)."""
    steps = np.exp(chance.random(shape) * np.log((count + 10) / 10)) * 10 - 10
    return ranked(steps.astype(np.int64), count)


def _edges(chunks: Sequence[Chunk], number: int) -> tuple[Edge, ...]:
    edges = [
        Edge(replace(chunk, rank=rank, score=round(0.95 - rank / 20, 4)), ChunkState.SENT, ALLOW)
        for rank, chunk in enumerate(chunks, 1)
    ]
    if number % 33 == 0:
        edges[-1] = replace(edges[-1], state=ChunkState.DROPPED, decision=DROP)
    return tuple(edges)


def _manifest(question: str, chunks: Sequence[Chunk]) -> tuple[Segment, ...]:
    segments, at = [], 0
    for chunk in chunks:
        end = at + len(chunk.text)
        segments.append(Segment("chunk", "messages[0].content", at, end, chunk.digest, chunk.digest))
        at = end + 2
    name: Digest = digest(question)
    return (*segments, Segment("user", "messages[1].content", 0, len(question), name))


def _refused() -> Outcome:
    return Outcome("denied", error="policy_violation", reason="A secret.", total_ms=3.5)
