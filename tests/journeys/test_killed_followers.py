"""kill -9 while followers work: whoever comes next goes on, and nobody can tell from what was derived."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from gateway.domain.searches import ChunkWish, Match, Wish
from gateway.following import Followed, Following
from gateway.stores import attributing, chunktables, segments
from gateway.stores.attributing import Answers, WordAttribution
from gateway.stores.chunkindexing import ChunkIndexer
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.indexing import SearchIndexer
from gateway.stores.opening import open_store
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from tests.recognition.material import prose
from tests.stores.material import chunk, document, edges, ended, entering, ingested, intent, outcome, started

ANSWERS, LATE = 400, 20
OTHER = """
import sys, time
from tests.journeys.test_killed_followers import followed
with followed(sys.argv[1], "killed", together=4) as following:
    following.start()
    time.sleep(600)
"""


@contextmanager
def followed(url: str, process: str, together: int = 64) -> Iterator[Following]:
    """Those who follow the log at *url* in *process*, taking so many entries *together*."""
    with ExitStack() as stack:
        entries, indexer, answers, chunks = SQLEntries(url), SearchIndexer(url), Answers(url), ChunkIndexer(url)
        index, cursors = Cursors(index_url(url), process), Cursors(url, process)
        for one in (entries, indexer, answers, chunks, index, cursors):
            stack.callback(one.close)
        found = Followed(indexer, index, segments.clear, together=together)
        attributed = Followed(WordAttribution(answers), cursors, attributing.clear, together=together)
        pieces = Followed(chunks, index, chunktables.clear, together=together)
        yield Following(entries, [found, pieces, attributed])


def said(number: int) -> str:
    return f"{prose(number % 40)[:200]}. Whatever was said about case {number} stands in no document of anybody."


def record(folder: Path) -> str:
    """Record answers, each fed by two documents, and return where."""
    url = f"sqlite:///{folder}/lineward.db"
    pages = [document(f"page-{number}.md", prose(number)) for number in range(40)]
    chunks = [chunk(page.id, text=page.text, version=page.version) for page in pages]
    with closing(open_store(url)) as store:
        store.append([ingested(*(entering(page) for page in pages))])
        for number in range(ANSWERS):
            used = edges(chunks[number % 40], chunks[(number + 7) % 40])
            start = started(intent(*used, question=f"What about case {number}?"))
            store.append([start, ended(start, outcome(said(number)))])
            if number % LATE == 0:
                store.append([ingested(entering(document(f"late-{number}.md", said(number))))])
    return url


def derived(url: str) -> tuple[list, list, list]:
    """What is attributed, and what is found of some answers and of the documents that say the same."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT * FROM attribution ORDER BY seq, sentence").fetchall()
    with closing(SQLSearch(url)) as search:
        wishes = [Wish(f"about case {number} stands") for number in range(0, ANSWERS, 16)]
        found = [[hit.id for hit in search.find(wish, None, limit=9).data] for wish in wishes]
    with closing(SQLChunkSearch(url)) as chunks:
        sought = [ChunkWish(f"about case {number} stands", Match.PHRASE) for number in range(0, ANSWERS, LATE)]
        pieces = [[hit.document for hit in chunks.find(wish, None, limit=9).data] for wish in sought]
    return rows, found, pieces


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_was_derived_is_the_same_as_if_nobody_had_been_killed(tmp_path: Path):
    (tmp_path / "one").mkdir()
    url = record(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    undisturbed = url.replace("/one/", "/two/")
    with subprocess.Popen([sys.executable, "-c", OTHER, url]) as worker, followed(url, "next") as following:
        try:
            while not all(lag.entries < 2 * ANSWERS - 40 for lag in following.lags().values()):
                assert worker.poll() is None
                time.sleep(0.01)
        finally:
            worker.send_signal(signal.SIGKILL)
        worker.wait()
        behind = {name: lag.entries for name, lag in following.lags().items()}
        taken = {name: following.catch_up(name) for name in following.names}  # once the other one's lease is over
    with followed(undisturbed, "only") as following:
        for name in following.names:
            following.catch_up(name)

    assert all(0 < entries < 2 * ANSWERS for entries in behind.values()) and taken == behind
    rows, found, pieces = derived(url)
    assert len(rows) >= 2 * ANSWERS and all(found)
    assert pieces == [[f"late-{number}.md"] for number in range(0, ANSWERS, LATE)]
    assert (rows, found, pieces) == derived(undisturbed)
