import os
import threading
from contextlib import closing

import pytest

from gateway.stores import checkpointing
from gateway.stores.checkpointing import EVERY, Checkpoints
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_ledger, open_store
from tests.stores.material import chunk, edges, faults, run
from tests.waiting import until


@pytest.fixture
def file(tmp_path):
    return tmp_path / "lineage.db"


@pytest.fixture
def url(file):
    return f"sqlite:///{file}"


@pytest.fixture
def threads():
    """The threads for checkpoints that run now: of this test alone, whatever else the process has open."""
    others = set(threading.enumerate())
    return lambda: [one for one in threading.enumerate() if one.name == "lineage-checkpoints" and one not in others]


def test_the_log_of_changes_moves_into_the_file_while_nobody_closes_it(file, url, threads, monkeypatch):
    monkeypatch.setattr(checkpointing, "EVERY", 100)
    with closing(open_store(url)) as store:
        before = file.stat().st_size
        for number in range(30):
            store.append(run(*edges(chunk(f"{number}.md", text=os.urandom(2_000).hex()))))
        until(lambda: file.stat().st_size > before + 100_000)
        store.append(run())

    assert threads() == []
    with closing(open_ledger(url)) as ledger:
        assert faults(ledger) == []


def test_a_few_commits_start_nothing(url, threads):
    open_store(url).close()
    with closing(Checkpoints(parsed(url))) as checkpoints:
        checkpoints.committed(2)
        idle = threads()
        checkpoints.committed(EVERY)
        busy = threads()

    assert (idle, len(busy), threads()) == ([], 1, [])


def test_a_checkpoint_that_fails_is_left_to_the_next_one(url, file, monkeypatch):
    """The writer itself tells whoever appends what is wrong with the file."""
    monkeypatch.setattr(checkpointing, "EVERY", 1)
    with closing(Checkpoints(parsed(url))) as checkpoints:
        checkpoints.committed(1)  # there is no file
        until(lambda: not checkpoints.due)
        with closing(open_store(url)) as store:
            before = file.stat().st_size
            store.append(run(*edges(*(chunk(f"{number}.md", text=os.urandom(2_000).hex()) for number in range(30)))))
            checkpoints.committed(1)
            until(lambda: file.stat().st_size > before)


def test_it_goes_on_after_it_was_closed(url, threads):
    open_store(url).close()
    checkpoints = Checkpoints(parsed(url))
    for _ in range(2):
        checkpoints.committed(EVERY)
        assert len(threads()) == 1
        checkpoints.close()
        assert threads() == []
