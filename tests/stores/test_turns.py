import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.errors import BadRequest, GuardUnavailable
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.pseudonyms import Entry
from gateway.stores.connecting import parsed, writing
from gateway.stores.sealing import Keyring
from gateway.stores.turns import LONGEST, SQLTurns
from gateway.stores.vault import SQLVault

KEYS = {"one": bytes(range(32))}
SCOPE = Scope("acme", "bot", "ada", "")
WEEK = timedelta(days=7)
FIRST = Turn("resp_1", "", "c-1", "run-1", [{"role": "user", "content": "Ada \ud800 Lovelace"}])
SECOND = Turn("resp_2", "resp_1", "c-1", "run-2", [{"role": "user", "content": "And?"}])


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
def turns(url, clock) -> Iterator[SQLTurns]:
    with closing(SQLTurns(url, Keyring(KEYS), WEEK, now=clock)) as opened:
        yield opened


def rows(url: str, statement: str) -> list[tuple]:
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()]


def test_a_chain_comes_back_first_turn_first(turns: SQLTurns):
    turns.keep(SCOPE, FIRST)
    turns.keep(SCOPE, SECOND)

    assert turns.chain(SCOPE, "resp_2") == [FIRST, SECOND]
    assert turns.chain(SCOPE, "resp_1") == [FIRST]
    assert turns.chain(SCOPE, "resp_3") == []


@pytest.mark.parametrize("name", ["tenant", "application", "end_user"])
def test_nobody_else_has_it(turns: SQLTurns, name: str):
    turns.keep(SCOPE, FIRST)

    assert turns.chain(replace(SCOPE, **{name: "other"}), "resp_1") == []


def test_a_turn_of_the_same_id_takes_the_place_of_the_first(turns: SQLTurns):
    turns.keep(SCOPE, FIRST)
    turns.keep(SCOPE, replace(FIRST, run="run-9"))

    assert turns.chain(SCOPE, "resp_1") == [replace(FIRST, run="run-9")]


def test_one_turn_comes_back_with_what_was_told_of_it(turns: SQLTurns):
    told = replace(SECOND, asked=1, answer={"model": "m", "created_at": 7})
    turns.keep(SCOPE, FIRST)
    turns.keep(SCOPE, told)

    assert turns.turn(SCOPE, "resp_2") == told
    assert turns.turn(SCOPE, "resp_3") is None
    assert turns.turn(replace(SCOPE, end_user="other"), "resp_2") is None


def test_a_chain_with_a_gap_is_none(turns: SQLTurns):
    turns.keep(SCOPE, FIRST)
    turns.keep(SCOPE, SECOND)

    turns.forget(SCOPE, "resp_1")

    assert turns.chain(SCOPE, "resp_2") == []


def test_what_has_outlived_its_time_is_gone_and_swept(turns: SQLTurns, url: str, clock: Clock):
    turns.keep(SCOPE, FIRST)
    clock.time += WEEK.total_seconds()

    assert turns.chain(SCOPE, "resp_1") == []
    assert len(rows(url, "SELECT name FROM turn_1")) == 1
    turns.sweep()
    assert rows(url, "SELECT name FROM turn_1") == []


def test_a_conversation_that_goes_on_lives_on(turns: SQLTurns, clock: Clock):
    turns.keep(SCOPE, FIRST)
    clock.time += WEEK.total_seconds() * 0.6
    turns.keep(SCOPE, SECOND)
    clock.time += WEEK.total_seconds() * 0.6

    assert turns.chain(SCOPE, "resp_2") == [FIRST, SECOND]


def test_a_chain_that_bites_its_tail_is_none(turns: SQLTurns):
    turns.keep(SCOPE, replace(FIRST, previous="resp_2"))
    turns.keep(SCOPE, SECOND)

    with pytest.raises(BadRequest) as caught:
        turns.chain(SCOPE, "resp_2")

    assert str(LONGEST) in caught.value.message


def test_nothing_that_was_said_can_be_read_in_the_database(turns: SQLTurns, url: str):
    turns.keep(SCOPE, FIRST)

    (row,) = rows(url, "SELECT * FROM turn_1")
    stored = repr([bytes(part) if isinstance(part, memoryview) else part for part in row])
    assert "resp_1" in stored
    assert "Lovelace" not in stored
    assert "c-1" not in stored


def test_a_turn_that_was_moved_behind_another_does_not_open(turns: SQLTurns, url: str):
    turns.keep(SCOPE, FIRST)
    turns.keep(SCOPE, SECOND)
    with closing(writing(parsed(url))) as connection:
        connection.cursor().execute("UPDATE turn_1 SET previous = '' WHERE name = 'resp_2'")

    with pytest.raises(GuardUnavailable):
        turns.chain(SCOPE, "resp_2")


def test_without_the_key_that_sealed_it_a_turn_is_unknown(turns: SQLTurns, url: str, clock: Clock):
    turns.keep(SCOPE, FIRST)

    with closing(SQLTurns(url, Keyring({"two": bytes(32)}), WEEK, now=clock)) as other:
        assert other.chain(SCOPE, "resp_1") == []


def test_it_stands_beside_the_vault(turns: SQLTurns, url: str, clock: Clock):
    entry = Entry("PERSON_1", "PERSON", "Ada")
    with closing(SQLVault(url, Keyring(KEYS), WEEK, now=clock)) as vault:
        vault.keep(replace(SCOPE, conversation="c-1"), [entry])
        turns.keep(SCOPE, FIRST)

        assert vault.entries(replace(SCOPE, conversation="c-1")) == [entry]
    assert turns.chain(SCOPE, "resp_1") == [FIRST]


def test_a_database_that_cannot_be_used_says_so(tmp_path: Path):
    broken = tmp_path / "turns.db"
    broken.write_bytes(b"no database at all, but long enough to be read as one" * 40)

    with (
        closing(SQLTurns(f"sqlite:///{broken}", Keyring(KEYS), WEEK)) as turns,
        pytest.raises(GuardUnavailable) as caught,
    ):
        turns.chain(SCOPE, "resp_1")

    assert "conversations" in caught.value.message
    assert isinstance(caught.value.__cause__.__cause__, sqlite3.Error)
