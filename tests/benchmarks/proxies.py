"""HTTP figures: what one proxy costs a request, with each number of connections, whole and streamed."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import Server
from tests.benchmarks.report import Figure

KEY = "lw-benchmark"
WARM_UP = 300


@dataclass(frozen=True)
class Case:
    """One way of asking, and what it may cost a request."""

    stream: bool
    connections: int
    reference: float
    """CPU milliseconds of the bare floor on the machine for which the budgets were set."""

    @property
    def name(self) -> str:
        """The case as the table names it."""
        many = f"{self.connections} connection{'s' if self.connections > 1 else ''}"
        return f"{'37-event stream' if self.stream else 'whole answer'}, {many}"

    @property
    def budget(self) -> tuple[float, float]:
        """CPU milliseconds: budget and moonshot."""
        return (2.0, 1.0) if self.stream else (1.0, 0.5)


CASES = (Case(False, 1, 0.23), Case(False, 16, 0.22), Case(True, 1, 0.66), Case(True, 16, 0.44))


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

    def cost(self, server: Server, body: bytes, case: Case) -> Cost:
        """Return what answering *body* costs *server* in *case*."""
        self.ask(server.port, body, case.connections, WARM_UP)
        before = server.cpu_seconds()
        total, first, seconds = self.ask(server.port, body, case.connections, self._requests)
        used = server.cpu_seconds() - before
        cuts = statistics.quantiles(total, n=100)
        return Cost(used / len(total) * 1000, cuts[49], cuts[98], statistics.median(first), len(total) / seconds)


def costs(asker: Asker, server: Server, whole: bytes, stream: bytes) -> dict[Case, Cost]:
    """Return the cost of each case; *whole* and *stream* are the request's body."""
    return {case: asker.cost(server, stream if case.stream else whole, case) for case in CASES}


def cpu_figures(system: str, costs: dict[Case, Cost], floor: dict[Case, Cost], *, judged: bool) -> list[Figure]:
    """Return CPU time a request, beside the *floor*; with budgets when *judged*."""
    figures: list[Figure] = []
    for case, cost in costs.items():
        budget, moonshot = case.budget if judged else (None, None)
        figures.append(
            Figure(f"CPU, {case.name}", system, cost.cpu_ms, "ms", budget=budget, moonshot=moonshot,
                   floor=floor[case].cpu_ms, reference=case.reference)
        )  # fmt: skip
    return figures
