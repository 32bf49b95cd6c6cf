import time

import pytest

from gateway.domain.subjects import Subject
from gateway.stores import queries
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from tests.stores.material import chunk, edges, run

ASKED = {
    queries.response: {"id": b""},
    queries.responses: {"before": 9, "limit": 9},
    queries.context: {"seq": 0},
    queries.documents: {"name": "a"},
    queries.versions: {"document": 1},
    queries.ingestions: {"document": 1},
    queries.current: {"owner": "acme", "namespace": "file", "name": "kb"},
}
"""Questions that a person waits for."""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('queries')}/lineage.db"
    store = open_store(url)
    pieces = [chunk(f"page-{number}.md") for number in range(400)]
    for at in range(0, 2_000, 100):
        store.append([event for turn in range(at, at + 100) for event in run(*edges(pieces[turn % 399]))])
    store.close()
    return url


@pytest.fixture
def cursor(url):
    readers = Readers(parsed(url))
    with readers.borrow() as connection:
        yield connection.cursor()
    readers.close()


@pytest.mark.parametrize("tenant", [None, "acme"])
@pytest.mark.parametrize("query", ASKED, ids=lambda query: query.__name__)
def test_no_question_reads_a_whole_table(url, cursor, query, tenant):
    """Cost must not grow with the number of stored responses or registered chunks."""
    statement = Queries(Statements(parsed(url)))(query, tenant=tenant is not None)
    given = {**statement.usual, "tenant": tenant, **ASKED[query]}
    cursor.execute(f"EXPLAIN QUERY PLAN {statement.text}", tuple(given[name] for name in statement.names))
    plan = [row[3] for row in cursor.fetchall()]

    assert plan
    assert [step for step in plan if step.startswith("SCAN") and step.split()[1] in TABLES] == []


TABLES = {"event", "response", "outcome", "edge", "chunk", "document_version", "ingestion", "blob", "finding"}


def test_asking_binds_values_by_name(url, cursor):
    ask = Asking(Queries(Statements(parsed(url))), cursor, "acme")

    assert len(ask(queries.documents, name="page-3.md")) == 1
    assert Asking(Queries(Statements(parsed(url))), cursor, "other")(queries.documents, name="page-3.md") == []


def test_the_blast_radius_is_found_in_milliseconds(url):
    ledger = open_ledger(url)
    ledger.impact(Subject.document("page-3.md"), "acme", limit=50)
    since = time.perf_counter()
    impact = ledger.impact(Subject.document("page-3.md"), "acme", limit=50)
    took = time.perf_counter() - since
    ledger.close()

    assert impact.total == 6
    assert took < 0.05
