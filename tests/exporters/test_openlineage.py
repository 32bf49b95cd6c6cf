import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import attr
import pytest

from gateway.domain.documents import ChunkState, How, Source
from gateway.domain.errors import ConfigurationError, ExportFailed
from gateway.domain.openlineage import parse
from gateway.exporters.openlineage import OpenLineageExporter, as_json
from gateway.stores.opening import open_ledger, open_store
from tests.exporters.conforming import FORMATS, PAIRED, check, problems, schemas
from tests.stores.material import DROP, chunk, document, edges, ended, entering, ingested, intent, started

COLLECTION = Source("chroma://chroma.example:8000", "default_tenant.default_database.kb")
AT = datetime(2026, 11, 20, 6, 1, tzinfo=UTC)


class Places:
    """Everything is in one collection."""

    def collections_of(self, chunks, tenant):
        return [COLLECTION for _ in chunks]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/lineage.db"


@pytest.fixture
def sent(tmp_path):
    """What was sent, through the client's own transport to a file."""
    path = tmp_path / "events.jsonl"

    def read():
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    read.transport = {"type": "file", "log_file_path": str(path), "append": True}
    return read


def exporter(url, sent, **more):
    store = open_store(url)
    store.close()
    return OpenLineageExporter(open_ledger(url), Places(), transport=sent.transport, **more)


def events(application="support-bot", **more):
    used = edges(chunk(how=How.RETRIEVED), chunk("b.pdf", source=Source("s3://kb", "x"), how=How.DECLARED))
    secret = edges(chunk("secret.md", source=Source("file", "/secret")), state=ChunkState.DROPPED, decision=DROP)
    start = started(intent(*used, *secret, application=application, **more), tenant=more.get("tenant", "acme"))
    return start, ended(start)


def named(datasets):
    return sorted(f"{one['namespace']}|{one['name']}" for one in datasets)


def test_a_window_is_one_running_event_for_each_application(url, sent):
    told = [*events(), *events(), *events("sales-bot"), *events(tenant="rival")]
    exporter(url, sent).export(told)
    jobs = [one["job"]["name"] for one in sent()]
    first = sent()[0]

    assert jobs == ["acme.support-bot", "acme.sales-bot", "rival.support-bot"]
    assert (first["eventType"], first["job"]["namespace"]) == ("RUNNING", "lineward")
    assert named(first["inputs"]) == [f"{COLLECTION.namespace}|{COLLECTION.name}", "file|kb", "s3://kb|x"]
    assert named(first["outputs"]) == ["lineward|acme.support-bot.responses"]
    assert first["job"]["facets"]["jobType"]["processingType"] == "SERVICE"
    assert first["job"]["facets"]["jobType"]["emissionPattern"] == {
        "eventTrigger": "PERIODIC", "eventContentMode": "COMPLETE_SNAPSHOT", "windowDuration": 300,
    }  # fmt: skip


def test_the_same_window_is_the_same_event_again(url, sent):
    told = events()
    one = exporter(url, sent)
    one.export(told)
    one.export(told)

    assert sent()[0] == sent()[1]


def test_a_window_ends_where_its_length_says(url, sent):
    start, end = events()
    exporter(url, sent, every=60.0).export([replace(start, at=AT), replace(end, at=AT + timedelta(seconds=59))])

    assert datetime.fromisoformat(sent()[0]["eventTime"]) == AT + timedelta(seconds=60)


def test_what_came_in_is_told_as_well(url, sent):
    exporter(url, sent).export([ingested(entering(document(source=Source("s3://kb", "x"))))])

    assert [one["job"]["name"] for one in sent()] == ["acme.indexer.ingest"]
    assert named(sent()[0]["inputs"]) == ["s3://kb|x"]
    assert named(sent()[0]["outputs"]) == [f"{COLLECTION.namespace}|{COLLECTION.name}"]


def test_each_response_has_its_start_and_its_end(url, sent):
    told = events()
    one = exporter(url, sent, mode="all")
    store = open_store(url)
    store.append(told)
    store.close()
    one.export(told)
    start, end = sent()

    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"] == told[0].run
    assert named(start["inputs"]) == named(end["inputs"])
    assert {tag["key"]: tag["value"] for tag in end["run"]["facets"]["tags"]["tags"]}["decision"] == "masked"


@pytest.mark.parametrize("mode", ["window", "all"])
def test_what_is_sent_is_openlineage_and_holds_no_text_and_no_name_of_a_person(url, sent, mode):
    told = [*events(end_user="ann@example.com", question="May I, ann?"), ingested(entering(document()))]
    one = exporter(url, sent, mode=mode)
    store = open_store(url)
    store.append(told)
    store.close()
    one.export(told)

    for event in sent():
        check(event)
        assert parse(event).job is not None
    assert sent()
    assert "ann" not in json.dumps(sent()) and "May" not in json.dumps(sent())


def test_one_response_is_told_by_hand(url, sent):
    told = events()
    one = exporter(url, sent, mode="on_demand")
    store = open_store(url)
    store.append(told)
    store.close()
    record = open_ledger(url).response(told[0].run, "acme")
    one.send(record)

    assert one.window is None
    assert sent() == [json.loads(json.dumps(as_json(one.response(record))))]
    check(sent()[0])


def test_who_does_not_answer_is_a_failure_without_secrets(url, sent):
    store = open_store(url)
    store.close()
    one = OpenLineageExporter(open_ledger(url), Places(), url="http://127.0.0.1:9", api_key="hunter2", timeout=1.0)
    with pytest.raises(ExportFailed) as caught:
        one.export(events())

    assert "hunter2" not in caught.value.message + repr(caught.value)
    one.close()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "either"),
        ({"url": "http://x", "transport": {"type": "noop"}}, "either"),
        ({"transport": {"type": "pigeon.post"}}, "cannot be used"),
        ({"url": "http://x", "every": 0.0}, "second"),
    ],
)
def test_what_cannot_be_configured_is_told(url, given, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        OpenLineageExporter(open_ledger(url), Places(), **given)


BREAKS = {
    "no time": lambda event: event.pop("eventTime"),
    "a time that is none": lambda event: event.update(eventTime="yesterday"),
    "a producer that is no URI": lambda event: event.update(producer="lineward 0.1"),
    "a state of its own": lambda event: event.update(eventType="ANSWERED"),
    "a run that is no UUID": lambda event: event["run"].update(runId="run-1"),
    "a job without a name": lambda event: event["job"].pop("name"),
    "a dataset without a namespace": lambda event: event["inputs"][0].pop("namespace"),
    "a dataset that is a string": lambda event: event["inputs"].append("s3://kb/x"),
    "a facet without a schema": lambda event: event["job"]["facets"]["jobType"].pop("_schemaURL"),
    "a facet without what it needs": lambda event: event["job"]["facets"]["jobType"].pop("processingType"),
    "a window in words": lambda event: event["job"]["facets"]["jobType"]["emissionPattern"].update(windowDuration="5m"),
    "a tag without a value": lambda event: event["run"]["facets"]["tags"]["tags"][0].pop("value"),
    "a schema that nobody knows": lambda event: event.update(schemaURL="https://openlineage.io/spec/9-9-9/X.json"),
    "a word of our own": lambda event: event.update(answer="42"),
    "a facet of our own": lambda event: event["run"]["facets"].update(
        ours={"_producer": "urn:lineward:0", "_schemaURL": "urn:lineward:facet"}
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_check_of_events_refuses(url, sent, broken):
    one = exporter(url, sent, mode="all")
    store = open_store(url)
    told = events()
    store.append(told)
    store.close()
    one.export(told)
    event = copy.deepcopy(sent()[-1])
    BREAKS[broken](event)

    with pytest.raises(AssertionError):
        check(event)


def test_the_check_of_events_knows_the_schemas_of_the_client_with_every_form_that_it_validates():
    validated = {one.name for kind in schemas().values() for one in attr.fields(kind) if one.validator}

    assert len(schemas()) > 40
    assert validated - PAIRED <= FORMATS.keys()
    assert problems({"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"})
