import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import BadRequest, ConfigurationError, GuardUnavailable
from gateway.domain.scopes import Scope
from gateway.pseudonyms import Entry
from gateway.stores.connecting import parsed, writing
from gateway.stores.sealing import Keyring
from gateway.stores.vault import SQLVault

KEYS = {"one": bytes(range(32))}
SCOPE = Scope("acme", "bot", "ada", "c-1")
ADA, EVE = Entry("PERSON_1", "PERSON", "Ada Lovelace"), Entry("PERSON_2", "PERSON", "Eve")
WEEK = timedelta(days=7)


class Clock:
    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def url(database) -> str:
    return database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(url, clock) -> Iterator[SQLVault]:
    with closing(SQLVault(url, Keyring(KEYS), WEEK, now=clock)) as opened:
        yield opened


def rows(url: str, columns: str = "*") -> list[tuple]:
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {columns} FROM vault_1 ORDER BY name")
        return [*cursor.fetchall()]


def test_what_is_kept_is_given_out_in_the_next_turn(vault):
    vault.keep(SCOPE, [ADA])
    vault.keep(SCOPE, [EVE])

    assert vault.entries(SCOPE) == [ADA, EVE]


@pytest.mark.parametrize("field", ["tenant", "application", "end_user", "conversation"])
def test_nobody_else_is_given_it(vault, field):
    vault.keep(SCOPE, [ADA])

    assert vault.entries(replace(SCOPE, **{field: "other"})) == []


def test_the_database_holds_neither_value_nor_conversation(vault, url):
    vault.keep(replace(SCOPE, conversation="call with Lovelace"), [ADA])

    assert len(rows(url)) == 1
    assert b"Lovelace" not in repr(rows(url)).encode()


def test_another_process_opens_it(vault, url, clock):
    vault.keep(SCOPE, [ADA])

    with closing(SQLVault(url, Keyring(KEYS), WEEK, now=clock)) as other:
        assert other.entries(SCOPE) == [ADA]


def test_after_its_lifetime_it_is_gone(vault, clock, url):
    vault.keep(SCOPE, [ADA])
    clock.time += WEEK.total_seconds()

    assert vault.entries(SCOPE) == []
    assert vault.sweep() == 0
    assert rows(url) == []


def test_a_conversation_that_goes_on_lives_on(vault, clock):
    vault.keep(SCOPE, [ADA])
    for _ in range(3):
        clock.time += WEEK.total_seconds() / 2
        vault.keep(SCOPE, [])

    assert vault.entries(SCOPE) == [ADA]


def test_a_name_that_has_expired_may_stand_for_another_value(vault, clock):
    vault.keep(SCOPE, [ADA])
    clock.time += WEEK.total_seconds() + 1
    vault.keep(SCOPE, [replace(EVE, name=ADA.name)])

    assert vault.entries(SCOPE) == [replace(EVE, name=ADA.name)]


def test_a_name_with_two_values_stands_for_none(vault):
    """Two turns of one conversation that ran at once gave it to different values: restoring either could be wrong."""
    vault.keep(SCOPE, [ADA])
    vault.keep(SCOPE, [replace(EVE, name=ADA.name)])
    vault.keep(SCOPE, [ADA])

    assert vault.entries(SCOPE) == [Entry(ADA.name, "", "")]


def test_keeping_the_same_again_changes_nothing(vault, url):
    vault.keep(SCOPE, [ADA])
    before = rows(url)
    vault.keep(SCOPE, [ADA])

    assert rows(url) == before


def test_a_new_key_takes_over(vault, url, clock):
    vault.keep(SCOPE, [ADA])
    with closing(SQLVault(url, Keyring({"two": bytes(32), **KEYS}), WEEK, now=clock)) as rotated:
        rotated.keep(SCOPE, [EVE])
    with closing(SQLVault(url, Keyring({"two": bytes(32)}), WEEK, now=clock)) as later:
        found = later.entries(SCOPE)

    assert found == [ADA, EVE]
    assert rows(url, "key_id") == [("two",), ("two",)]


def test_what_a_removed_key_has_sealed_is_spent(vault, url, clock):
    vault.keep(SCOPE, [ADA])
    with closing(SQLVault(url, Keyring({"two": bytes(32)}), WEEK, now=clock)) as later:
        later.keep(SCOPE, [EVE])

        assert later.entries(SCOPE) == [Entry(ADA.name, "", ""), EVE]


def test_a_row_that_was_moved_to_another_conversation_does_not_open(vault, url):
    other = replace(SCOPE, conversation="c-2")
    vault.keep(SCOPE, [ADA])
    vault.keep(other, [EVE])
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT scope FROM vault_1 WHERE name = 'PERSON_2'")
        mark = "?" if url.startswith("sqlite") else "%s"
        cursor.execute(f"UPDATE vault_1 SET scope = {mark} WHERE name = 'PERSON_1'", cursor.fetchone())

    with pytest.raises(GuardUnavailable, match="altered or moved"):
        vault.entries(other)


def test_forgetting_a_conversation_leaves_the_others(vault):
    other = replace(SCOPE, conversation="c-2")
    vault.keep(SCOPE, [ADA])
    vault.keep(other, [EVE])
    vault.forget(SCOPE)

    assert (vault.entries(SCOPE), vault.entries(other)) == ([], [EVE])


def test_a_conversation_with_too_many_values_is_refused_and_keeps_what_it_had(vault, url, clock):
    vault.keep(SCOPE, [ADA])

    with (
        closing(SQLVault(url, Keyring(KEYS), WEEK, limit=1, now=clock)) as full,
        pytest.raises(BadRequest, match="begin another"),
    ):
        full.keep(SCOPE, [EVE])

    assert vault.entries(SCOPE) == [ADA]


def test_threads_keep_at_once_and_nothing_is_lost(vault, url, clock):
    def work(number: int) -> None:
        with closing(SQLVault(url, Keyring(KEYS), WEEK, now=clock)) as own:
            for turn in range(5):
                own.keep(SCOPE, [Entry(f"PERSON_{number * 10 + turn}", "PERSON", f"{number}-{turn}")])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {entry.value for entry in vault.entries(SCOPE)} == {f"{n}-{t}" for n in range(4) for t in range(5)}


def test_a_turn_costs_little(vault):
    vault.keep(SCOPE, [Entry(f"PERSON_{number}", "PERSON", f"Person {number}") for number in range(10)])
    began = time.process_time()
    for _ in range(20):
        vault.entries(SCOPE)

    assert (time.process_time() - began) / 20 < 0.01


def test_a_file_of_its_own_is_for_its_owner_only(tmp_path):
    with closing(SQLVault(f"sqlite:///{tmp_path}/vault.db", Keyring(KEYS), WEEK)) as own:
        own.keep(SCOPE, [ADA])

    assert stat.S_IMODE((tmp_path / "vault.db").stat().st_mode) == 0o600


def test_a_database_that_does_not_answer_makes_the_guard_unavailable(tmp_path):
    (tmp_path / "vault.db").write_bytes(b"this is no database, it only has its name" * 100)

    with closing(SQLVault(f"sqlite:///{tmp_path}/vault.db", Keyring(KEYS), WEEK)) as broken:
        with pytest.raises(GuardUnavailable, match="vault"):
            broken.entries(SCOPE)
        with pytest.raises(GuardUnavailable, match="vault"):
            broken.keep(SCOPE, [ADA])


def test_it_goes_on_after_a_failure(tmp_path):
    with closing(SQLVault(f"sqlite:///{tmp_path}/vault.db", Keyring(KEYS), WEEK)) as own:
        own.keep(SCOPE, [ADA])
        with closing(sqlite3.connect(tmp_path / "vault.db")) as other:
            other.execute("ALTER TABLE vault_1 RENAME TO away")
            with pytest.raises(GuardUnavailable):
                own.entries(SCOPE)
            other.execute("DROP TABLE IF EXISTS vault_1")
            other.execute("DROP INDEX IF EXISTS vault_1_expires")
            other.execute("ALTER TABLE away RENAME TO vault_1")

        assert own.entries(SCOPE) == [ADA]


def test_a_lifetime_of_nothing_is_refused():
    with pytest.raises(ConfigurationError, match="lifetime"):
        SQLVault("sqlite:///vault.db", Keyring(KEYS), timedelta(0))
