import gzip
import logging
import zlib
from contextlib import closing

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from gateway.api.traces import traces_router
from gateway.retrievers.traced import TracedRetriever
from tests.api.routes import APP, KEYS, SOC, client
from tests.tracing.exported import TRACE, json_request, openinference, request
from tests.tracing.kept import spans_in

PROTOBUF = {"content-type": "application/x-protobuf"}
SAID = openinference({"id": "a", "content": "Plums are blue."})
WRONG = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": "my secret"}
LIMIT = 50_000


class Told:
    """Where those are told who join spans to responses."""

    def __init__(self):
        self.traces = []

    async def told(self, tenant, traces):
        self.traces += [(tenant, one) for one in traces]


@pytest.fixture
def joining():
    return Told()


@pytest.fixture
def traced(tmp_path):
    with closing(spans_in(tmp_path)) as spans:
        yield TracedRetriever(spans)


@pytest.fixture
async def http(traced, joining):
    async with client(traces_router(KEYS, traced, joining, LIMIT)) as http:
        yield http


def names(traced, tenant="acme"):
    return [one.document for heard in traced.spans.of(tenant, TRACE) for one in heard.chunks]


@pytest.mark.parametrize("coding", ["deflate", "gzip", "identity"])
async def test_spans_in_protobuf_are_taken_for_the_key_s_tenant(http, traced, coding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}[coding]
    body = pack(request(SAID).SerializeToString())

    reply = await http.post("/v1/traces", content=body, headers={**APP, **PROTOBUF, "content-encoding": coding})

    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"] == "application/x-protobuf"
    assert names(traced) == ["a"]
    assert names(traced, "globex") == []


async def test_spans_in_json_are_answered_in_json(http, traced):
    reply = await http.post("/v1/traces", json=json_request(SAID), headers=APP)

    assert (reply.status_code, reply.json()) == (200, {})
    assert reply.headers["content-type"] == "application/json"
    assert names(traced) == ["a"]


async def test_what_was_kept_is_joined_to_what_is_recorded(http, joining):
    await http.post("/v1/traces", json=json_request(WRONG, SAID, SAID), headers=APP)

    assert joining.traces == [("acme", TRACE)]


async def test_rejected_spans_are_counted_and_the_others_are_taken(http, traced):
    whole = await http.post("/v1/traces", json=json_request(WRONG, SAID), headers=APP)
    raw = request(WRONG, SAID).SerializeToString()
    told = ExportTraceServiceResponse.FromString(
        (await http.post("/v1/traces", content=raw, headers={**APP, **PROTOBUF})).content
    )

    sentence = "'gen_ai.retrieval.documents' of a span is no list of objects."
    assert whole.json() == {"partialSuccess": {"rejectedSpans": "1", "errorMessage": sentence}}
    assert (told.partial_success.rejected_spans, told.partial_success.error_message) == (1, sentence)
    assert names(traced) == ["a"]


async def test_garbage_is_refused_with_a_status_in_the_same_encoding(http):
    raw = await http.post("/v1/traces", content=b"\xff\xff", headers={**APP, **PROTOBUF})
    text = await http.post("/v1/traces", content=b"{", headers={**APP, "content-type": "application/json"})
    told = Status.FromString(raw.content)

    assert (raw.status_code, raw.headers["content-type"], told.code) == (400, "application/x-protobuf", 3)
    assert told.message == "The body is no ExportTraceServiceRequest in protobuf."
    assert (text.status_code, text.json()["code"], text.json()["error"]["code"]) == (400, 3, "invalid_json")
    assert text.json()["message"] == text.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"not packed", "gzip", 400),
        (gzip.compress(b"x" * 100)[:-4], "gzip", 400),
        (gzip.compress(b"") + b"more", "gzip", 400),
        (gzip.compress(b"\0" * 50_000_000), "gzip", 413),
        (b"\0" * (LIMIT + 1), "identity", 413),
        (b"", "br", 415),
    ],
    ids=["other", "cut", "longer", "bomb", "large", "unknown"],
)
async def test_what_cannot_be_unpacked_within_bounds_is_refused(http, body, coding, status):
    reply = await http.post("/v1/traces", content=body, headers={**APP, **PROTOBUF, "content-encoding": coding})

    assert reply.status_code == status
    assert Status.FromString(reply.content).message


async def test_other_types_are_refused(http):
    reply = await http.post("/v1/traces", content=b"a: 1", headers={**APP, "content-type": "text/yaml"})

    assert reply.status_code == 415
    assert "application/x-protobuf" in reply.json()["error"]["message"]


async def test_only_applications_may_tell(http, traced):
    nobody = await http.post("/v1/traces", json=json_request(SAID))
    responder = await http.post("/v1/traces", json=json_request(SAID), headers=SOC)

    assert (nobody.status_code, responder.status_code) == (401, 403)
    assert nobody.json()["error"]["code"] == "missing_api_key"
    assert names(traced) == []


async def test_no_text_of_a_span_is_logged_or_told(http, caplog):
    with caplog.at_level(logging.DEBUG):
        reply = await http.post("/v1/traces", json=json_request(WRONG, SAID), headers=APP)

    assert "Plums" not in caplog.text + reply.text
    assert "my secret" not in caplog.text + reply.text
