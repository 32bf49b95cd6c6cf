"""Documents that an application's OpenTelemetry spans tell of, sent by OpenTelemetry's own exporter."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest
from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.journeys.house import APP_KEY, SOC_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion, streamed
from tests.tracing.exported import json_request, openinference

RIVAL_KEY = "lw-test-rival-app"
SECRET = (
    "The merger with Falcon Industries closes on the third of March, at a price of forty-two per share, and nobody "
    "outside of the board is to know of it before the markets have closed on that day."
)
LEAFLET = (
    "A toaster may be returned within thirty days of its purchase, with or without its box, as long as the receipt "
    "is there and the customer can name the shop in which it was bought."
)
WAYS = ["inline", "chroma", "traced", "recognised", "inherited"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, upstream_server: Upstream) -> Iterator[House]:
    rival = {"name": "rival-bot", "key_sha256": sha256(RIVAL_KEY), "tenant": "rival", "purposes": ["support"]}
    ways = [{"kind": kind} for kind in WAYS]
    folder = tmp_path_factory.mktemp("traces")
    with serving(folder, upstream_server, more_applications=[rival], retrievers=ways) as house:
        documents = [
            {
                "id": "falcon.md",
                "text": SECRET,
                "source": "file://kb/docs",
                "labels": {"classification": "confidential"},
            },
            {"id": "returns.md", "text": LEAFLET, "source": "file://kb/docs", "labels": {"classification": "public"}},
        ]
        assert house.http.post("/api/v1/documents", json={"documents": documents}).status_code == 200
        yield house


@pytest.fixture
def house(kept: House) -> House:
    kept.upstream.requests.clear()
    kept.upstream.says = []
    return kept


@contextmanager
def instrumented(house: House, key: str = APP_KEY) -> Iterator[trace.Tracer]:
    """An application's tracer, whose spans are sent to the gateway as they end."""
    exporter = OTLPSpanExporter(
        f"{house.url}/v1/traces", headers={"authorization": f"Bearer {key}"}, compression=Compression.Gzip
    )
    provider = TracerProvider(resource=Resource.create({"service.name": "helpdesk"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("tests")
    provider.shutdown()


def ask(house: House, mode: str, content: str, headers: dict[str, str], key: str = APP_KEY) -> httpx.Response:
    house.upstream.says = [Whole(completion("fine")) if mode == "whole" else streamed("fi", "ne")]
    body = {"model": "gpt", "messages": [{"role": "user", "content": content}], "stream": mode == "stream"}
    return house.http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}", **headers})


def told(
    house: House, mode: str, content: str, documents: Sequence[dict], key: str = APP_KEY, asking: str = APP_KEY
) -> httpx.Response:
    """Retrieve *documents*, and ask within the same trace, as an application does."""
    with instrumented(house, key) as tracer, tracer.start_as_current_span("answer"):
        with tracer.start_as_current_span("retrieve") as span:
            for name, value in openinference(*documents).items():
                span.set_attribute(name, value)
        headers: dict[str, str] = {}
        propagate.inject(headers, contexts.get_current())
        return ask(house, mode, content, headers, asking)


def context(house: House, reply: httpx.Response) -> list[tuple]:
    record = house.ended(reply.headers["x-lineward-response-id"])
    return [(one["source"], one["document"], one["how"], one["state"], one["rule"]) for one in record["context"]]


def test_what_an_application_retrieved_stands_in_the_record(house: House, mode: str):
    notes = {"id": "note-1", "content": "Plums are blue.", "score": 0.5}

    reply = told(house, mode, "And?", [{"id": "n1", "content": LEAFLET, "score": 0.75}, notes])

    assert reply.status_code == 200, reply.text
    assert context(house, reply) == [
        ("file://kb/docs", "returns.md", "traced", "retrieved", None),
        ("lineward/trace:helpdesk", "note-1", "traced", "retrieved", None),
    ]
    assert "Plums" not in str(house.upstream.requests[0])


def test_a_prompt_made_of_what_may_not_leave_is_refused(house: House, mode: str):
    """What it fed cannot be told from the rest of the conversation any more."""
    reply = told(house, mode, "They merge in March, so what?", [{"id": "n1", "content": SECRET}])

    assert reply.status_code == 403
    assert reply.json()["error"]["lineward"]["rules"][0]["id"] == "confidential-stays-in-house"
    assert house.upstream.requests == []


def test_what_stands_in_the_prompt_word_for_word_is_cut_out_of_it(house: House, mode: str):
    plan = "We close the shop in Ghent next spring and tell its staff in January, not a day before that."
    labels = json.dumps({"source": "s3://board/plan.txt", "classification": "confidential"})

    reply = told(house, mode, f"Sum up:\n{plan}\nShortly.", [{"id": "n1", "content": plan, "metadata": labels}])

    assert reply.status_code == 200, reply.text
    sent = house.upstream.requests[0]["messages"][0]["content"]
    assert "Ghent" not in sent
    assert sent.startswith("Sum up:") and sent.endswith("Shortly.")
    assert context(house, reply) == [
        ("s3://board/plan.txt", "s3://board/plan.txt", "traced", "dropped", "confidential-stays-in-house")
    ]


def test_what_would_be_recognised_there_too_is_said_once(house: House):
    reply = told(house, "whole", f"Sum up: {LEAFLET}", [{"id": "n1", "content": LEAFLET}])

    assert context(house, reply) == [("file://kb/docs", "returns.md", "traced", "sent", None)]


def test_the_spans_of_another_tenant_say_nothing(house: House):
    reply = told(house, "whole", "And?", [{"id": "n1", "content": "Plums are blue."}], key=RIVAL_KEY)

    assert reply.status_code == 200, reply.text
    assert context(house, reply) == []


def test_gen_ai_spans_in_json_name_documents_without_their_text(house: House):
    said = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "helpdesk-kb",
        "gen_ai.retrieval.documents": json.dumps([{"id": "ticket-7", "score": 0.5}]),
    }
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    exported = house.http.post("/v1/traces", json=json_request(said, trace_id=trace_id))
    reply = ask(house, "whole", "And?", {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})

    assert (exported.status_code, exported.json()) == (200, {})
    assert context(house, reply) == [("lineward/trace:helpdesk-kb", "ticket-7", "traced", "retrieved", None)]


def test_a_span_that_comes_after_its_response_is_added_to_the_record(house: House, mode: str):
    """Applications send their spans in batches: most come when the model has long answered."""
    trace_id = uuid.uuid4().hex
    reply = ask(house, mode, "And?", {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    response = reply.headers["x-lineward-response-id"]
    house.ended(response)
    said = openinference({"id": "n1", "content": SECRET}, {"id": f"late-{trace_id}", "content": "Plums are blue."})
    sent = [house.http.post("/v1/traces", json=json_request(said, trace_id=trace_id)).status_code for _ in range(2)]
    record = house.ended(response)
    impact = house.http.get(
        f"/api/v1/documents/late-{trace_id}/impact", headers={"authorization": f"Bearer {SOC_KEY}"}
    ).json()

    assert sent == [200, 200]
    assert [(one["document"], one["how"], one["state"]) for one in record["context"]] == [
        ("falcon.md", "traced", "retrieved"),
        (f"late-{trace_id}", "traced", "retrieved"),
    ]
    assert {one["told"] for one in record["context"]} == {record["context"][0]["told"]} != {None}
    assert [one["decision"]["effect"] for one in record["context"]] == ["drop_chunk", "allow"]
    assert [one["response"] for one in impact["responses"]] == [response]


def test_a_text_of_another_tenant_in_a_late_span_is_told_to_its_owner_once(house: House):
    """Nothing can be refused any more: all the more its owner must know."""
    trace_id = uuid.uuid4().hex
    reply = ask(house, "whole", "And?", {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}, RIVAL_KEY)
    said = openinference({"id": "n1", "content": f"They wrote: {SECRET}"}, {"id": "n2", "content": "Plums are blue."})
    rival = {"authorization": f"Bearer {RIVAL_KEY}"}
    for _ in range(2):
        house.http.post("/v1/traces", json=json_request(said, trace_id=trace_id), headers=rival)
    soc = {"authorization": f"Bearer {SOC_KEY}"}
    data = house.http.get("/api/v1/breaches", headers=soc).json()["data"]
    told = [one for one in data if one["response"] == reply.headers["x-lineward-response-id"]]

    assert [(one["late"], one["tenant"]) for one in told] == [(True, "acme")]
    assert [(one["document"], one["coverage"]) for one in told[0]["chunks"]] == [("falcon.md", 1.0)]
    assert "rival" not in str(told)


def test_a_retrieval_after_the_question_did_not_feed_the_answer(house: House):
    trace_id = uuid.uuid4().hex
    reply = ask(house, "whole", "And?", {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    body = json_request(openinference({"id": "n1", "content": "Plums are blue."}), trace_id=trace_id)
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["endTimeUnixNano"] = str(time.time_ns() + 60 * 10**9)
    house.http.post("/v1/traces", json=body)

    assert context(house, reply) == []


def test_it_is_described(house: House):
    described = house.http.get("/openapi.json").json()["paths"]["/v1/traces"]["post"]

    assert described["security"] == [{"key": []}]
    assert "application/x-protobuf" in described["requestBody"]["description"]
