from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.stores.additions import Additions
from gateway.stores.comparing import Comparison
from gateway.stores.connecting import parsed, reading, writing
from gateway.stores.erasures import Erasures
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_store
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from gateway.stores.texts import Texts
from tests.stores.material import chunk, edges, outcome, run


@pytest.fixture
def url(database):
    return parsed(database.prepared())


@pytest.fixture
def recorded(url):
    """One run, whose chunk stands in the catalogue before it."""
    store = open_store(url.render_as_string())
    store.append(run(*edges(chunk())))
    start, end = run(*edges(chunk()))
    store.append([start, end])
    store.close()
    return start, end


@pytest.fixture
def comparison(url, recorded):
    with closing(reading(url)) as connection:
        ask = Asking(Queries(Statements(url)), connection.cursor(), None)
        comparison = Comparison(ask, Texts(ask, default_masters(url)), Erasures())
        comparison.load(0, 3)
        yield comparison


def test_rows_that_follow_from_the_entry_are_no_faults(comparison, recorded):
    found = [*comparison.faults(2, recorded[0], Additions()), *comparison.faults(3, recorded[1], Additions())]

    assert found == []
    assert comparison.outcomes == 1


def test_an_entry_with_other_chunks_than_its_edges_is_a_fault(comparison, recorded):
    start, _ = run(*edges(chunk("b.md")))
    found = list(comparison.faults(2, start, Additions()))

    assert "number 1 in the catalogue is not what position 0 was recorded as" in found[0].problem


def test_more_edges_than_recorded_are_a_fault(comparison, recorded):
    start, _ = run(*edges(chunk(), chunk("b.md")))
    found = list(comparison.faults(2, start, Additions()))

    assert "table edge has 1 rows of this intent instead of 2" in found[0].problem


def test_a_text_that_was_never_kept_is_missing(comparison, recorded):
    _, end = recorded
    other = run()[1]
    object.__setattr__(other, "run", end.run)
    object.__setattr__(other, "body", outcome("Never stored."))
    found = list(comparison.faults(3, other, Additions()))

    assert [fault.problem for fault in found] == [
        f"the text {digest('Never stored.')} that this outcome kept is missing"
    ]


def test_an_outcome_listed_for_another_entry_is_a_fault(url, recorded):
    with closing(writing(url)) as connection:
        connection.cursor().execute("UPDATE outcome SET event = 1 WHERE seq = 2")
        ask = Asking(Queries(Statements(url)), connection.cursor(), None)
        comparison = Comparison(ask, Texts(ask, default_masters(url)), Erasures())
        comparison.load(0, 3)
        found = list(comparison.faults(3, recorded[1], Additions()))

    assert [fault.problem for fault in found] == ["table outcome, event: not what this outcome recorded"]
