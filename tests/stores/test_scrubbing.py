import sqlite3
import threading
import time
from contextlib import closing

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.stores import scrubbing
from gateway.stores.opening import open_store
from gateway.stores.scrubbing import scrub
from tests.stores.material import run


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store:
        store.append(run(end_user="a-name-that-shall-go"))
    return url


def removed(tmp_path):
    with closing(sqlite3.connect(tmp_path / "lineage.db")) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("UPDATE response SET end_user = 'x'")
        connection.commit()


def stored(tmp_path):
    return b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_what_was_left_by_whoever_did_not_overwrite_it_is_gone_when_the_files_are_written_anew(url, tmp_path):
    removed(tmp_path)
    assert scrub(url, rebuild=True)

    assert b"a-name-that-shall-go" not in stored(tmp_path)


def test_a_reader_is_waited_for(url, tmp_path):
    reader = sqlite3.connect(tmp_path / "lineage.db", check_same_thread=False, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM event").fetchone()
    with closing(open_store(url)) as store:
        store.append(run())
        threading.Thread(target=lambda: (time.sleep(0.2), reader.close())).start()
        scrub(url, rebuild=False)

        assert (tmp_path / "lineage.db-wal").stat().st_size == 0


def test_who_reads_for_ever_is_told_of(url, tmp_path, monkeypatch):
    monkeypatch.setattr(scrubbing, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "lineage.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM event").fetchone()
        with closing(open_store(url)) as store:
            store.append(run())
            with pytest.raises(LineageUnavailable, match="cannot be cleaned"):
                scrub(url, rebuild=False)


def test_a_database_that_was_never_used_has_nothing_to_clean(tmp_path):
    assert not scrub(f"sqlite:///{tmp_path}/never.db", rebuild=True)
    assert list(tmp_path.iterdir()) == []
