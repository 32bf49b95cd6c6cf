from datetime import UTC, datetime

import pytest

from gateway.domain.documents import Source
from gateway.domain.openlineage import Part, Tag
from gateway.stores.graph import SQLGraph
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.domain.reported import KB, RUN, TABLE, dataset, dataset_event, facet, job_event, run_event, tags
from tests.stores.material import reported

LATER = "0193a111-2222-7333-8444-555566667778"
COLLECTION, ARTICLES = Source(*KB), Source(*TABLE)


def at(hour):
    return datetime(2026, 11, 20, hour, tzinfo=UTC)


@pytest.fixture
def graph(database):
    """Asks what was reported; `graph.report(event, …)` reports more."""
    url = database.prepared()
    store = open_store(url)
    questions = Questions(url)
    graph = SQLGraph(questions)
    graph.report = lambda *events, tenant="acme": store.append([reported(one, tenant=tenant) for one in events])
    yield graph
    questions.close()
    store.close()


def test_the_newest_report_is_known_by_its_place(graph):
    before = graph.newest()
    graph.report(dataset_event(TABLE), dataset_event(KB))

    assert (before, graph.newest()) == (-1, 1)


def test_who_wrote_a_dataset_depends_on_the_time(graph):
    graph.report(
        run_event([TABLE], [KB], at="2026-11-20T06:00:00Z"),
        run_event([TABLE], [KB], at="2026-11-20T08:00:00Z", run=LATER),
        run_event([TABLE], [KB], at="2026-11-20T09:00:00Z", run="0193a111-2222-7333-8444-555566667779", state="FAIL"),
    )
    with graph.of("acme") as of:
        found = [of.written(COLLECTION, when) for when in (at(7), at(10), None, at(5))]
        nobody = of.written(ARTICLES, None)

    assert [(one.run, one.assumed) for one in found] == [(RUN, False), (LATER, False), (LATER, False), (RUN, True)]
    assert (found[0].job, found[0].at, nobody) == (Source("airflow-prod", "kb_ingest.embed"), at(6), None)


def test_a_run_is_what_all_its_events_tell(graph):
    """Many clients tell of inputs when a run starts and of outputs when it is complete."""
    graph.report(run_event([TABLE], state="START", at="2026-11-20T05:00:00Z"), run_event([], [KB]))
    with graph.of("acme") as of:
        run = of.written(COLLECTION, None)
        told = of.datasets(run.run)

    assert [(one.source, one.part) for one in told] == [(ARTICLES, Part.INPUT), (COLLECTION, Part.OUTPUT)]


def test_tags_are_those_of_the_last_event_that_told_of_any(graph):
    graph.report(
        run_event([dataset(TABLE, tags=tags(("pii", "true")))], at="2026-11-20T05:00:00Z"),
        dataset_event(TABLE, at="2026-11-20T07:00:00Z", tags=tags(("classification", "restricted"))),
        dataset_event(TABLE, at="2026-11-20T08:00:00Z", schema=facet("SchemaDatasetFacet", fields=[])),
    )
    with graph.of("acme") as of:
        found = [of.tags(ARTICLES, when) for when in (at(4), at(6), None)]

    assert found == [(), [Tag("pii", "true")], [Tag("classification", "restricted")]]


def test_tags_can_be_taken_away(graph):
    graph.report(
        dataset_event(TABLE, at="2026-11-20T05:00:00Z", tags=tags(("pii", "true"))),
        dataset_event(TABLE, at="2026-11-20T06:00:00Z", tags=tags()),
    )
    with graph.of("acme") as of:
        assert of.tags(ARTICLES, None) == []


def test_a_job_without_run_writes_from_the_time_that_it_was_reported(graph):
    graph.report(job_event([TABLE], [KB]))
    with graph.of("acme") as of:
        run = of.written(COLLECTION, None)
        told = of.datasets(run.run)

    assert [one.source for one in told] == [ARTICLES, COLLECTION]


def test_every_tenant_has_a_graph_of_its_own(graph):
    graph.report(run_event([TABLE], [KB]))
    with graph.of("rival") as of:
        unknown = of.written(COLLECTION, None), of.datasets(RUN), of.is_known(ARTICLES), of.readers(ARTICLES)
    with graph.of("acme") as of:
        known = of.is_known(ARTICLES), of.readers(ARTICLES)

    assert unknown == (None, [], False, [])
    assert known == (True, [RUN])
    assert (graph.tenants_of(ARTICLES, None), graph.tenants_of(ARTICLES, "rival")) == (["acme"], [])


def test_names_too_long_for_an_index_are_found(graph):
    long = ("s3://" + "b" * 700, "k" * 3000)
    graph.report(run_event([TABLE], [dataset(long, tags=tags(("a", "b")))]))
    with graph.of("acme") as of:
        assert of.written(Source(*long), None).run == RUN
        assert of.tags(Source(*long), None) == [Tag("a", "b")]
