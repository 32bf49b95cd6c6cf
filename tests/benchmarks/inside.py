"""Figures of single parts, measured in this process."""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.dialects.chat import CHAT
from gateway.dialects.fields import Arrival
from gateway.domain.decisions import Decision, Effect, Target, Use
from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.facts import Facts
from gateway.domain.principals import Principal
from gateway.domain.runs import Edge, Intent, Outcome, RunEvent, RunState, Usage
from gateway.lineage.writer import Writer
from gateway.policy.engine import PolicySet
from gateway.policy.loading import load
from gateway.stores.opening import open_store
from tests.benchmarks.material import SENTENCE, declared
from tests.benchmarks.report import Figure
from tests.benchmarks.systems import write_policies

PRINCIPAL = Principal("bench", "bench", purposes=("benchmark",), purpose="benchmark")
DEST = Facts(provider="upstream", region="eu", self_hosted=False, zero_retention=False, trains_on_data=True, model="m")
ANSWER = (SENTENCE + ". ") * 12
"""About 2 kB."""


def figures(folder: Path) -> list[Figure]:
    """Return every figure of a single part."""
    return [*policies(folder), *patterns(), *asyncio.run(durable(folder)), *sustained(folder)]


def policies(folder: Path) -> list[Figure]:
    """Ten rules on twenty chunks: chunks of which no two are alike to the rules, never asked about, and again."""
    uses = [Use(Target.CHUNK, subject, PRINCIPAL.facts, DEST) for subject in _subjects(20)]
    path = write_policies(folder)
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(20):
        policies = load(path)
        _decide(policies, [Use(Target.CHUNK, Facts(uses[0].subject, document="another"), PRINCIPAL.facts, DEST)])
        cold.append(_milliseconds(lambda: _decide(policies, uses)))  # noqa: B023 - called at once
        warm += [_milliseconds(lambda: _decide(policies, uses)) for _ in range(10)]  # noqa: B023
    return [
        Figure("policy: 10 rules, 20 chunks, cold", "lineward", statistics.median(cold), "ms", budget=0.5),
        Figure("policy: 10 rules, 20 chunks, warm", "lineward", statistics.median(warm), "ms", budget=0.05),
    ]


def _decide(policies: PolicySet, uses: Sequence[Use]) -> None:
    for use in uses:
        if policies.decide(use).effect is not Effect.ALLOW:
            raise RuntimeError("a rule of the benchmark struck")


def _subjects(count: int) -> list[Facts]:
    return [
        Facts(source="lineward/declared", document=f"handbook/{number}.md", how="declared", tenant="bench",
              classification="internal", license="CC-BY-4.0", trust="internal", tags=("handbook", f"{number}"),
              purposes=("benchmark",), residency="eu")
        for number in range(count)
    ]  # fmt: skip


def patterns() -> list[Figure]:
    """Text never seen before, 2,000 characters at a time."""
    detector = CachedDetector([PatternDetector(), SecretDetector()])
    times = asyncio.run(_finding(detector))
    what = "new text, patterns and secrets, 2,000 characters"
    return [Figure(what, "lineward", statistics.median(times), "ms", budget=3.0, moonshot=1.0)]


async def _finding(detector: CachedDetector) -> list[float]:
    """Return how long each of a hundred new texts took."""
    times: list[float] = []
    for number in range(110):
        started = time.perf_counter()
        [found] = await detector.find([_fresh(number)])
        times.append((time.perf_counter() - started) * 1000)
        if not found:
            raise RuntimeError("the detectors overlook the benchmark's address")
    return times[10:]


def _fresh(number: int) -> str:
    contact = f"Order {number}-2026 (12,480.00 EUR) went to Lisbon; ask anna.{number}@example.com, +351 21 555 0100. "
    return (contact + ANSWER)[:2000]


async def durable(folder: Path) -> list[Figure]:
    """How long an intent waits until it is on disk, one at a time and sixteen at once; the floor is the disk's own.

    The disk is asked between the intents, since it has better and worse seconds.
    """
    writer = Writer(open_store(f"sqlite:///{folder}/durable.db"))
    writer.start()
    chunks = _chunks()
    disk: list[float] = []
    alone: list[float] = []
    together: list[float] = []
    try:
        await writer.append([_intent(new_id(), chunks, "first")])
        for number in range(400):
            disk.append(_synced(folder / "disk"))
            alone.append(await _wait(writer, chunks, f"alone {number}"))
        for turn in range(40):
            together += await asyncio.gather(*(_wait(writer, chunks, f"{turn}.{number}") for number in range(16)))
    finally:
        writer.close()
    floor = _percentile_99(disk)
    what = "wait for the durable intent, p99"
    return [
        Figure("4 kB written and synced, p99", "the disk", floor, "ms"),
        Figure(
            f"{what}, one at a time", "lineward", _percentile_99(alone), "ms", budget=2.0, moonshot=1.0, floor=floor
        ),
        Figure(f"{what}, 16 at once", "lineward", _percentile_99(together), "ms", floor=floor),
    ]


def _percentile_99(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _synced(file: Path) -> float:
    """Return how long it takes to append 4 kB to *file* and to have it on disk."""
    with file.open("ab", buffering=0) as written:
        started = time.perf_counter()
        written.write(bytes(4096))
        os.fdatasync(written.fileno())
        return (time.perf_counter() - started) * 1000


async def _wait(writer: Writer, chunks: Sequence[Chunk], question: str) -> float:
    event = _intent(new_id(), chunks, question)
    started = time.perf_counter()
    await writer.append([event])
    return (time.perf_counter() - started) * 1000


def sustained(folder: Path, responses: int = 4_000, batch: int = 100) -> list[Figure]:
    """Responses a second into SQLite, five known chunks each, and what each adds to the file."""
    file = folder / "sustained.db"
    store = open_store(f"sqlite:///{file}")
    chunks = _chunks()
    store.append([_intent(new_id(), chunks, "first")])
    batches = [_responses(chunks, range(start, start + batch)) for start in range(0, responses, batch)]
    before = _size(file)
    started = time.perf_counter()
    for events in batches:
        store.append(events)
    seconds = time.perf_counter() - started
    store.close()
    stored = (_size(file) - before) / responses
    return [
        Figure("recorded in SQLite, five known chunks", "lineward", responses / seconds, "responses/s",
               budget=3_000, moonshot=8_000, at_least=True),
        Figure("stored a response, known chunks, 2 kB of text", "lineward", stored / 1000, "kB",
               budget=3.0, moonshot=1.5),
    ]  # fmt: skip


def _size(file: Path) -> int:
    return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))


def _responses(chunks: Sequence[Chunk], numbers: Sequence[int]) -> list[RunEvent]:
    events: list[RunEvent] = []
    for number in numbers:
        run = new_id()
        answer = f"{number}: {ANSWER}"
        outcome = Outcome("allow", released=digest(answer), provider="upstream", model="bench", usage=Usage(1010, 37),
                          finish_reasons=("stop",), content={digest(answer): answer}, total_ms=812.4)  # fmt: skip
        events.append(_intent(run, chunks, f"Which rule allowed question {number}?"))
        events.append(RunEvent(run, RunState.COMPLETE, outcome, "bench"))
    return events


def _chunks() -> tuple[Chunk, ...]:
    return CHAT.parse(json.loads(declared(stream=False))).documents


def _intent(run: str, chunks: Sequence[Chunk], question: str) -> RunEvent:
    body = {"model": "bench", "messages": [{"role": "user", "content": question}]}
    prompt = CHAT.parse(body, Arrival(digest(question))).with_context(chunks)
    allowed = Decision(Target.CHUNK, Effect.ALLOW, (), digest("policies"))
    intent = Intent(
        principal=PRINCIPAL, model="bench", provider="upstream", region="eu", stream=False, request=digest(question),
        edges=tuple(Edge(chunk.ranked(rank), ChunkState.SENT, allowed) for rank, chunk in enumerate(chunks, 1)),
        manifest=prompt.manifest(), policy=digest("policies"), content={digest(question): question},
        question=digest(question),
    )  # fmt: skip
    return RunEvent(run, RunState.START, intent, "bench")


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000
