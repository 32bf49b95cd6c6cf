import threading
from contextlib import closing

import pytest

from gateway.stores.connecting import parsed, writing
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

    with closing(Transactions(connect)) as made:
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
