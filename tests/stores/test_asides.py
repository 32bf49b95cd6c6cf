from contextlib import closing

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.stores.asides import MANY, Aside, Asked
from gateway.stores.connecting import parsed, reading

ADD = "INSERT INTO answer_print (tenant, hash, run) VALUES (?, ?, ?)"
ALL = "SELECT hash FROM answer_print ORDER BY hash"


@pytest.fixture
def aside(url):
    with closing(Aside(url, "the test cannot write")) as opened:
        yield opened


def hashes(url):
    with closing(reading(parsed(url))) as connection:
        return [row[0] for row in Asked(connection.cursor(), sqlite=url.startswith("sqlite")).rows(ALL)]


def test_a_transaction_is_whole_or_not_at_all(aside, url):
    with aside.transaction() as ask:
        ask.run(ADD, ("acme", 1, b"r"))
    with pytest.raises(KeyError), aside.transaction() as ask:
        ask.run(ADD, ("acme", 2, b"r"))
        raise KeyError

    assert hashes(url) == [1]


def test_a_connection_that_was_closed_is_opened_again(aside, url):
    aside.close()
    with aside.transaction() as ask:
        ask.run(ADD)
        ask.run(ADD, ("acme", 3, b"r"), ("acme", 4, b"r"))

    assert hashes(url) == [3, 4]


def test_a_list_may_be_longer_than_a_statement_takes(aside):
    with aside.transaction() as ask:
        ask.run(ADD, *(("acme", number, b"r") for number in range(MANY * 2 + 1)))
        found = [*ask.listed("SELECT hash FROM answer_print WHERE tenant = ? AND hash IN (*)", [*range(2_000)], "acme")]

    assert sorted(row[0] for row in found) == [*range(MANY * 2 + 1)]


def test_what_cannot_be_written_is_told(aside):
    with pytest.raises(LineageUnavailable, match="the test cannot write"), aside.transaction() as ask:
        ask.run("INSERT INTO nowhere VALUES (?)", (1,))


def test_postgres_takes_its_own_marks():
    class Cursor:
        def execute(self, statement, values=()):
            self.said = statement, values

        def fetchall(self):
            return []

    cursor = Cursor()
    Asked(cursor, sqlite=False).rows("SELECT 1 WHERE 1 = ?", 2)

    assert cursor.said == ("SELECT 1 WHERE 1 = %s", (2,))
