from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.domain.documents import How, Source
from gateway.lineage.upstreams import nodes
from gateway.stores.graph import SQLGraph
from gateway.stores.origins import SQLOrigins
from gateway.stores.questions import Questions
from gateway.upstream import Upstreams
from tests.domain.reported import KB, TABLE, run_event
from tests.stores.material import chunk, document, edges, entering, ingested, reported, run

BUCKET = Source("s3://acme-kb", "policies")
OURS = Source("chroma://chroma.example:8000", "default_tenant.default_database.ours")


@pytest.fixture
def upstreams(store, url):
    with closing(Questions(url)) as questions:
        yield Upstreams(SQLGraph(questions), SQLOrigins(questions), {"kb": OURS})


def lineage(origin):
    return [str(one.dataset) for one in nodes(origin.upstream)]


def test_a_document_of_a_collection_comes_from_what_the_collection_was_made_of(store, upstreams):
    one = document(source=Source(*KB))
    store.append([ingested(entering(one)), reported(run_event([TABLE], [KB]))])
    [record] = upstreams.of_document(one.id, "acme")

    assert lineage(record.origins[0]) == ["/".join(KB), "/".join(TABLE)]


def test_a_response_comes_from_what_its_documents_are_objects_of(store, upstreams):
    used = chunk("refund.pdf", source=BUCKET, how=How.DECLARED)
    start, end = run(*edges(used))
    store.append([start, end, reported(run_event([TABLE], [("s3://acme-kb", "policies/refund.pdf")]))])
    record = upstreams.of_response(start.run, None)

    assert (record.tenant, record.origins[0].how) == ("acme", How.DECLARED)
    assert lineage(record.origins[0]) == ["s3://acme-kb/policies/refund.pdf", "/".join(TABLE)]


def test_a_document_is_part_of_the_collection_of_ours_that_it_entered(store, upstreams):
    one = document()
    store.append([ingested(entering(one)), reported(run_event([TABLE], [(OURS.namespace, OURS.name)]))])
    [record] = upstreams.of_document(one.id, "acme")

    assert lineage(record.origins[0]) == [str(OURS), "/".join(TABLE)]


def test_of_what_nothing_was_reported_nothing_is_told(store, upstreams):
    start, end = run()
    store.append([start, end])
    record = upstreams.of_response(start.run, "acme")

    assert [origin.upstream for origin in record.origins] == [[]]


def test_a_dataset_and_a_source_are_asked_for_by_their_names(store, upstreams):
    store.append([reported(run_event([TABLE], [KB])), ingested(entering(document(source=BUCKET)))])
    dataset, source = upstreams.of_source("/".join(KB), None), upstreams.of_source(str(BUCKET), "acme")

    assert lineage(dataset[0].origins[0]) == ["/".join(KB), "/".join(TABLE)]
    assert lineage(source[0].origins[0]) == [str(BUCKET)]


def test_nothing_is_told_to_another_tenant_or_of_the_unknown(store, upstreams):
    start, end = run()
    store.append([start, end, reported(run_event([TABLE], [KB]))])

    assert upstreams.of_response(start.run, "rival") is None
    assert upstreams.of_source("/".join(KB), "rival") == []
    assert upstreams.of_document("nowhere.md", None) == []


def test_the_time_of_the_ingest_decides_which_run_counts(store, upstreams):
    one = document(source=Source(*KB))
    now = datetime.now(UTC)
    late = now.replace(year=now.year + 1).isoformat()
    store.append(
        [
            reported(run_event([("db", "old")], [KB], at="2026-01-01T00:00:00Z")),
            ingested(entering(one)),
            reported(run_event([("db", "new")], [KB], at=late, run="0193a111-2222-7333-8444-555566667778")),
        ]
    )
    [record] = upstreams.of_document(one.id, "acme")

    assert lineage(record.origins[0]) == ["/".join(KB), "db/old"]
