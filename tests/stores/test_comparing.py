from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.principals import Principal
from gateway.stores.additions import Additions
from gateway.stores.comparing import Comparison
from gateway.stores.connecting import parsed, reading, writing
from gateway.stores.erasing import Eraser
from gateway.stores.erasures import Erasures
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from gateway.stores.texts import Texts
from tests.stores.databases import alter, rows
from tests.stores.material import (
    chunk,
    document,
    edges,
    ended,
    entering,
    faults,
    ingested,
    intent,
    outcome,
    run,
    started,
)


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


SHARED = "What two people were told, and two documents say."


@pytest.fixture
def shared(url):
    """A text that is kept four times: for two people and two documents."""
    address = url.render_as_string(hide_password=False)
    with closing(open_store(address)) as store:
        for who, name in (("jane", "a.md"), ("john", "b.md")):
            start = started(intent(*edges(chunk(name, text=SHARED)), end_user=who))
            store.append([start, ended(start, outcome(SHARED))])
        store.append([ingested(entering(document("c.md"), SHARED))])
        yield address


def found(address):
    with closing(open_ledger(address)) as ledger:
        return faults(ledger)


def test_each_copy_of_a_text_must_be_there(shared):
    """Whoever reads one of them does not miss the others."""
    name = "(SELECT name FROM sealed_text GROUP BY name HAVING COUNT(*) = 5)"
    before = found(shared)
    keys = [key for (key,) in rows(shared, f"SELECT key FROM sealed_text WHERE name = {name} ORDER BY key")]
    assert (before, len(keys)) == ([], 5)
    for key in keys:
        copy = rows(shared, f"SELECT name, key, used, text FROM sealed_text WHERE name = {name} AND key = {key}")
        with closing(writing(parsed(shared))) as connection:
            cursor = connection.cursor()
            mark = "?" if shared.startswith("sqlite") else "%s"
            cursor.execute(f"DELETE FROM sealed_text WHERE name = {mark} AND key = {mark}", copy[0][:2])
            missing = found(shared)
            cursor.execute(f"INSERT INTO sealed_text (name, key, used, text) VALUES ({', '.join([mark] * 4)})", copy[0])

        assert [fault.problem.endswith("kept is missing") for fault in missing] == [True]


def test_a_document_that_was_erased_accounts_for_no_copy_of_another(shared):
    with closing(open_store(shared)) as store:
        Eraser(store, default_masters(parsed(shared))).document(Principal("privacy", "acme"), "a.md")
    rightly = found(shared)
    alter(shared, "DELETE FROM sealed_text WHERE key = (SELECT MAX(key) FROM sealed_text)")

    assert rightly == []
    assert ["kept is missing" in fault.problem for fault in found(shared)] == [True]
