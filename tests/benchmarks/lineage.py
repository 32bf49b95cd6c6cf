"""What the lineage store takes and how fast it answers as it grows: `make bench-lineage`.

One store is filled with invented responses (lineage_filling.py), and at each size every question is asked
(lineage_questions.py). With `--url` the store is a database of your own, PostgreSQL for one; it must be empty. A store
that `--keep` left is asked again, without filling it, by `--again`.
"""

import argparse
import gc
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from gateway.domain.documents import ChunkState
from gateway.following import Followed, Following
from gateway.interfaces import Ledger, Store
from gateway.serving import GARBAGE
from gateway.stores import chunktables, gathering, segments
from gateway.stores.asides import Aside
from gateway.stores.callerblocks import SIZE
from gateway.stores.chunkindexing import ChunkIndexer
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.gathering import CallerGatherer
from gateway.stores.indexing import SearchIndexer
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store, upgrade
from gateway.stores.packing import STATES
from gateway.stores.questions import Questions
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from tests.benchmarks import backtesting, meanings
from tests.benchmarks.lineage_filling import Filling
from tests.benchmarks.lineage_questions import WHOLE, Asked, Question, figures, verified
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
    parser.add_argument("--again", action="store_true", help="only ask the store in that folder")
    parser.add_argument("--json", type=Path, default=Path("bench-lineage.json"), help="where the figures are written")
    options = parser.parse_args(arguments)
    # As a gateway that serves does it: what was imported is no garbage.
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    sizes = sorted(int(size) for size in options.sizes.split(",") if size)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="lineward-bench-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        url = options.url or f"sqlite:///{place}/lineage.db"
        more = (WHOLE,) if options.whole else ()
        filling = Filling(options.chunks)
        told = kept(url, filling, sizes[-1], more) if options.again else growth(url, filling, sizes, more)
        for size, measured in told:
            found += measured
            Console(width=None if sys.stdout.isatty() else 140).print(table(measured, f"{size:,} responses"))
    write(found, [], options.json)
    err.print(f"Written to {options.json}", style="dim")


def growth(
    url: str, filling: Filling, sizes: Sequence[int], more: Sequence[Question]
) -> Iterator[tuple[int, list[Figure]]]:
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
            measured += derived(url, name)
            attribute(url, 2 * done)
            before += _held(url, ledger) - held  # what is derived is not the record
            yield size, [*measured, *answered(url, ledger, filling, size, more)]
            done = size


def kept(url: str, filling: Filling, size: int, more: Sequence[Question]) -> Iterator[tuple[int, list[Figure]]]:
    """Yield *size* with what was measured of the store at *url*, which a filling to that size has left."""
    upgrade(url)
    with closing(open_ledger(url)) as ledger:
        if ledger.stats().responses != size:
            raise SystemExit(f"there are {ledger.stats().responses:,} responses in {url}, not {size:,}")
        yield size, answered(url, ledger, filling, size, more)


def answered(url: str, ledger: Ledger, filling: Filling, size: int, more: Sequence[Question]) -> list[Figure]:
    """Return how long each question takes, asked of the store at *url* with *size* responses."""
    name, log, questions, search = f"{size:,}", SQLLog(url, "bench"), Questions(url), SQLSearch(url)
    chunks = SQLChunkSearch(url)
    with closing(log), closing(questions), closing(search), closing(chunks):
        asked = Asked(url, ledger, log, questions, search, chunks, filling, size)
        found = [*figures(asked, more), verified(asked), meaning(name, size)]
        found.append(backtesting.figure(url, size))
    return [*found, Figure("largest memory of the process so far", name, peak(), "MB")]


def _held(url: str, ledger: Ledger) -> int:
    """Return how many bytes the database takes; what waits in SQLite's log is brought home first."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            # It does nothing, and says so, while the store itself makes a checkpoint.
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                time.sleep(0.1)
    return ledger.stats().bytes


def derived(url: str, name: str) -> list[Figure]:
    """Let those follow whom the questions need, and return how many entries a second each of them took."""
    with (
        closing(SQLEntries(url)) as entries,
        closing(SearchIndexer(url)) as indexer,
        closing(ChunkIndexer(url)) as chunks,
        closing(CallerGatherer(url)) as gatherer,
        closing(Cursors(index_url(url), "bench")) as index,
        closing(Cursors(url, "bench")) as cursors,
    ):
        following = Following(
            entries,
            [
                Followed(gatherer, cursors, gathering.clear, together=SIZE),
                Followed(indexer, index, segments.clear),
                Followed(chunks, index, chunktables.clear),
            ],
        )
        found = []
        for what, followed in (
            ("callers gathered", gatherer.name),
            ("indexed for searches", indexer.name),
            ("passed for searches of chunks", chunks.name),
        ):
            begun = time.perf_counter()
            count = following.catch_up(followed)
            found.append(Figure(what, name, count / (time.perf_counter() - begun), "entries/s"))
        return found


def attribute(url: str, first: int) -> None:
    """Attribute a sentence to each chunk that was sent from the entry *first* on, as each answer repeats its chunks.

    The follower would take a quarter of an hour for a million, and find the same.
    """
    with closing(Aside(url, "the benchmark cannot write")) as aside, aside.transaction() as ask:
        ask.run(_ATTRIBUTE, (first, STATES.index(ChunkState.SENT)))


_ATTRIBUTE = """INSERT INTO attribution (seq, sentence, start, "end", chunk, score, method)
    SELECT seq, position, 0, 0, chunk, 1000, 'overlap' FROM edge WHERE seq >= ? AND state = ?
    ON CONFLICT DO NOTHING"""


def meaning(name: str, size: int) -> Figure:
    """Return what a search by meaning takes among *size* vectors, which are made up: no model makes so many."""
    _, median, _ = meanings.measured(size)
    return Figure("search: by meaning, among as many made-up vectors", name, median, "ms")


def peak() -> float:
    """Return how many megabytes this process took at most until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


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
