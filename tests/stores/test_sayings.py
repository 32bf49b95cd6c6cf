from contextlib import ExitStack

import pytest

from gateway.domain.searches import Wish
from gateway.recognition.likeness import Wanted
from gateway.stores import sayings, wishes
from gateway.stores.connecting import parsed
from gateway.stores.masters import default_masters
from gateway.stores.questions import Questions
from gateway.stores.sayings import Sayings
from gateway.stores.texts import Texts
from tests.stores.searchable import searchable


@pytest.fixture
def record(database):
    with ExitStack() as stack:
        yield searchable(database(), stack)


def told(record, entries, tenant="acme", wanted=None, **wish):
    one = Wish(**wish)
    questions = Questions(record.url)
    with questions.asking(tenant) as ask:
        texts = Texts(ask, default_masters(parsed(record.url)))
        said = Sayings(ask, texts, wishes.shape(one), wishes.values(one))
        found = (
            [*said.having(Wanted(wanted), entries)] if wanted else [one for some in said.some(entries) for one in some]
        )
    questions.close()
    return found


def test_entries_come_with_what_they_say_in_the_order_in_which_they_are_asked_for(record, monkeypatch):
    monkeypatch.setattr(sayings, "LONGEST", 20)
    record.said("A toaster?", "Yes.")
    record.said("A kettle?", "No: " + "never " * 9)

    assert told(record, [3, 0, 1, 2, 9]) == [
        (3, "No: never never neve"),
        (0, "A toaster?"),
        (1, "Yes."),
        (2, "A kettle?"),
    ]
    assert told(record, []) == []


def test_only_those_are_told_that_are_wanted(record):
    record.said("A toaster?", "Yes.", application="bot")
    record.said("A toaster?", "A kettle.", tenant="rival")

    assert told(record, range(4)) == [(0, "A toaster?"), (1, "Yes.")]
    assert [entry for entry, _ in told(record, range(4), None)] == [0, 1, 2, 3]
    assert told(record, range(4), None, application="bot") == [(0, "A toaster?"), (1, "Yes.")]
    assert told(record, range(4), application="other") == []


def test_of_many_those_are_found_that_say_it(record):
    for number in range(70):
        record.said(f"Number {number}", "toaster" if number % 30 == 0 else "kettle")

    assert told(record, range(139, -1, -1), wanted="Toaster") == [121, 61, 1]
