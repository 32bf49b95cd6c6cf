import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.telling import PREVIEW
from tests.stores.databases import alter
from tests.stores.material import chunk, edges, run


@pytest.fixture
def start(url):
    store = open_store(url)
    start, end = run(*edges(chunk(text="word " * 1_000)))
    store.append([start, end])
    store.close()
    return start


@pytest.fixture
def ledger(url, start):
    ledger = open_ledger(url)
    yield ledger
    ledger.close()


def test_a_preview_is_the_beginning(ledger, start):
    (entry,) = ledger.response(start.run, None).context

    assert entry.preview == ("word " * 1_000)[:PREVIEW]


def test_an_outline_leaves_details_out(ledger, start):
    (outline,), _ = ledger.responses(None, limit=1)
    record = ledger.response(start.run, None)

    assert (outline.id, outline.question, outline.decision) == (record.id, record.question, record.decision)
    assert (outline.answer, outline.context, outline.findings, outline.manifest) == ("", (), (), ())


def test_a_record_without_its_catalogue_still_tells_what_the_log_has(ledger, start, url):
    alter(url, "DELETE FROM chunk")
    (entry,) = ledger.response(start.run, None).context

    assert (entry.document, entry.chunk) == ("page-1.md", start.body.edges[0].chunk.digest)
    assert entry.title is None
    assert start.body.edges[0].chunk.text.startswith(entry.preview)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET detail = X'00' WHERE idx = 0",
        "UPDATE event SET detail = (SELECT detail FROM event WHERE idx = 1) WHERE idx = 0",
        "UPDATE event SET detail = X'0299' WHERE idx = 1",
        "UPDATE event SET catalogue = X'0007' WHERE idx = 0",
        "UPDATE sealed_text SET text = X'0199'",
        "UPDATE document_version SET labels = '{'",
    ],
)
def test_what_is_damaged_is_said_so_and_not_told_in_part(ledger, start, url, statement):
    alter(url, statement)

    with pytest.raises(LineageUnavailable, match="lineward verify"):
        ledger.response(start.run, None)
