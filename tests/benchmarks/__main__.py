"""What Lineward costs with everything on, beside a bare proxy, in one run: `make bench`.

Everything runs on loopback, each system in processes of its own. Times are judged by what they would be on the machine
for which the budgets were set: as much faster or slower as the bare floor is there.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks import inside, systems
from tests.benchmarks.material import declared, pasted
from tests.benchmarks.processes import Server
from tests.benchmarks.proxies import CASES, Asker, Subject, cpu_figures
from tests.benchmarks.report import Figure, show, write

PACED = "bench-paced"
STARTS = 3

err = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table and write the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="requests of each HTTP case")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures are written")
    parser.add_argument("--litellm", default="", help="LiteLLM's command, when it is installed elsewhere")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lineward-bench-") as folder:
        figures, notes = measured(Path(folder), options.requests, options.litellm)
    show(figures, notes, Console(width=None if sys.stdout.isatty() else 160))
    write(figures, notes, options.json)
    err.print(f"Written to {options.json}", style="dim")


def measured(folder: Path, requests: int, litellm: str) -> tuple[list[Figure], list[str]]:
    """Return every figure, and notes on what was not measured."""
    notes: list[str] = []
    with systems.upstream(folder) as upstream:
        url = f"http://127.0.0.1:{upstream.port}/v1"
        with systems.floor(folder, url) as floor:
            err.print("Lineward, with everything on, and the bare floor in turns ...", style="dim")
            figures = lineward(folder, url, Asker(folder, requests), upstream, floor)
            reason = "" if litellm else systems.litellm_reason()
            if reason:
                notes.append(reason)
            else:
                err.print("LiteLLM's proxy, its guards off, and the bare floor in turns ...", style="dim")
                figures += proxy(folder, url, Asker(folder, max(requests // 10, 100)), floor, litellm)
    err.print("Single parts ...", style="dim")
    return figures + inside.figures(folder), notes


def pasting(server: Server) -> Subject:
    """Return *server*, asked with the documents in the message."""
    return Subject(server, pasted(stream=False), pasted(stream=True))


def lineward(folder: Path, url: str, asker: Asker, upstream: Server, floor: Server) -> list[Figure]:
    """Return the figures of `lineward serve` and of the bare *floor*."""
    starts: list[float] = []
    for number in range(STARTS - 1):
        with systems.lineward(folder / f"start-{number}", url, declared(stream=False)) as server:
            starts.append(server.seconds_to_answer)
    with systems.lineward(folder / "lineward", url, declared(stream=False)) as server:
        starts.append(server.seconds_to_answer)
        own = Subject(server, declared(stream=False), declared(stream=True))
        direct, bare, ours = asker.costs([pasting(upstream), pasting(floor), own])
        first = first_words(asker, server) - first_words(asker, upstream)
        added = ours[CASES[0]].p50_ms - direct[CASES[0]].p50_ms
        return [
            *cpu_figures("bare floor", bare, bare, judged=False),
            *cpu_figures("lineward", ours, bare, judged=True),
            Figure("p50 added to a whole answer", "lineward", added, "ms", budget=1.5, moonshot=0.8),
            Figure("first word of a paced stream, added", "lineward", first, "ms", budget=5.0, moonshot=2.0),
            Figure("RSS under load", "bare floor", floor.rss_megabytes(), "MB"),
            Figure("RSS under load", "lineward", server.rss_megabytes(), "MB", budget=150, moonshot=120),
            Figure("start to first answer", "lineward", statistics.median(starts), "s", budget=1.5, moonshot=0.8),
        ]


def proxy(folder: Path, url: str, asker: Asker, floor: Server, command: str) -> list[Figure]:
    """Return the figures of LiteLLM's proxy."""
    with systems.litellm(folder / "litellm", url, command) as server:
        bare, theirs = asker.costs([pasting(floor), pasting(server)])
        return [
            *cpu_figures("litellm proxy", theirs, bare, judged=False),
            Figure("RSS under load", "litellm proxy", server.rss_megabytes(), "MB"),
            Figure("start to first answer", "litellm proxy", server.seconds_to_answer, "s"),
        ]


def first_words(asker: Asker, server: Server) -> float:
    """Return the median time to the first word of a stream that brings one every ten milliseconds."""
    _, first, _ = asker.ask(server.port, declared(stream=True, model=PACED), connections=1, requests=30)
    return statistics.median(first)


if __name__ == "__main__":
    main(sys.argv[1:])
