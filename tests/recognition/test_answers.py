import pytest

from gateway.recognition.answers import SKETCH, Print, runs_of
from tests.recognition.material import prose


class Kept:
    """`Answers` in memory."""

    def __init__(self):
        self.rows = []

    def remember(self, run, tenant, text):
        self.rows += [(tenant, one, run) for one in Print.of(text).hashes]

    def runs(self, tenant, hashes):
        found = {one: [run for who, number, run in self.rows if (who, number) == (tenant, one)] for one in hashes}
        return {one: runs[::-1] for one, runs in found.items() if runs}


@pytest.fixture
def answers():
    kept = Kept()
    kept.remember("run-1", "acme", prose(1))
    kept.remember("run-2", "acme", prose(2))
    return kept


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("\n", "  "), lambda text: f"**{text}**\n"])
def test_white_space_case_and_decoration_change_nothing(answers, change):
    assert runs_of(answers, "acme", change(prose(1))) == ["run-1"]


def test_an_answer_with_a_sentence_more_is_known_again(answers):
    assert runs_of(answers, "acme", prose(1) + "\nAnd there is this.") == ["run-1"]


def test_another_answer_is_not(answers):
    assert runs_of(answers, "acme", prose(3)) == []
    assert runs_of(answers, "acme", prose(1)[:200] + prose(3)) == []


def test_another_tenant_s_answer_is_not(answers):
    assert runs_of(answers, "globex", prose(1)) == []


def test_the_latest_of_the_same_answers_comes_first(answers):
    answers.remember("run-3", "acme", prose(1))

    assert runs_of(answers, "acme", prose(1)) == ["run-3", "run-1"]


def test_a_plain_yes_is_everybodys(answers):
    assert Print.of("Yes.") is None
    assert runs_of(answers, "acme", "Yes.") == ()


def test_words_in_another_order_have_another_print():
    words = prose(1, 40).split()

    assert Print.of(" ".join(words)).exact != Print.of(" ".join(words[::-1])).exact


def test_a_print_is_that_of_every_release():
    kept = Print.of(prose(1, 40))

    assert (kept.exact, len(kept.sketch)) == (GOLDEN, SKETCH)


GOLDEN = -6674675893621910856
