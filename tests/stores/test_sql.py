import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.digests import new_id
from gateway.domain.errors import LineageUnavailable
from gateway.domain.runs import RunEvent, RunState
from gateway.stores import connecting
from gateway.stores.masters import Masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.sql import SQLStore
from tests.stores.databases import alter, dumped, restore
from tests.stores.material import activated, chunk, document, edges, entering, faults, ingested, intent, run, started

APPENDS = """
import sys
from gateway.stores.opening import open_store
from tests.stores.databases import alter, dumped, restore
from tests.stores.material import chunk, edges, run

store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for turn in range(int(sys.argv[2])):
    start, end = run(*edges(chunk(f"page-{turn % 7}.md"), chunk(f"own-{sys.argv[3]}-{turn}.md")))
    first = store.append([start])[0]
    second = store.append([end])[0]
    print(first, start.run, second, flush=True)
store.close()
"""
"""A gateway in a process of its own: url, number of runs, its name."""


def process(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", APPENDS, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def go(processes):
    for one in processes:
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "lineage.db"


@pytest.fixture
def in_file(file):
    """A store in *file*, for what happens to files."""
    store = open_store(f"sqlite:///{file}")
    yield store
    store.close()


def found(file):
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        return faults(ledger)


@pytest.fixture
def ledger(url, store):
    ledger = open_ledger(url)
    yield ledger
    ledger.close()


def test_several_processes_write_one_log_without_gap_or_fork(url, store, ledger):
    many = 4 if url.startswith("sqlite") else 2
    writers = [process(url, 40, name) for name in range(many)]
    go(writers)
    told = [writer.communicate(timeout=60)[0] for writer in writers]
    indexes = sorted(int(index) for lines in told for line in lines.splitlines() for index in line.split()[::2])

    assert [writer.returncode for writer in writers] == [0] * many
    assert indexes == list(range(many * 40 * 2))
    assert ledger.stats().documents == 7 + many * 40
    assert faults(ledger) == []


def test_what_was_acknowledged_survives_the_death_of_the_writer(url, store, ledger):
    writers = [process(url, 100_000, name) for name in range(2)]
    go(writers)
    acknowledged = []
    for writer in writers:
        acknowledged += [writer.stdout.readline().split() for _ in range(15)]
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
    for writer in writers:
        acknowledged += [line.split() for line in writer.communicate()[0].splitlines() if line.count(" ") == 2]
    records = {run: ledger.response(run, None) for _, run, _ in acknowledged}
    after = store.append([activated()])

    assert all(records.values())
    assert [(str(records[run].index), str(records[run].outcome_index)) for _, run, _ in acknowledged] == [
        (first, second) for first, _, second in acknowledged
    ]
    assert ledger.stats().events == after[0] + 1
    assert faults(ledger) == []


def test_a_locked_log_is_unavailable_and_then_again_available(in_file, monkeypatch, file):
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.05)
    impatient = SQLStore(f"sqlite:///{file}")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LineageUnavailable, match=r"cannot be written: database is locked \(SQLITE_BUSY\)"):
            impatient.append(run())
        other.execute("ROLLBACK")
    indexes = impatient.append(run())
    impatient.close()

    assert list(indexes) == [0, 1]


def test_a_full_disk_is_unavailable_and_leaves_the_log_whole(in_file, file):
    """SQLite's own limit on the size of a file answers as a full disk does."""
    in_file.append(run())
    cursor = in_file._connection.cursor()
    cursor.execute("PRAGMA page_count")
    cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 2}")
    with pytest.raises(LineageUnavailable, match="SQLITE_FULL"):
        in_file.append([ingested(entering(document(), os.urandom(200_000).hex()))])
    indexes = in_file.append(run())

    assert list(indexes) == [2, 3]
    assert found(file) == []


def test_a_database_that_may_not_be_written_is_unavailable(url, store, ledger):
    store.append(run())
    sqlite = url.startswith("sqlite")
    read_only = "PRAGMA query_only = ON" if sqlite else "SET default_transaction_read_only = on"
    store._connection.cursor().execute(read_only)
    with pytest.raises(LineageUnavailable, match="READONLY" if sqlite else "PostgreSQL 25006"):
        store.append(run())

    assert ledger.stats().events == 2


def test_a_file_that_was_taken_away_is_unavailable_and_not_made_anew(in_file, tmp_path):
    """Into a file without a name everything could be written, and nothing would be found again."""
    in_file.append(run())
    for path in tmp_path.iterdir():
        path.unlink()
    for _ in range(2):
        with pytest.raises(LineageUnavailable, match="cannot be written"):
            in_file.append(run())

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_exchanged_is_noticed_before_anything_is_written(in_file, file, tmp_path):
    """What the writer remembers of one log means something else in another."""
    in_file.append([*run(), *run(*edges(chunk("b.md")))])
    other = open_store(f"sqlite:///{tmp_path}/other.db", masters=Masters(tmp_path / "lineage.db.key"))
    other.append(run(*edges(chunk("b.md"))))
    other.close()
    in_file._connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "other.db").replace(file)
    with pytest.raises(LineageUnavailable, match="moved, replaced or removed"):
        in_file.append(run())
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"lineage.db{suffix}").unlink(missing_ok=True)
    indexes = in_file.append(run(*edges(chunk("b.md"), chunk("c.md"))))

    assert list(indexes) == [2, 3]
    assert found(file) == []


@pytest.mark.parametrize(
    "event",
    [
        started(intent(*[replace(edge, chunk=replace(edge.chunk, rank=2**70)) for edge in edges(chunk())])),
        started(intent(*[replace(edge, chunk=replace(edge.chunk, ordinal=-(2**70))) for edge in edges(chunk())])),
        replace(started(), run="the run that is there"),
    ],
    ids=["rank", "ordinal", "run"],
)
def test_an_event_that_no_database_takes_is_refused_as_such(store, ledger, event):
    store.append([replace(started(), run="the run that is there")])
    with pytest.raises(ValueError, match=r"the database refuses the values|beyond 64 bits"):
        store.append([event])

    assert ledger.stats().events == 1
    assert faults(ledger) == []


@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_log_that_is_put_back_under_its_writer_is_continued_as_it_is(url, store, ledger, others):
    """What the writer remembers of rows may be gone, or mean something else by now."""
    store.append(run(*edges(chunk("a.md"))))
    yesterday = dumped(url)
    store.append(run(*edges(chunk("b.md")), end_user="u-2"))
    restore(url, yesterday)
    with closing(open_store(url)) as other:
        for number in range(others):
            other.append(run(*edges(chunk(f"other-{number}.md")), end_user=f"other-{number}"))
    store.append(run(*edges(chunk("b.md"), chunk("a.md")), end_user="u-2"))

    assert ledger.stats().documents == 2 + others
    assert faults(ledger) == []


def test_after_a_refusal_nothing_is_remembered_of_it(store, ledger):
    """Numbers that were given in the failed transaction are given again, to others."""
    store.append([replace(started(), run="the run that is there")])
    with pytest.raises(ValueError, match="refuses"):
        store.append([*run(*edges(chunk("new.md"))), replace(started(), run="the run that is there")])
    store.append(run(*edges(chunk("other.md"))))
    store.append(run(*edges(chunk("new.md"))))

    assert ledger.stats().documents == 3
    assert faults(ledger) == []


def test_no_refusal_repeats_what_was_to_be_written(store):
    event = started(intent(end_user="erika@acme.example"), run="the run that is there")
    store.append([event])
    with pytest.raises(ValueError) as caught:
        store.append([replace(event, id=new_id())])

    assert "erika" not in str(caught.value)


def test_threads_may_share_a_store(store, ledger):
    def work():
        for _ in range(20):
            store.append(run())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ledger.stats().events == 160
    assert faults(ledger) == []


def test_a_closed_store_opens_again_when_it_is_used(store):
    store.append(run())
    store.close()
    store.close()

    assert list(store.append(run())) == [2, 3]


def test_a_store_without_tables_is_unavailable(url):
    alter(url, "ALTER TABLE tree RENAME TO other")
    with (
        closing(SQLStore(url)) as store,
        pytest.raises(LineageUnavailable, match=r"no such table|PostgreSQL 42P01"),
    ):
        store.append(run())


def test_a_log_that_lost_its_tree_is_not_continued(url, store):
    alter(url, "DELETE FROM tree")

    with pytest.raises(LineageUnavailable, match="lost the state of its Merkle tree"):
        store.append(run())


def test_a_response_with_known_chunks_takes_little_room(in_file, file):
    """Five chunks; the texts of question and answer, which do not compress here, not counted."""
    used = [chunk(f"page-{n % 20}.md", n % 5) for n in range(100)]
    in_file.append([ingested(*(entering(document(f"page-{n}.md", f"{n}")) for n in range(20)))])
    in_file.append(run(*edges(*used)))
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        before = ledger.stats().bytes
    for turn in range(200):
        in_file.append(run(*edges(*used[turn % 90 : turn % 90 + 5]), question=f"{turn}?"))
    in_file._connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    grown = file.stat().st_size - before

    assert grown / 200 < 3_000


def test_a_run_of_another_type_may_share_nothing_with_a_response(store, ledger):
    """An ingest has a run too; it is no response."""
    event = ingested(entering(document()))
    store.append([event, RunEvent(event.run, RunState.COMPLETE, event.body, "acme")])

    assert ledger.response(event.run, None) is None
    assert ledger.stats().events == 2
