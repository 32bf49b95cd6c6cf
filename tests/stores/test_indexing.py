from contextlib import ExitStack, closing

import pytest

from gateway.domain.searches import Match, Wish
from gateway.stores import segments
from gateway.stores.asides import Asked
from gateway.stores.connecting import parsed, reading
from gateway.stores.segments import NAME, index_url
from tests.stores.databases import dumped, restore
from tests.stores.material import ended, intent, outcome, started
from tests.stores.searchable import searchable


@pytest.fixture
def record(database):
    with ExitStack() as stack:
        yield searchable(database.prepared(), stack)


def indexed(record, tenant="acme"):
    address = parsed(index_url(record.url))
    with closing(reading(address)) as connection:
        ask = Asked(connection.cursor(), sqlite=address.drivername == "sqlite")
        return [entry for one in segments.segments(ask, tenant, {}) for entry in one.entries.tolist()]


def found(record, text, match=Match.PHRASE, tenant="acme"):
    return [hit.id for hit in record.search.find(Wish(text, match), tenant, limit=50).data]


def test_questions_and_answers_are_indexed_by_tenant(record):
    record.said("Which toaster?", "The chrome one.")
    record.said("Which kettle?", "The blue one.", tenant="rival")
    done = record.catch_up()

    assert done == 4
    assert (indexed(record), indexed(record, "rival")) == ([0, 1], [2, 3])
    assert record.cursors.position(NAME) == 4


def test_of_an_application_that_keeps_digests_no_text_is_indexed(record):
    """It is still listed by the names that the record has anyway."""
    start = started(intent(content={}, question="sha256:" + "0" * 64))
    record.store.append([start, ended(start, outcome("nobody keeps this", content={}))])
    record.catch_up()

    assert indexed(record) == [0]
    assert found(record, "nobody keeps this") == []


def test_an_answer_without_its_intent_is_passed_over(record):
    record.store.append([ended(started())])

    assert record.catch_up() == 1
    assert indexed(record) == []


def test_an_index_is_made_anew_when_its_log_was_put_back_and_has_grown_again(record):
    kept = record.said("Which kettle?", "The blue one.")
    record.catch_up()
    yesterday = dumped(record.url)
    record.said("How many zeppelins fly to Montevideo?")
    record.catch_up()
    record.store.close()
    restore(record.url, yesterday)
    new = record.said("How many submarines sail to Valparaiso?")
    done = record.catch_up()

    assert done == 4
    assert (found(record, "submarines sail"), found(record, "blue one")) == ([new], [kept])
    assert found(record, "zeppelins fly") == []


def test_the_index_can_be_made_again(record):
    one = record.said("Where is the toaster?", "In the kitchen.")
    record.catch_up()
    record.following.restart()
    assert indexed(record) == []

    assert record.catch_up() == 2
    assert found(record, "toaster") == [one]
