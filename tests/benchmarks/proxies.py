"""HTTP figures: what one proxy costs a request, with each number of connections, whole and streamed."""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import Server
from tests.benchmarks.report import Figure

KEY = "lw-benchmark"
WARM_UP = 300
TURNS = 4
"""Slices in which a case is measured, so that systems measured together take turns."""


@dataclass(frozen=True)
class Case:
    """One way of asking, and what it may cost a request."""

    stream: bool
    connections: int

    @property
    def name(self) -> str:
        """The case as the table names it."""
        many = f"{self.connections} connection{'s' if self.connections > 1 else ''}"
        return f"{'37-event stream' if self.stream else 'whole answer'}, {many}"

    @property
    def budget(self) -> tuple[float, float]:
        """CPU milliseconds: budget and moonshot."""
        return (2.0, 1.0) if self.stream else (1.0, 0.5)


CASES = (Case(False, 1), Case(False, 16), Case(True, 1), Case(True, 16))

REFERENCE = {1: 0.23, 16: 0.22}
"""CPU milliseconds of the bare floor for a whole answer, by connections, on the machine for which budgets were set."""


@dataclass(frozen=True)
class Cost:
    """What a case cost one system."""

    cpu_ms: float
    """CPU time of the process tree, a request."""
    p50_ms: float
    p99_ms: float
    first_ms: float
    """Median time to the answer's first bytes."""
    requests_per_second: float


@dataclass(frozen=True)
class Subject:
    """A server, and the bodies that it is asked with."""

    server: Server
    whole: bytes
    stream: bytes

    def body(self, case: Case) -> bytes:
        """Return what is asked in *case*."""
        return self.stream if case.stream else self.whole


class Asker:
    """Asks servers with the load client, in a process of its own; no question comes twice."""

    def __init__(self, folder: Path, requests: int) -> None:
        self._folder = folder
        self._requests = requests
        self._asked = 0

    def ask(self, port: int, body: bytes, connections: int, requests: int) -> tuple[list[float], list[float], float]:
        """Return total and first-byte times in milliseconds of *requests* answers, and the seconds in all."""
        file = self._folder / "body.json"
        file.write_bytes(body)
        command = [
            sys.executable, "-m", "tests.benchmarks.load", "--port", str(port), "--key", KEY, "--body", str(file),
            "--connections", str(connections), "--requests", str(requests), "--first", str(self._asked),
        ]  # fmt: skip
        self._asked += requests
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-1000:])
        measured = json.loads(done.stdout)
        return measured["total"], measured["first"], measured["seconds"]

    def slice(self, subject: Subject, case: Case, requests: int) -> tuple[float, list[float], list[float], float]:
        """Ask *subject* and return the CPU seconds that it used, and what `ask` returns."""
        before = subject.server.cpu_seconds()
        asked = self.ask(subject.server.port, subject.body(case), case.connections, requests)
        return (subject.server.cpu_seconds() - before, *asked)

    def costs(self, subjects: Sequence[Subject]) -> list[dict[Case, Cost]]:
        """Return what each case costs each of *subjects*, which take turns: all share the machine's good seconds."""
        found: list[dict[Case, Cost]] = [{} for _ in subjects]
        for case in CASES:
            for subject in subjects:
                self.ask(subject.server.port, subject.body(case), case.connections, WARM_UP)
            turns = [[self.slice(subject, case, self._requests // TURNS) for subject in subjects] for _ in range(TURNS)]
            for costs, slices in zip(found, zip(*turns, strict=True), strict=True):
                costs[case] = _cost(slices)
        return found


def _cost(slices: Sequence[tuple[float, list[float], list[float], float]]) -> Cost:
    total = [time for _, times, _, _ in slices for time in times]
    first = [time for _, _, times, _ in slices for time in times]
    used, seconds = sum(one[0] for one in slices), sum(one[3] for one in slices)
    cuts = statistics.quantiles(total, n=100)
    return Cost(used / len(total) * 1000, cuts[49], cuts[98], statistics.median(first), len(total) / seconds)


def cpu_figures(system: str, costs: dict[Case, Cost], floor: dict[Case, Cost], *, judged: bool) -> list[Figure]:
    """Return CPU time a request, beside the *floor*; with budgets when *judged*."""
    figures: list[Figure] = []
    for case, cost in costs.items():
        budget, moonshot = case.budget if judged else (None, None)
        pace = REFERENCE[case.connections] / floor[Case(False, case.connections)].cpu_ms
        figures.append(
            Figure(f"CPU, {case.name}", system, cost.cpu_ms, "ms", budget=budget, moonshot=moonshot,
                   floor=floor[case].cpu_ms, pace=pace)
        )  # fmt: skip
    return figures
