import sqlite3
from contextlib import closing

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError, LineageUnavailable
from gateway.stores.connecting import conflicts, damaged, file, inode, parsed, reading, translated, writing
from gateway.stores.opening import upgrade


@pytest.fixture
def url(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/a file.db")
    return parsed(f"sqlite:///{tmp_path}/a file.db")


def test_addresses_of_both_kinds_are_taken():
    assert file(parsed("sqlite:////var/lib/x.db")).as_posix() == "/var/lib/x.db"
    assert parsed("postgresql+psycopg://u@h/x").host == "h"


def test_another_kind_is_refused_with_what_to_write_instead():
    with pytest.raises(ConfigurationError, match="use sqlite:///FILE or postgresql"):
        parsed("oracle://u:p@h/x")


def test_who_reads_cannot_write(url):
    with closing(reading(url)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.cursor().execute("DELETE FROM tree")


def test_a_file_is_never_made_by_opening_it(tmp_path):
    for opened in (reading, writing):
        with pytest.raises(sqlite3.OperationalError):
            opened(parsed(f"sqlite:///{tmp_path}/none.db"))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_takes_anothers_place_is_another(url, tmp_path):
    before = inode(url)
    upgrade(f"sqlite:///{tmp_path}/other.db")
    (tmp_path / "other.db").replace(file(url))

    assert inode(url) != before


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database is locked"),
        sqlite3.DatabaseError("database disk image is malformed"),
        psycopg.OperationalError("server closed the connection, user=erika"),
        psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT, user=erika"),
        psycopg.errors.UndefinedTable("no such table, user=erika"),
        PermissionError(13, "Permission denied", "/home/erika/lineage.db"),
    ],
)
def test_what_a_database_cannot_do_makes_the_record_unavailable(error):
    with (
        pytest.raises(LineageUnavailable, match=r"^the record cannot be kept: ") as caught,
        translated("the record cannot be kept"),
    ):
        raise error

    assert "erika" not in caught.value.message
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        psycopg.errors.UniqueViolation("Key (id)=(erika) already exists"),
        psycopg.errors.NumericValueOutOfRange("erika"),
        OverflowError("Python int too large"),
    ],
)
def test_values_that_a_database_does_not_take_are_the_callers_fault(error):
    with pytest.raises(ValueError, match="the database refuses the values") as caught, translated("it cannot"):
        raise error

    assert "erika" not in str(caught.value)


def test_other_errors_pass_as_they_are():
    with pytest.raises(KeyError), translated("it cannot"):
        raise KeyError("x")
    with pytest.raises(LineageUnavailable, match=r"^as it is$"), translated("it cannot"):
        raise LineageUnavailable("as it is")


def test_only_rows_in_each_others_way_are_conflicts():
    assert conflicts(sqlite3.IntegrityError())
    assert conflicts(psycopg.errors.UniqueViolation())
    assert not conflicts(sqlite3.OperationalError())
    assert not conflicts(psycopg.OperationalError())
    assert not conflicts(ValueError())


def test_only_a_broken_file_is_damaged():
    assert damaged(sqlite3.DatabaseError("malformed"))
    assert damaged(psycopg.errors.DataCorrupted())
    assert not damaged(sqlite3.OperationalError("locked"))
    assert not damaged(psycopg.errors.UndefinedTable())
