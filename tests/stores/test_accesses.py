from contextlib import closing

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import digest
from gateway.domain.principals import Principal, Role
from gateway.stores.accesses import SQLAccesses
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from tests.stores.databases import alter
from tests.stores.material import faults

SOC = Principal("soc", "acme", frozenset({Role.RESPONDER, Role.AUDITOR}))
RIVAL = Principal("theirs", "rival", frozenset({Role.RESPONDER}))
OPERATOR = Principal("lineward", "", frozenset({Role.ADMIN}), end_user="root")


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(
            [
                accessed(SOC, "read response", ["response/1"]),
                accessed(SOC, "search", ["response/1", "response/2"], query="leave"),
                accessed(RIVAL, "list responses"),
                accessed(OPERATOR, "read impact", ["document/kb/a.md"]),
            ]
        )
    return url


@pytest.fixture
def looks(url):
    with closing(Questions(url)) as questions:
        yield SQLAccesses(questions)


def test_who_was_shown_something_is_told_newest_first(looks):
    page, following = looks.accesses("response/1", "acme", limit=9)

    assert [(one.index, one.action) for one in page] == [(1, "search"), (0, "read response")]
    assert (page[0].application, page[0].roles, page[0].query) == ("soc", ["auditor", "responder"], digest("leave"))
    assert page[0].subjects == ("response/1", "response/2")
    assert following == ""


def test_a_tenant_is_told_of_its_own_readers_and_of_operators(looks):
    page, _ = looks.accesses("", "acme", limit=9)

    assert [one.application for one in page] == ["lineward", "soc", "soc"]
    assert [one.person for one in page] == ["root", "", ""]
    assert looks.accesses("response/1", "rival", limit=9) == ([], "")
    assert len(looks.accesses("", None, limit=9)[0]) == 4


def test_a_tenant_is_not_told_what_else_an_operator_was_shown(url, looks):
    """A search over all tenants shows other tenants' documents and people: their names are none of its business."""
    shown = ["document/rival-plan.md", "document/ours.md"]
    with closing(open_store(url)) as store:
        store.append([accessed(OPERATOR, "search chunks", shown, query="u-7")])

    everything, ours = (looks.accesses(subject, "acme", limit=1)[0][0] for subject in ("", "document/ours.md"))
    operators = looks.accesses("", None, limit=1)[0][0]

    assert (everything.action, everything.person) == ("search chunks", "root")
    assert (everything.subjects, ours.subjects) == ((), ("document/ours.md",))
    assert everything.query == ours.query == ""
    assert (operators.subjects, operators.query) == (tuple(shown), digest("u-7"))


def test_it_is_paged(looks):
    first, cursor = looks.accesses("", None, limit=3)
    second, last = looks.accesses("", None, limit=3, cursor=cursor)

    assert [one.index for one in [*first, *second]] == [3, 2, 1, 0]
    assert last == ""


def test_a_row_that_was_taken_away_is_found_missing(url):
    ledger = open_ledger(url)
    before = faults(ledger)
    alter(url, "DELETE FROM access WHERE subject = 'response/2'")
    after = faults(ledger)
    ledger.close()

    assert before == []
    assert [fault.problem for fault in after] == ["table access has 1 rows of this access instead of 2"]
