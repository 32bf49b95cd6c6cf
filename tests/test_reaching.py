from contextlib import closing
from datetime import timedelta

import pytest

from gateway.domain.documents import Source
from gateway.domain.subjects import Kind, Subject
from gateway.reaching import Reach
from gateway.stores.graph import SQLGraph
from gateway.stores.origins import SQLOrigins
from gateway.stores.questions import Questions
from gateway.upstream import Upstreams
from tests.domain.reported import KB, RUN, TABLE, run_event
from tests.stores.material import chunk, document, edges, entering, ingested, reported, run

LATER, EARLIER = "0193a111-2222-7333-8444-555566667778", "0193a111-2222-7333-8444-555566667700"
OURS = Source("chroma://chroma.example:8000", "default_tenant.default_database.ours")
RAW, OTHER = ("s3://lake", "raw/articles"), ("postgres://hr:5432", "hr.public.person")


@pytest.fixture
def reach(store, url):
    with closing(Questions(url)) as questions:
        yield Reach(Upstreams(SQLGraph(questions), SQLOrigins(questions), {"kb": OURS}), questions)


def of(dataset, kind=Kind.DATASET):
    return Subject(kind, "/".join(dataset) if kind is Kind.DATASET else dataset)


def used(one, text="", **more):
    piece = chunk(one.id, text=text or one.text, source=one.source, version=one.version, url=one.url)
    return run(*edges(piece), **more)


def total(reach, subject, tenant="acme"):
    found = reach.impact(subject, tenant, limit=10)
    return None if found is None else found.total


def test_a_table_two_runs_up_reached_everyone_who_was_answered_from_the_collection(store, reach):
    one, another = document(source=Source(*KB)), document("other.md", "Elsewhere.")
    events = [run_event([RAW], [TABLE], run=EARLIER, at="2026-11-19T00:00:00Z"), run_event([TABLE], [KB])]
    store.append([ingested(entering(one)), ingested(entering(another)), *map(reported, events)])
    store.append([*used(one, end_user="ann"), *used(one, end_user="bob"), *used(another)])
    found = reach.impact(of(RAW), "acme", limit=1)

    assert (found.kind, found.total, found.end_users) == ("dataset", 2, {"ann": 1, "bob": 1})
    assert (len(found.responses), bool(found.cursor)) == (1, True)
    assert [total(reach, of(EARLIER, Kind.RUN)), total(reach, of(RUN, Kind.RUN))] == [2, 2]


def test_what_nobody_was_answered_from_reached_nobody_and_what_nobody_reported_is_not_known(store, reach):
    store.append([reported(run_event([TABLE], [KB]))])

    assert total(reach, of(TABLE)) == 0
    assert total(reach, of(OTHER)) is None
    assert total(reach, of(LATER, Kind.RUN)) is None
    assert (total(reach, of(TABLE), "rival"), total(reach, of(RUN, Kind.RUN), "rival")) == (None, None)
    assert (reach.tenants(of(TABLE), None), reach.tenants(of(RUN, Kind.RUN), "acme")) == (["acme"], ["acme"])


def test_only_what_was_ingested_after_a_run_and_before_the_next_comes_from_it(store, reach):
    """The same source, written by two runs of two origins; each document has what was there when it came in."""
    early, late = document("early.md", "One.", source=Source(*KB)), document("late.md", "Two.", source=Source(*KB))
    first = ingested(entering(early))
    store.append([reported(run_event([TABLE], [KB], run=EARLIER, at="2026-01-01T00:00:00Z")), first, *used(early)])
    between = (first.at + timedelta(microseconds=1)).isoformat()
    store.append([reported(run_event([OTHER], [KB], run=LATER, at=between)), ingested(entering(late)), *used(late)])
    fed = {name: reach.impact(of(dataset), "acme", limit=10) for name, dataset in (("table", TABLE), ("other", OTHER))}

    assert {name: found.total for name, found in fed.items()} == {"table": 1, "other": 1}
    assert fed["table"].responses[0].response != fed["other"].responses[0].response
    assert [total(reach, of(one, Kind.RUN)) for one in (EARLIER, LATER)] == [1, 1]


@pytest.mark.parametrize(
    ("source", "name", "address", "dataset"),
    [
        (Source("s3://acme-kb", "policies"), "refund.pdf", None, ("s3://acme-kb", "policies/refund.pdf")),
        (Source("lineward", "declared"), "s3://acme-kb/a/b.pdf", None, ("s3://acme-kb", "a/b.pdf")),
        (Source("file", "/srv/kb"), "a/b.md", None, ("file", "/srv/kb/a/b.md")),
        (Source("lineward", "declared"), "7", "https://wiki.example/p/1", ("https://wiki.example", "p/1")),
    ],
)  # fmt: skip
def test_documents_are_reached_by_their_own_names_and_addresses(store, reach, source, name, address, dataset):
    piece = chunk(name, text="What it says.", source=source, url=address)
    store.append([reported(run_event([TABLE], [dataset])), *run(*edges(piece)), *run(*edges(chunk("other.md")))])

    assert total(reach, of(TABLE)) == 1


def test_documents_are_reached_through_the_collection_of_ours_that_they_entered(store, reach):
    one = document()
    store.append([ingested(entering(one)), reported(run_event([TABLE], [(OURS.namespace, OURS.name)])), *used(one)])

    assert total(reach, of(TABLE)) == 1
