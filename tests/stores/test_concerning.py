import pytest

from gateway.stores import concerning
from gateway.stores.connecting import parsed
from gateway.stores.statements import Statements
from tests.stores.databases import read_whole

NAMED = [concerning.response, concerning.accesses, concerning.accesses_since, concerning.ingests,
         concerning.quarantines, concerning.versions, concerning.chunks, concerning.fed_by_document,
         concerning.fed_by_document_since, concerning.fed_by_version_since, concerning.fed_by_chunk_since]  # fmt: skip


@pytest.fixture(scope="module")
def url(database):
    return database.prepared()


@pytest.mark.parametrize("tenant", [False, True])
@pytest.mark.parametrize("query", NAMED)
def test_no_question_about_something_reads_what_is_large_as_a_whole(url, query, tenant):
    statement = Statements(parsed(url)).compiled(query(tenant))

    assert read_whole(url, statement) & {"edge", "chunk", "document_version", "access"} == set()
