import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.openlineage import DATASETS_MAX, Flow, Kind, Part, Tag, parse
from tests.domain.reported import KB, RUN, TABLE, dataset, dataset_event, facet, job_event, run_event, tags
from tests.exporters.conforming import problems


def columns(**fields):
    return facet("ColumnLineageDatasetFacet", fields=fields)


def origin(field, **more):
    return {"namespace": TABLE[0], "name": TABLE[1], "field": field, **more}


def test_a_run_event_says_what_was_read_and_written():
    event = parse(run_event([TABLE], [KB]))

    assert (event.kind, event.run, event.state, event.wrote) == (Kind.RUN, RUN, "COMPLETE", True)
    assert event.job == Source("airflow-prod", "kb_ingest.embed")
    assert [(one.source, one.part) for one in event.datasets] == [
        (Source(*TABLE), Part.INPUT),
        (Source(*KB), Part.OUTPUT),
    ]


@pytest.mark.parametrize("value", [{}, "", 0])
def test_tags_that_are_no_list_are_refused_and_not_taken_for_none(value):
    with pytest.raises(BadRequest, match="list of tags"):
        parse(dataset_event(TABLE, tags=facet("TagsDatasetFacet", tags=value)))


@pytest.mark.parametrize(
    ("state", "processing", "wrote"),
    [
        ("START", "BATCH", False),
        ("RUNNING", "BATCH", False),
        ("FAIL", "BATCH", False),
        ("ABORT", "SERVICE", False),
        ("RUNNING", "STREAMING", True),
        ("RUNNING", "SERVICE", True),
        ("COMPLETE", "BATCH", True),
    ],
)
def test_outputs_are_written_by_what_completes_and_by_what_never_will(state, processing, wrote):
    event = run_event([TABLE], [KB], state=state)
    event["job"]["facets"] = {"jobType": facet("JobTypeJobFacet", processingType=processing, integration="X")}

    assert parse(event).wrote is wrote


def test_tags_are_those_of_the_dataset_and_of_its_columns():
    given = dataset(TABLE, tags=tags(("pii", "true"), ("classification", "confidential", "SSN")))
    told = parse(run_event([given], [KB])).datasets

    assert told[0].tags == (Tag("pii", "true"), Tag("classification", "confidential", "SSN"))
    assert told[1].tags is None


def test_a_deleted_facet_says_that_there_are_no_tags():
    event = dataset_event(TABLE, tags=tags(("pii", "true")) | {"_deleted": True})

    assert parse(event).datasets[0].tags == ()


def test_columns_come_from_columns_and_some_are_masked():
    made = columns(
        body={"inputFields": [origin("TEXT"), origin("SSN", transformations=[{"type": "DIRECT", "masking": True}])]},
        hash={"inputFields": [origin("EMAIL")], "transformationType": "MASKED"},
    )
    told = parse(run_event([TABLE], [dataset(KB, columnLineage={**made, "dataset": [origin("REGION")]})]))

    assert told.datasets[1].flows == (
        Flow("body", Source(*TABLE), "TEXT"),
        Flow("body", Source(*TABLE), "SSN", masked=True),
        Flow("hash", Source(*TABLE), "EMAIL", masked=True),
        Flow("", Source(*TABLE), "REGION"),
    )


def test_a_column_that_also_flows_unmasked_is_not_masked():
    ways = [{"type": "DIRECT", "masking": True}, {"type": "INDIRECT"}]
    made = columns(body={"inputFields": [origin("SSN", transformations=ways)]})
    told = parse(run_event([TABLE], [dataset(KB, columnLineage=made)]))

    assert not told.datasets[1].flows[0].masked


def test_jobs_and_datasets_come_without_a_run():
    job, subject = parse(job_event([TABLE], [KB])), parse(dataset_event(TABLE))

    assert (job.kind, job.run, job.wrote) == (Kind.JOB, "", True)
    assert (subject.kind, subject.job, subject.wrote) == (Kind.DATASET, None, False)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T06:10:00Z", datetime(2026, 11, 20, 6, 10, tzinfo=UTC)),
        ("2026-11-20T07:10:00.123456789+01:00", datetime(2026, 11, 20, 6, 10, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T06:10:00", datetime(2026, 11, 20, 6, 10, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_any_offset_and_without_one_as_utc(text, at):
    assert parse(run_event(at=text)).at == at


def without(event, *path):
    *parents, last = path
    inner = event
    for step in parents:
        inner = inner[step]
    del inner[last]
    return event


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ([], None),
        (without(run_event(), "eventTime"), "eventTime"),
        (run_event(at="yesterday"), "eventTime"),
        (run_event(at="2026-11-20"), "eventTime"),
        (without(run_event(), "producer"), "producer"),
        (without(run_event(), "schemaURL"), "schemaURL"),
        (without(run_event(), "run", "runId"), "run.runId"),
        (run_event(run="17"), "run.runId"),
        (without(run_event(), "job"), "job"),
        (without(run_event(), "job", "name"), "job.name"),
        (run_event(state="DONE"), "eventType"),
        (without(without(run_event(), "run"), "job"), "run"),
        (run_event(inputs=[{"namespace": "", "name": "x"}]), "inputs[0].namespace"),
        (run_event(outputs=[{"namespace": "x"}]), "outputs[0].name"),
        (run_event() | {"inputs": {}}, "inputs"),
        (run_event() | {"outputs": ["x"]}, "outputs[0]"),
        (run_event([dataset(TABLE, odd=3)]), "inputs[0].facets.odd"),
        (run_event([dataset(TABLE, odd={})]), "inputs[0].facets.odd._producer"),
        (run_event([dataset(TABLE, tags=facet("T", tags=[{"value": "x"}]))]), "inputs[0].facets.tags.tags[0].key"),
        (dataset_event(TABLE, tags=facet("T", tags=[{"key": "k", "value": 3}])), "dataset.facets.tags.tags[0]"),
        (run_event(outputs=[dataset(KB, columnLineage=columns(b=3))]), "outputs[0].facets.columnLineage.fields.b"),
        (run_event([TABLE] * (DATASETS_MAX + 1)), "inputs"),
    ],
)  # fmt: skip
def test_what_openlineage_does_not_allow_is_refused_with_its_path(event, path):
    with pytest.raises(BadRequest) as refused:
        parse(event)

    assert (refused.value.param, refused.value.code) == (path, "invalid_lineage")
    assert path is None or path in refused.value.message


def test_every_namespace_is_named_with_its_place():
    event = parse(run_event([TABLE, KB], [KB]))

    assert [*event.namespaces()] == [
        ("airflow-prod", "job.namespace"),
        (TABLE[0], "inputs[0].namespace"),
        (KB[0], "inputs[1].namespace"),
        (KB[0], "outputs[0].namespace"),
    ]


COLUMNS = columns(body={"inputFields": [origin("TEXT", transformations=[{"type": "DIRECT", "masking": True}])]})
STANDARD = [
    run_event([dataset(TABLE, tags=tags(("pii", "true", "SSN")))], [dataset(KB, columnLineage=COLUMNS)]),
    job_event([TABLE], [KB]),
    dataset_event(TABLE, tags=tags(("pii", "true"))),
]
"""One event of each kind."""


@pytest.mark.parametrize("event", STANDARD)
def test_an_event_by_the_schemas_is_understood(event):
    assert problems(event) == []
    assert parse(event)


def parts(value, path=()):
    """Yield the path of everything in *value* that has a name, but for what facets are called."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(value, dict):
            yield (*path, key)
        yield from parts(one, (*path, key))


LENIENT = {
    "run": "an event without one is of a job",
    "value": "a tag may be a word alone",
    "fields": "no columns are told of",
    "body": "nothing is told of where this column comes from",
    "inputFields": "nor here",
    "transformations": "what is not told to be masked is not",
    "type": "of a transformation: not read",
    "masking": "is true, or does not hide",
}
"""What we understand although the schemas want more, and as what."""

BROKEN = [(at, path, put) for at, event in enumerate(STANDARD) for path in parts(event) for put in (None, 7, {}, [])]


@pytest.mark.parametrize("at", range(len(STANDARD)))
def test_an_event_that_breaks_the_schemas_is_refused(at):
    """Breaking any one part either leaves an event that is by the schemas, or has it refused, or is in `LENIENT`."""
    wrong = set()
    for _, path, put in [one for one in BROKEN if one[0] == at]:
        event = copy.deepcopy(STANDARD[at])
        held = event
        for step in path[:-1]:
            held = held[step]
        if put is None:
            del held[path[-1]]
        else:
            held[path[-1]] = put
        if problems(event) and understood(event):
            wrong.add(path[-1])

    assert wrong <= LENIENT.keys()


def understood(event):
    try:
        return bool(parse(event))
    except BadRequest:
        return False


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["run", "job", "inputs", "facets", "tags", "name", "eventTime"]), inner)
    ),
    max_leaves=12,
)


@given(values, st.sampled_from(["run", "job", "inputs", "outputs", "dataset", "eventTime", "eventType"]))
def test_anything_is_either_understood_or_refused(value, name):
    try:
        parse(run_event([TABLE], [KB]) | {name: value})
    except BadRequest as exc:
        assert exc.code == "invalid_lineage"
