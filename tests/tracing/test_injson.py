import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import BadRequest
from gateway.tracing import injson
from tests.tracing.exported import TRACE, json_request, openinference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda of: st.lists(of, max_size=3)
    | st.dictionaries(st.sampled_from(["resourceSpans", "resource", "scopeSpans", "spans", "attributes", "key",
                                       "value", "intValue", "arrayValue", "values"]), of, max_size=4),
)  # fmt: skip


def test_a_span_keeps_its_trace_its_service_and_what_it_says_of_retrievals():
    (span,) = injson.spans(json_request(openinference({"id": "a"}), trace_id=TRACE.upper()))

    assert (span.trace_id, span.service) == (TRACE, "shop")
    assert span.attributes == {"openinference.span.kind": "RETRIEVER", "retrieval.documents.0.document.id": "a"}


@pytest.mark.parametrize(
    ("written", "read"), [("1700000000000000001", 1_700_000_000_000_000_001), (5, 5), ("soon", 0), (-1, 0), (None, 0),
                          ("9" * 30, 0), (True, 1)]
)  # fmt: skip
def test_a_span_says_when_it_ended(written, read):
    body = json_request({})
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["endTimeUnixNano"] = written

    assert injson.spans(body)[0].ended == read


def test_numbers_come_as_digits_or_as_numbers():
    listed = {"arrayValue": {"values": [{"intValue": "-7"}, {"intValue": 7}, {"intValue": "seven"}]}}
    body = json_request({})
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = [{"key": "gen_ai.data_", "value": listed}]

    assert injson.spans(body)[0].attributes == {"gen_ai.data_": [-7, 7, "seven"]}


@pytest.mark.parametrize(
    "body",
    [[], "spans", {"resourceSpans": {}}, {"resourceSpans": [1]}, {"resourceSpans": [{"scopeSpans": [{"spans": 1}]}]}],
)
def test_garbage_is_refused(body):
    with pytest.raises(BadRequest) as refused:
        injson.spans(body)

    assert refused.value.code == "invalid_otlp"


@given(JSON)
def test_anything_is_read_or_refused(body):
    try:
        read = injson.spans(body)
    except BadRequest:
        read = []

    assert all(len(span.attributes) <= 3 for span in read)


def test_an_answer_tells_what_was_rejected():
    assert injson.answer(0, "") == {}
    assert injson.answer(2, "wrong") == {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "wrong"}}
