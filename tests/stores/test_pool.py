import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.stores.connecting import file, parsed
from gateway.stores.opening import upgrade
from gateway.stores.pool import LOOKING, Readers


@pytest.fixture
def readers(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/lineage.db")
    readers = Readers(parsed(f"sqlite:///{tmp_path}/lineage.db"), idle=2)
    yield readers
    readers.close()


def test_a_connection_is_lent_again(readers):
    with readers.borrow() as first:
        pass
    with readers.borrow() as second:
        pass

    assert first is second


def test_each_reader_has_its_own(readers):
    barrier = Barrier(4)

    def read():
        with readers.borrow() as connection:
            barrier.wait(5)
            return connection

    with ThreadPoolExecutor(4) as pool:
        lent = [future.result() for future in [pool.submit(read) for _ in range(4)]]

    assert len({id(connection) for connection in lent}) == 4
    assert len(readers._free) == 2


def test_a_connection_on_which_something_failed_is_not_lent_again(readers):
    with pytest.raises(LineageUnavailable, match="cannot be read"), readers.borrow() as first:
        first.cursor().execute("SELECT * FROM nothing")
    with readers.borrow() as second:
        assert second is not first

    with pytest.raises(sqlite3.ProgrammingError):
        first.cursor()


def test_a_file_that_was_exchanged_is_opened_anew(readers, tmp_path):
    with readers.borrow() as first:
        pass
    path = file(parsed(f"sqlite:///{tmp_path}/lineage.db"))
    shutil.copy(path, tmp_path / "copy.db")
    (tmp_path / "copy.db").replace(path)
    time.sleep(2 * LOOKING)
    with readers.borrow() as second:
        second.cursor().execute("SELECT size FROM tree")

    assert first is not second


def test_a_file_that_is_not_there_is_unavailable(tmp_path):
    readers = Readers(parsed(f"sqlite:///{tmp_path}/none.db"))
    with pytest.raises(LineageUnavailable, match="cannot be read: No such file"), readers.borrow():
        pass


def test_after_closing_nothing_is_lent(readers):
    with readers.borrow():
        readers.close()

    with pytest.raises(LineageUnavailable, match="closed"), readers.borrow():
        pass


def test_readers_beside_others_lend_the_same_connections(readers, tmp_path):
    other = Readers(parsed(f"sqlite:///{tmp_path}/lineage.db"), beside=readers)
    with readers.borrow() as first:
        pass
    with other.borrow() as second:
        pass
    other.close()

    assert second is first
    with pytest.raises(LineageUnavailable, match="has been closed"), other.borrow():
        pass
    with readers.borrow() as third:
        assert third is first
