from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.domain.documents import ChunkState, Source
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.principals import Principal
from gateway.domain.runs import RunEvent, RunState
from gateway.quarantining import REASON_MAX, containing, orders
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from tests.stores.material import DROP, chunk, edges, run

WHO = Principal("soc", "acme")
WIKI = Source("wiki", "hr")


@pytest.fixture
def house(database):
    url = database.prepared()
    with closing(open_store(url)) as store, closing(open_ledger(url)) as ledger, closing(Questions(url)) as questions:
        store.append(run(*edges(chunk()), *edges(chunk(source=WIKI))))
        yield store, ledger, SQLQuarantines(questions)


def test_the_document_of_every_source_is_meant_unless_one_is_named(house):
    _, _, history = house

    both = orders(history, "page-1.md", WHO, "wrong", tenant="acme")
    one = orders(history, "page-1.md", WHO, "wrong", tenant="acme", source="wiki/hr", released=True)

    assert [str(order.body.source) for order in both] == ["file/kb", "wiki/hr"]
    assert [(str(order.body.source), order.body.released) for order in one] == [("wiki/hr", True)]


def test_a_reason_is_asked_for_and_the_document_must_be_known(house):
    _, _, history = house

    for reason in ("", "  ", "x" * (REASON_MAX + 1)):
        with pytest.raises(BadRequest):
            orders(history, "page-1.md", WHO, reason, tenant="acme")
    for name, tenant, source in (("no.md", "acme", ""), ("page-1.md", "rival", ""), ("page-1.md", "acme", "no/where")):
        with pytest.raises(NotFound):
            orders(history, name, WHO, "wrong", tenant=tenant, source=source)


def test_what_came_before_and_since_is_told_apart(house):
    store, ledger, history = house
    before = containing(ledger, history, "page-1.md", "acme")
    for order in orders(history, "page-1.md", WHO, "wrong", tenant="acme"):
        store.append([RunEvent(new_id(), RunState.COMPLETE, order.body, order.tenant)])
    store.append(run(*edges(chunk(), state=ChunkState.DROPPED, decision=DROP)))

    found = containing(ledger, history, "page-1.md", "acme")

    assert (before.quarantined, before.since, before.ever.total) == (False, None, 1)
    assert (found.quarantined, found.since.by_state, found.since.applications) == (True, {"dropped": 1}, {})
    assert (found.ever.total, sum(found.ever.applications.values())) == (2, 1)
    with pytest.raises(NotFound):
        containing(ledger, history, "no.md", "acme")
