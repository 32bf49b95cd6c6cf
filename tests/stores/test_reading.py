import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.subjects import Subject
from gateway.stores.opening import open_ledger, open_store
from tests.stores.material import chunk, document, edges, entering, ingested, run


def test_a_ledger_of_a_log_that_nobody_opened_yet_is_unavailable(database, tmp_path):
    ledger = open_ledger(database())
    with pytest.raises(LineageUnavailable, match="cannot be read"):
        ledger.stats()
    ledger.close()

    assert list(tmp_path.iterdir()) == []


def test_a_ledger_reads_while_nobody_writes(url):
    store = open_store(url)
    start, end = run()
    store.append([start, end])
    store.close()
    ledger = open_ledger(url)
    record = ledger.response(start.run, "acme")
    ledger.close()

    assert record.id == start.run


def test_a_ledger_sees_what_was_appended_since(url):
    store, ledger = open_store(url), open_ledger(url)
    counts = []
    for _ in range(3):
        store.append(run())
        counts.append(ledger.stats().responses)
    ledger.close()
    store.close()

    assert counts == [1, 2, 3]


def test_a_closed_ledger_answers_no_more(url):
    open_store(url).close()
    ledger = open_ledger(url)
    ledger.stats()
    ledger.close()
    ledger.close()

    with pytest.raises(LineageUnavailable, match="closed"):
        ledger.stats()


def test_pages_of_an_impact_hold_each_response_once(url):
    store, ledger = open_store(url), open_ledger(url)
    starts = [run(*edges(chunk(), chunk(ordinal=1)))[0] for _ in range(7)]
    store.append(starts)
    store.append([run(*edges(chunk("b.md")))[0]])
    seen, cursor = [], ""
    while True:
        page = ledger.impact(Subject.document("page-1.md"), "acme", limit=3, cursor=cursor)
        seen += [entry.response for entry in page.responses]
        if not (cursor := page.cursor):
            break
    ledger.close()
    store.close()

    assert seen == [start.run for start in reversed(starts)]


def test_of_a_document_that_was_only_declared_the_last_seen_version_is_current(url):
    store, ledger = open_store(url), open_ledger(url)
    store.append(run(*edges(chunk(version="sha256:a"), chunk(version="sha256:b"))))
    record = ledger.document("page-1.md", "acme")
    ledger.close()
    store.close()

    assert {version.digest: version.current for version in record.versions} == {"sha256:a": False, "sha256:b": True}


def test_a_document_in_two_sources_is_the_one_that_changed_last(url):
    from gateway.domain.documents import Source

    store, ledger = open_store(url), open_ledger(url)
    other = Source("s3://bucket", "kb")
    for source in (other, Source("file", "kb")):
        store.append([ingested(entering(document(source=source)))])
    record = ledger.document("page-1.md", "acme")
    asked = ledger.document("page-1.md", "acme", other)
    ledger.close()
    store.close()

    assert (record.source, record.others) == ("file/kb", ["s3://bucket/kb"])
    assert (asked.source, asked.others) == ("s3://bucket/kb", ["file/kb"])
