import pytest
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from gateway.domain.errors import BadRequest
from gateway.tracing import injson, protobuf
from gateway.tracing.spans import DEEPEST
from tests.tracing.exported import TRACE, json_request, openinference, request

SCALARS = st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False)
VALUES = st.recursive(SCALARS, lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(), of, max_size=3))


def test_a_span_keeps_its_trace_its_service_and_what_it_says_of_retrievals():
    (span,) = protobuf.spans(request(openinference({"id": "a", "score": 0.5})).SerializeToString())

    assert (span.trace_id, span.service) == (TRACE, "shop")
    assert span.attributes == {
        "openinference.span.kind": "RETRIEVER",
        "retrieval.documents.0.document.id": "a",
        "retrieval.documents.0.document.score": 0.5,
    }


@given(VALUES)
def test_protobuf_and_json_say_the_same(said):
    attributes = {"gen_ai.retrieval.documents": said}
    body = request(attributes).SerializeToString()

    assert protobuf.spans(body) == injson.spans(json_request(attributes))


def test_what_is_nested_beyond_reason_is_not_read():
    said: object = "deep"
    for _ in range(DEEPEST + 1):
        said = [said]
    (span,) = protobuf.spans(request({"gen_ai.retrieval.documents": said}).SerializeToString())

    assert "deep" not in str(span.attributes)


@pytest.mark.parametrize("body", [b"{}", b"\xff\xff", request({"a": "b"}).SerializeToString()[:-3]])
def test_garbage_is_refused(body):
    with pytest.raises(BadRequest, match="no ExportTraceServiceRequest"):
        protobuf.spans(body)


def test_no_span_at_all_is_fine():
    assert protobuf.spans(b"") == []


def test_an_answer_tells_what_was_rejected():
    told = ExportTraceServiceResponse.FromString(protobuf.answer(2, "two were wrong"))

    assert protobuf.answer(0, "") == b""
    assert (told.partial_success.rejected_spans, told.partial_success.error_message) == (2, "two were wrong")


def test_a_status_says_why():
    told = Status.FromString(protobuf.status("garbage"))

    assert (told.code, told.message) == (3, "garbage")
