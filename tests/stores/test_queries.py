import time

import pytest

from gateway.domain.subjects import Subject
from gateway.stores import queries
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from tests.stores.databases import read_whole
from tests.stores.material import chunk, edges, run

ASKED = (
    queries.response, queries.responses, queries.context, queries.documents, queries.versions, queries.ingestions,
    queries.current,
)  # fmt: skip
"""Questions that a person waits for."""


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
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
def test_no_question_reads_a_whole_table(url, query, tenant):
    """Cost must not grow with the number of stored responses or registered chunks."""
    statement = Queries(Statements(parsed(url)))(query, tenant=tenant is not None)

    assert read_whole(url, statement) & TABLES == set()


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
