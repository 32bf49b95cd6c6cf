"""Lineage that other systems report, by the real `openlineage-python` client."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import tags_dataset
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

from gateway.exporters.openlineage import as_json
from gateway.stores.opening import open_ledger
from tests.exporters.conforming import check, problems
from tests.journeys.house import RULES, SOC_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion
from tests.waiting import until

ETL_KEY, BLIND_KEY = "lw-test-etl", "lw-test-blind"
TABLE = ("snowflake://acme-prod", "CRM.SALESFORCE.KNOWLEDGE_ARTICLE")
COLLECTION = ("chroma://chroma.example:8000", "default_tenant.default_database.kb")
NAMESPACES = ["airflow-*", "snowflake://acme-*", "chroma://*"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, upstream_server: Upstream) -> Iterator[House]:
    etl = {"name": "etl", "key_sha256": sha256(ETL_KEY), "tenant": "acme", "lineage_namespaces": NAMESPACES}
    blind = {"name": "blind", "key_sha256": sha256(BLIND_KEY), "tenant": "acme", "roles": ["responder"]}
    folder = tmp_path_factory.mktemp("openlineage")
    with serving(folder, upstream_server, more_applications=[etl, blind]) as house:
        yield house


@pytest.fixture
def house(kept: House) -> House:
    kept.upstream.requests.clear()
    kept.upstream.says = []
    return kept


def reporter(house: House, key: str = ETL_KEY) -> OpenLineageClient:
    provider = ApiKeyTokenProvider({"apiKey": key})
    config = HttpConfig(url=house.url, auth=provider, compression=HttpCompression.GZIP, retry={"total": 0})
    return OpenLineageClient(transport=HttpTransport(config))


def embedding(
    *tags: tuple[str, str], table: tuple[str, str] = TABLE, collection: tuple[str, str] = COLLECTION
) -> RunEvent:
    """A run of the upstream job that fills a collection from a table, an hour ago."""
    facet = tags_dataset.TagsDatasetFacet([tags_dataset.TagsDatasetFacetFields(key, value) for key, value in tags])
    return RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=(datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        run=Run(runId=str(generate_new_uuid())),
        job=Job(namespace="airflow-prod", name="kb_ingest.embed"),
        inputs=[InputDataset(*table, facets={"tags": facet})],
        outputs=[OutputDataset(*collection)],
        producer="https://example.com/jobs/v1",
    )


def test_the_official_client_reports_and_the_log_keeps_it_once(house: House) -> None:
    event = embedding(("pii", "true"))
    client = reporter(house)
    before = events(house)
    assert problems(as_json(event)) == []
    client.emit(event)
    client.emit(event)
    client.close()

    assert events(house) == before + 1
    ledger = open_ledger(f"sqlite:///{house.folder}/lineward.db")
    assert [step for step in ledger.verify() if not isinstance(step, int)] == []
    ledger.close()


def test_a_key_without_namespaces_is_told_so(house: House) -> None:
    before = events(house)
    client = reporter(house, BLIND_KEY)
    with pytest.raises(Exception, match="403"):
        client.emit(embedding())
    client.close()

    assert events(house) == before


def events(house: House) -> int:
    ledger = open_ledger(f"sqlite:///{house.folder}/lineward.db")
    try:
        return ledger.stats().events
    finally:
        ledger.close()


def test_what_the_client_reports_changes_what_upstream_answers(house: House) -> None:
    collection = (COLLECTION[0], "default_tenant.default_database.returns")
    document = {"id": "returns.md", "text": "Toasters are returned within thirty days.", "source": "/".join(collection)}
    assert house.http.post("/api/v1/documents", json={"documents": [document]}).status_code == 200
    before = upstream(house, "documents/returns.md")
    client = reporter(house)
    client.emit(embedding(("pii", "true"), collection=collection))
    client.close()
    after = upstream(house, "documents/returns.md")

    assert before["origins"][0]["upstream"] == []
    [told] = after["origins"][0]["upstream"]
    assert told["writing"]["job"] == {"namespace": "airflow-prod", "name": "kb_ingest.embed"}
    assert told["inputs"][0]["dataset"]["name"] == TABLE[1]
    assert told["inputs"][0]["tags"] == [{"key": "pii", "value": "true", "field": ""}]


def upstream(house: House, path: str) -> dict:
    reply = house.http.get(f"/api/v1/{path}/upstream", headers={"authorization": f"Bearer {SOC_KEY}"})
    assert reply.status_code == 200, reply.text
    return reply.json()


RESTRICTED = [
    {"id": "pii-upstream-stays-out", "owner": "privacy@example.com", "target": "ingest", "effect": "deny",
     "when": "has(document.tags) && 'special-category' in document.tags",
     "explain": "{document.id} was made of special categories of personal data"},
    {"id": "pii-upstream-stays", "owner": "privacy@example.com", "target": "chunk", "effect": "drop_chunk",
     "when": "has(chunk.tags) && 'pii' in chunk.tags && !dest.self_hosted",
     "explain": "{chunk.document} was made of personal data"},
]  # fmt: skip
TEXTS = {
    "declared": (
        "A toaster may be returned within thirty days of its purchase, with or without its box, as long as the receipt "
        "is there and the customer can name the shop in which it was bought."
    ),
    "recognised": (
        "Whoever wishes to cancel the yearly plan writes to the billing desk before the last Friday of November; those "
        "who are late pay for another quarter, and are told so by letter."
    ),
    "retrieved": (
        "Boilers are inspected every second spring by an engineer from our own workshop, who brings the spare valves "
        "along and leaves a signed sheet that the tenant of the house has to keep."
    ),
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, upstream_server: Upstream) -> Iterator[House]:
    etl = {"name": "etl", "key_sha256": sha256(ETL_KEY), "tenant": "acme", "lineage_namespaces": NAMESPACES}
    rules = RULES + yaml.safe_dump(RESTRICTED)
    folder = tmp_path_factory.mktemp("strict")
    with serving(folder, upstream_server, rules=rules, more_applications=[etl]) as house:
        yield house


@pytest.mark.parametrize("how", ["declared", "recognised", "retrieved"])
def test_what_the_client_reports_changes_what_a_policy_decides(strict: House, how: str) -> None:
    """At once, for documents that were there before: declared, recognised in a text, and found in a collection."""
    collection = (COLLECTION[0], f"default_tenant.default_database.{how}")
    document = {"id": f"{how}.md", "text": TEXTS[how], "source": "/".join(collection)}
    entering = {"documents": [document], **({"collection": "kb"} if how == "retrieved" else {})}
    assert strict.http.post("/api/v1/documents", json=entering).status_code == 200
    question: dict = {"model": "gpt", "messages": [{"role": "user", "content": "Boilers, toasters: what holds?"}]}
    if how == "declared":
        question["documents"] = [document]
    elif how == "recognised":
        question["messages"][0]["content"] = f"What holds?\n\n{TEXTS[how]}"
    else:
        question["collections"] = ["kb"]

    before = state(strict, question, document["id"])
    client = reporter(strict)
    client.emit(embedding(("pii", "true"), table=(TABLE[0], f"CRM.S.{how}"), collection=collection))
    client.close()
    after = state(strict, question, document["id"])

    assert before == (how, "sent", None)
    assert after == (how, "dropped", "pii-upstream-stays")
    assert TEXTS[how][-60:] not in str(strict.upstream.requests[-1])


def test_what_the_client_reports_decides_what_may_enter(strict: House) -> None:
    """The rule reads what is tagged upstream at that moment; the document's own labels stay as they are."""
    collection = (COLLECTION[0], "default_tenant.default_database.entering")
    document = {"id": "entering.md", "text": TEXTS["declared"], "source": "/".join(collection)}
    client = reporter(strict)
    client.emit(embedding(("pii", "true"), table=(TABLE[0], "CRM.S.entering"), collection=collection))
    before = strict.http.post("/api/v1/documents", json={"documents": [document]}).json()
    client.emit(embedding(("special-category", "true"), table=(TABLE[0], "CRM.S.entering"), collection=collection))
    client.close()
    after = strict.http.post("/api/v1/documents", json={"documents": [{**document, "text": TEXTS["retrieved"]}]}).json()
    known = strict.http.get("/api/v1/documents/entering.md", headers={"authorization": f"Bearer {SOC_KEY}"}).json()

    assert [one["outcome"] for one in before["documents"]] == ["added"]
    assert [(one["outcome"], one["rule"]) for one in after["documents"]] == [("refused", "pii-upstream-stays-out")]
    assert "tags" not in known["labels"]


def state(house: House, question: dict, document: str) -> tuple[str, str, str | None]:
    """What became of *document* in the answer to *question*: how it was learnt, its state, and the rule."""
    house.upstream.says = [Whole(completion("Yes, you may."))]
    reply = house.http.post("/v1/chat/completions", json=question)
    assert reply.status_code == 200, reply.text
    context = house.record(reply.headers["x-lineward-response-id"])["context"]
    [entry] = [one for one in context if one["document"] == document]
    return entry["how"], entry["state"], entry["rule"]


def test_what_the_client_reports_changes_what_impact_answers(house: House) -> None:
    table, collection = (TABLE[0], "CRM.S.FEES"), (COLLECTION[0], "default_tenant.default_database.fees")
    document = {"id": "fees.md", "text": "A late fee is two per cent of the sum.", "source": "/".join(collection)}
    house.upstream.says = [Whole(completion("Two per cent."))]
    asked = {"model": "gpt", "messages": [{"role": "user", "content": "What is the fee?"}], "documents": [document]}
    response = house.http.post("/v1/chat/completions", json=asked).headers["x-lineward-response-id"]
    soc = {"authorization": f"Bearer {SOC_KEY}"}
    path = f"/api/v1/datasets/{'/'.join(table)}/impact"
    before = house.http.get(path, headers=soc)
    event = embedding(table=table, collection=collection)
    client = reporter(house)
    client.emit(event)
    client.close()
    after, by_run = (house.http.get(at, headers=soc).json() for at in (path, f"/api/v1/runs/{event.run.runId}/impact"))

    assert before.status_code == 404
    assert [one["response"] for one in after["responses"]] == [response]
    assert by_run["responses"] == after["responses"]


def test_what_the_gateway_did_is_told_in_windows(tmp_path: Path, upstream_server: Upstream) -> None:
    path = tmp_path / "events.jsonl"
    transport = {"type": "file", "log_file_path": str(path), "append": True}
    exporters = [{"kind": "openlineage", "every": "1s", "transport": transport}]
    with serving(tmp_path, upstream_server, exporters=exporters) as house:
        time.sleep(0.6)  # it begins with what comes after it has started
        house.upstream.says = [Whole(completion("Yes."))]
        document = {"id": "a.md", "text": "A page.", "source": "s3://acme-kb/pages"}
        asked = {"model": "gpt", "messages": [{"role": "user", "content": "May I?"}], "documents": [document]}
        assert house.http.post("/v1/chat/completions", json=asked).status_code == 200
        until(path.exists)
    [event] = [json.loads(line) for line in path.read_text().splitlines()]

    check(event)
    assert (event["eventType"], event["job"]["name"]) == ("RUNNING", "acme.bot")
    assert event["inputs"] == [{"namespace": "s3://acme-kb", "name": "pages", "facets": {}, "inputFacets": {}}]
