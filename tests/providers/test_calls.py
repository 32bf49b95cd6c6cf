import pytest

from gateway.providers.calls import CALLS, shaped, speaks


def test_every_dialect_has_a_function_and_its_parameters():
    assert {call.function for call in CALLS.values()} == {"acompletion", "aembedding", "arerank"}
    assert all("model" not in call.passed for call in CALLS.values())


@pytest.mark.parametrize(("prefix", "ranks"), [("cohere/", True), ("hosted_vllm/", True), ("anthropic/", False)])
def test_rankings_are_asked_of_those_who_rank(prefix: str, ranks: bool):
    assert ("rerank" in speaks(prefix)) is ranks
    assert {"chat.completions", "embeddings"} <= speaks(prefix)
    assert "moderations" not in speaks(prefix)


def test_choices_have_the_nulls_that_openai_sends():
    told = shaped({"choices": [{"index": 0, "message": {"role": "assistant"}}], "usage": {"total_tokens": 1}})

    assert told["choices"] == [{"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": None}]


def test_a_streams_last_event_is_about_no_choice():
    assert shaped({"choices": [{"index": 0, "delta": {}}], "usage": {"total_tokens": 1}})["choices"] == []


def test_what_has_no_choices_stays_as_it_is():
    body = {"data": [{"embedding": [0.5]}], "usage": {"total_tokens": 1}}

    assert shaped(body) == body
