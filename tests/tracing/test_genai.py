import json
from dataclasses import replace

from gateway.domain.runs import Usage
from gateway.tracing.genai import spans
from tests.exporters.test_prov import RECORD

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ASKED = replace(RECORD, trace_id=TRACE, usage=Usage(120, 30), finish_reasons=["stop"], first_delta_ms=250.0)


def test_a_response_is_a_chat_and_a_retrieval_in_the_callers_trace():
    retrieval, chat = spans(ASKED)

    assert (retrieval.name, chat.name) == ("retrieval s3://kb/x", "chat gpt")
    assert retrieval.trace_id == chat.trace_id == bytes.fromhex(TRACE)
    assert (chat.end - chat.start).total_seconds() == 1.5
    assert {name: chat.attributes[name] for name in chat.attributes if "usage" in name or "response" in name} == {
        "gen_ai.response.id": ASKED.id,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
    }


def test_each_document_says_what_only_the_record_knows():
    retrieval, _ = spans(ASKED)
    told = json.loads(retrieval.attributes["gen_ai.retrieval.documents"])

    assert [(one["rank"], one["used_in_prompt"]) for one in told] == [(1, True), (2, True), (3, False), (4, True)]
    assert told[0] == {
        "id": "a.md", "score": 0.5, "content_hash": ASKED.context[0].chunk, "version": ASKED.context[0].version,
        "source": "s3://kb/x", "rank": 1, "used_in_prompt": True,
    }  # fmt: skip


def test_without_a_trace_of_the_caller_it_has_its_own_and_the_same_again():
    for given in ("", "nonsense", "0" * 32):
        record = replace(ASKED, trace_id=given)

        assert spans(record) == spans(record)
        assert len({one.trace_id for one in spans(record)}) == 1
        assert len(spans(record)[0].trace_id) == 16 and any(spans(record)[0].trace_id)


def test_text_is_told_only_when_that_is_asked_for():
    silent, telling = spans(ASKED), spans(ASKED, content=True)

    assert "The answer." not in str(silent) and "The question?" not in str(silent) and "ann" not in str(silent)
    assert json.loads(telling[-1].attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == "The answer."
    assert json.loads(telling[-1].attributes["gen_ai.input.messages"])[0]["role"] == "user"


def test_an_error_is_told_by_its_code():
    chat = spans(replace(ASKED, error="provider_failed"))[-1]

    assert (chat.error, chat.attributes["error.type"]) == ("provider_failed", "provider_failed")
