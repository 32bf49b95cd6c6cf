from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.recognition.answers import Answer, Print, runs_of
from gateway.stores.answers import LATEST, SQLAnswers
from gateway.stores.opening import upgrade
from tests.recognition.material import prose


@pytest.fixture
def answers(database):
    url = database()
    upgrade(url)
    with closing(SQLAnswers(url)) as opened:
        yield opened


def test_an_answer_is_known_again(answers):
    run = new_id()
    answers.remember(run, "acme", prose(1))
    answers.remember(run, "acme", prose(1))

    assert runs_of(answers, "acme", prose(1).upper()) == [run]
    assert runs_of(answers, "acme", prose(1) + "\nOne more sentence.") == [run]
    assert runs_of(answers, "globex", prose(1)) == []


def test_the_latest_runs_are_told_and_not_all(answers):
    runs = sorted(new_id() for _ in range(LATEST + 4))
    answers.remember_all(Answer(run, "acme", prose(1)) for run in runs)

    assert runs_of(answers, "acme", prose(1)) == runs[: -LATEST - 1 : -1]


def test_an_answer_of_a_few_words_is_not_kept(answers):
    answers.remember("run", "acme", "Yes.")
    answers.remember_all([])

    assert runs_of(answers, "acme", "Yes.") == ()


def test_one_answer_can_be_forgotten(answers):
    answers.remember_all([Answer("one", "acme", prose(1)), Answer("two", "acme", prose(1))])
    answers.forget("one", "acme", prose(1))
    answers.forget("one", "acme", "Yes.")

    assert runs_of(answers, "acme", prose(1)) == ["two"]


def test_nothing_is_known_by_a_hash_that_nobody_has(answers):
    assert answers.runs("acme", Print.of(prose(1)).hashes) == {}
