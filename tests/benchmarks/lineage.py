"""What the lineage store takes and how fast it answers as it grows: `make bench-lineage`.

One store is filled with invented responses (lineage_filling.py), and at each size every question is asked
(lineage_questions.py). With `--url` the store is a database of your own, PostgreSQL for one; it must be empty.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from gateway.following import Followed, Following
from gateway.interfaces import Ledger, Store
from gateway.stores import gathering, segments
from gateway.stores.callerblocks import SIZE
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.gathering import CallerGatherer
from gateway.stores.indexing import SearchIndexer
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from tests.benchmarks import backtesting
from tests.benchmarks.lineage_filling import Filling
from tests.benchmarks.lineage_questions import WHOLE, Asked, figures
from tests.benchmarks.report import Figure, table, write

err = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str]) -> None:
    """Fill, ask, print a table for each size, and write the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lineage", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of responses")
    parser.add_argument("--chunks", type=int, default=200_000, help="chunks that are ingested")
    parser.add_argument("--whole", action="store_true", help="also run the full verification at each size (minutes)")
    parser.add_argument("--url", default="", help="an empty database; a file that is thrown away, if none is named")
    parser.add_argument("--keep", type=Path, help="a folder in which the store stays")
    parser.add_argument("--json", type=Path, default=Path("bench-lineage.json"), help="where the figures are written")
    options = parser.parse_args(arguments)
    sizes = sorted(int(size) for size in options.sizes.split(",") if size)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="lineward-bench-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        url = options.url or f"sqlite:///{place}/lineage.db"
        for size, measured in growth(url, Filling(options.chunks), sizes, whole=options.whole):
            found += measured
            Console(width=None if sys.stdout.isatty() else 140).print(table(measured, f"{size:,} responses"))
    write(found, [], options.json)
    err.print(f"Written to {options.json}", style="dim")


def growth(url: str, filling: Filling, sizes: Sequence[int], *, whole: bool) -> Iterator[tuple[int, list[Figure]]]:
    """Yield each of *sizes* with what was measured of the store at *url* when it had so many responses."""
    with closing(open_store(url)) as store, closing(open_ledger(url)) as ledger:
        filling.ingest(store)
        before, done = _held(url, ledger), 0
        for size in sizes:
            seconds = _filled(store, filling, done, size)
            held = _held(url, ledger)
            name = f"{size:,}"
            measured = [
                Figure("recorded", name, (size - done) / seconds, "responses/s", budget=3_000, moonshot=8_000,
                       at_least=True),
                Figure("stored a response", name, (held - before) / size / 1000, "kB", budget=3.0, moonshot=1.5),
            ]  # fmt: skip
            done = size
            measured += derived(url, name)
            with (
                closing(SQLLog(url, "bench")) as log,
                closing(Questions(url)) as questions,
                closing(SQLSearch(url)) as search,
            ):
                asked = Asked(url, ledger, log, questions, search, filling, size)
                measured += figures(asked, (WHOLE,) if whole else ())
            measured += backtesting.figures(url, size)
            yield size, measured


def _held(url: str, ledger: Ledger) -> int:
    """Return how many bytes the database takes; what waits in SQLite's log is brought home first."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ledger.stats().bytes


def derived(url: str, name: str) -> list[Figure]:
    """Let those follow whom the questions need, and return how many entries a second each of them took."""
    with (
        closing(SQLEntries(url)) as entries,
        closing(SearchIndexer(url)) as indexer,
        closing(CallerGatherer(url)) as gatherer,
        closing(Cursors(index_url(url), "bench")) as index,
        closing(Cursors(url, "bench")) as cursors,
    ):
        following = Following(
            entries,
            [Followed(gatherer, cursors, gathering.clear, together=SIZE), Followed(indexer, index, segments.clear)],
        )
        found = []
        for what, follower in (("callers gathered", gatherer), ("indexed for searches", indexer)):
            begun = time.perf_counter()
            count = following.catch_up(follower.name)
            found.append(Figure(what, name, count / (time.perf_counter() - begun), "entries/s"))
        return found


def _filled(store: Store, filling: Filling, start: int, size: int) -> float:
    """Bring the store from *start* to *size* responses; return how many seconds its `append` took."""
    seconds = 0.0
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task(f"Filling to {size:,}", total=size - start)
        for at in range(start, size, filling.batch):
            events = filling.events(range(at, min(size, at + filling.batch)))
            begun = time.perf_counter()
            store.append(events)
            seconds += time.perf_counter() - begun
            progress.advance(task, filling.batch)
    return seconds


if __name__ == "__main__":
    main(sys.argv[1:])
