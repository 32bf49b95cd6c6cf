from contextlib import closing

import pytest

from gateway.domain.documents import ChunkState
from gateway.domain.principals import Principal, Role
from gateway.domain.subjects import Subject
from gateway.stores import callers, gathering, impacts, personal
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from tests.stores.databases import alter, rows
from tests.stores.gathered import gather
from tests.stores.material import DROP, chunk, edges, faults, run

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
PAGE = Subject.document("page-1.md")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for module in (callers, gathering):
        monkeypatch.setattr(module, "SIZE", 8)
    monkeypatch.setattr(callers, "FEW", 1)


@pytest.fixture
def store(url):
    with closing(open_store(url)) as store:
        for number in range(18):
            state = {"state": ChunkState.DROPPED, "decision": DROP} if number % 5 == 4 else {}
            store.append(run(*edges(chunk(), **state), end_user=f"u-{number % 3}", application=f"app-{number % 2}"))
            store.append(run(*edges(chunk()), end_user="u-1", tenant="rival"))
        yield store


@pytest.fixture
def ledger(url, store):
    with closing(open_ledger(url)) as ledger:
        yield ledger


def blocks(url):
    return [row[0] for row in rows(url, "SELECT number FROM caller_block ORDER BY number")]


def test_the_blast_radius_is_the_same_with_blocks_as_without(url, ledger):
    asked = [(tenant, after) for tenant in ("acme", None) for after in (-1, 30)]
    without = [ledger.impact(PAGE, tenant, limit=50, after=after) for tenant, after in asked]
    gather(url)
    found = [ledger.impact(PAGE, tenant, limit=50, after=after) for tenant, after in asked]

    assert blocks(url) == [*range(9)]
    assert found == without
    for one in found:
        assert sum(one.end_users.values()) == sum(one.days.values()) == one.by_state["sent"]


def test_a_block_is_written_once_the_log_has_passed_its_end(url, store):
    first, again = gather(url, together=5), gather(url)
    store.append(run())
    store.append([event for _ in range(3) for event in run()])
    later = gather(url)

    assert (first, again, later) == (72, 0, 8)
    assert blocks(url) == [*range(10)]


def test_blocks_are_made_anew_as_they_were(url, store):
    gather(url, together=5)
    before = rows(url, "SELECT number, columns, applications FROM caller_block ORDER BY number")
    gather(url, anew=True)

    assert rows(url, "SELECT number, columns, applications FROM caller_block ORDER BY number") == before


def test_an_erased_person_is_nobody_in_blocks_that_were_made_before(url, store, ledger):
    gather(url)
    before = ledger.impact(PAGE, "acme", limit=50)
    Eraser(store, default_masters(parsed(url))).subject(ADMIN, "u-1")
    store.append(run(*edges(chunk()), end_user="u-1"))
    after = ledger.impact(PAGE, "acme", limit=50)
    gather(url)
    everybody = ledger.impact(PAGE, None, limit=50)

    assert after.end_users == {**before.end_users, "u-1": 1, "": before.end_users["u-1"]}
    assert after.applications["app-0"] == before.applications["app-0"]
    assert everybody.end_users["u-1"] == 1 + 18  # that of the other tenant has the same name, and was not erased
    assert faults(ledger) == []


def test_while_a_person_is_erased_no_block_is_called_altered(url, store, ledger, monkeypatch):
    gather(url)
    monkeypatch.setattr(personal, "PAGE", 1)
    amend, found = store.amend, []

    def watched(change):
        index = amend(change)
        found.extend(faults(ledger))
        return index

    store.amend = watched
    Eraser(store, default_masters(parsed(url))).subject(ADMIN, "u-1")

    assert found == []
    assert "u-1" not in ledger.impact(PAGE, "acme", limit=50).end_users


ALTERED = (
    "columns = (SELECT columns FROM caller_block WHERE number = 3)",
    "columns = SUBSTR(columns, 1, 9)",
    """applications = '["app-1", "app-0"]'""",
    "applications = '[]'",
    "applications = '7'",
)


def test_verification_tells_of_a_block_that_was_altered(url, ledger):
    for change in ALTERED:
        gather(url, anew=True)
        assert faults(ledger) == []
        alter(url, f"UPDATE caller_block SET {change} WHERE number = 2")

        found = faults(ledger)

        assert [fault.index for fault in found] == [16], change
        assert "`lineward db index --rebuild`" in found[0].problem


def test_bounded_work_counts_callers_only_of_what_it_counted(url, ledger, monkeypatch):
    gather(url)
    monkeypatch.setattr(impacts, "BOUND", 6)

    found = ledger.impact(PAGE, "acme", limit=50)

    assert not found.complete
    assert found.total == 7
    assert sum(found.end_users.values()) == found.by_state["sent"]
    assert len(found.responses) == 18


def test_a_block_holds_no_name_of_a_person(url, store):
    gather(url)

    for columns, applications in rows(url, "SELECT columns, applications FROM caller_block"):
        assert b"u-" not in bytes(columns)
        assert "u-" not in applications
