import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.errors import GuardUnavailable
from gateway.domain.scopes import Scope
from gateway.stores.sealedtables import NOBODY, SealedTables

TABLE = ("CREATE TABLE IF NOT EXISTS thing (name TEXT NOT NULL, sealed BLOB)",)
SCOPE = Scope("acme", "bot", "ada", "c")


@pytest.fixture
def tables(tmp_path: Path):
    with closing(SealedTables(f"sqlite:///{tmp_path}/new/things.db", TABLE, name="thing", what="things")) as made:
        yield made


def test_the_database_is_made_for_its_owner_alone(tables: SealedTables, tmp_path: Path):
    with tables.transaction(SCOPE) as sql:
        sql.run("INSERT INTO thing VALUES (?, ?)", ("a", b"x"))

    with tables.transaction(None) as sql:
        assert sql.rows("SELECT name, sealed FROM thing") == [("a", b"x")]
    assert stat.S_IMODE((tmp_path / "new" / "things.db").stat().st_mode) == 0o600


def test_a_transaction_that_fails_has_changed_nothing_and_the_next_one_works(tables: SealedTables):
    with pytest.raises(KeyError), tables.transaction(SCOPE) as sql:
        sql.run("INSERT INTO thing VALUES (?, ?)", ("a", b"x"))
        raise KeyError

    with tables.transaction(NOBODY) as sql:
        assert sql.rows("SELECT name FROM thing") == []


def test_after_closing_the_next_transaction_connects_again(tables: SealedTables):
    with tables.transaction(SCOPE) as sql:
        sql.run("INSERT INTO thing VALUES (?, ?)", ("a", b"x"))
    tables.close()

    with tables.transaction(None) as sql:
        assert sql.rows("SELECT name FROM thing") == [("a",)]


def test_a_database_that_fails_is_told_as_a_guard_that_is_not_there(tables: SealedTables):
    with pytest.raises(GuardUnavailable) as caught, tables.transaction(None) as sql:
        sql.rows("SELECT name FROM another")

    assert caught.value.message.startswith("Things: ")
    assert isinstance(caught.value.__cause__.__cause__, sqlite3.Error)
