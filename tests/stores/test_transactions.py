import shutil
import sqlite3
import threading
from contextlib import closing

import pytest

from gateway.stores.connecting import parsed, writing
from gateway.stores.opening import open_store
from gateway.stores.transactions import Transactions
from tests.stores.databases import rows

BEGIN = ("BEGIN",)
ADD = "INSERT INTO follower VALUES ('{}', 1, 'me', 0)"


@pytest.fixture
def opened():
    return []


@pytest.fixture
def transactions(url, opened):
    def connect():
        opened.append(writing(parsed(url)))
        return opened[-1]

    with closing(Transactions(parsed(url), connect)) as made:
        yield made


def names(url):
    return [name for (name,) in rows(url, "SELECT name FROM follower ORDER BY name")]


def test_one_connection_serves_until_it_is_closed_or_something_fails(transactions, opened, url):
    for name in ("a", "b"):
        with transactions.begun(BEGIN) as cursor:
            cursor.execute(ADD.format(name))
    with pytest.raises(KeyError), transactions.begun(BEGIN) as cursor:
        cursor.execute(ADD.format("c"))
        raise KeyError
    with transactions.begun(BEGIN) as cursor:
        cursor.execute(ADD.format("d"))
    transactions.close()
    transactions.close()
    with transactions.begun(BEGIN) as cursor:
        cursor.execute(ADD.format("e"))

    assert names(url) == ["a", "b", "d", "e"]
    assert len(opened) == 3


def test_in_another_file_that_took_its_place_it_is_opened_anew(tmp_path):
    """Else it would be written into a file that is gone, and the next reader would know nothing of it."""
    file, kept = tmp_path / "one.db", tmp_path / "kept.db"
    url = f"sqlite:///{file}"
    open_store(url).close()
    shutil.copy(file, kept)
    with closing(Transactions(parsed(url), lambda: writing(parsed(url)))) as transactions:
        with transactions.begun(BEGIN) as cursor:
            cursor.execute(ADD.format("a"))
        for path in tmp_path.glob("one.db*"):
            path.unlink()
        with pytest.raises(sqlite3.OperationalError, match="unable to open"), transactions.begun(BEGIN):
            pass
        kept.rename(file)
        with transactions.begun(BEGIN) as cursor:
            cursor.execute(ADD.format("b"))

    assert names(url) == ["b"]


def test_threads_wait_for_each_other(transactions, opened, url):
    def work(first):
        for number in range(first, first + 10):
            with transactions.begun(BEGIN) as cursor:
                cursor.execute(ADD.format(number))

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names(url)) == 30
    assert len(opened) == 1
