import pytest

from gateway.domain.errors import ProviderRefused
from gateway.providers.translating_responses_requests import chat_body


def body(**more: object) -> dict:
    return chat_body({"model": "m", "input": "Why?", **more})


def test_fields_that_mean_the_same_keep_their_meaning():
    told = body(
        instructions="Be brief.", max_output_tokens=5, temperature=0.1, top_p=0.2, parallel_tool_calls=False, user="u",
        reasoning={"effort": "low", "summary": "auto"}, text={"format": {"type": "json_object"}, "verbosity": "low"},
        tool_choice={"type": "function", "name": "f"}, tools=[{"type": "function", "name": "f", "description": None}],
        stream=True, store=True, metadata={"a": "b"}, truncation="auto", novel=None,
    )  # fmt: skip

    assert told == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        "max_completion_tokens": 5,
        "temperature": 0.1,
        "top_p": 0.2,
        "parallel_tool_calls": False,
        "user": "u",
        "reasoning_effort": "low",
        "response_format": {"type": "json_object"},
        "verbosity": "low",
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_schema_stays_one():
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}

    told = body(text={"format": form})["response_format"]

    assert told == {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}}
    assert "response_format" not in body(text={"format": {"type": "text"}})


@pytest.mark.parametrize("more", [{"top_logprobs": 2}, {"include": ["message.output_text.logprobs"]}])
def test_log_probabilities_are_asked_for(more: dict):
    assert body(**more)["logprobs"] is True


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"novel": 1}, "novel"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"conversation": "c"}, "conversation"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"tools": [{"type": "function", "name": "f", "novel": 1}]}, "tools[0].novel"),
        ({"tools": 3}, "tools"),
        ({"tool_choice": {"type": "mcp"}}, "tool_choice"),
        ({"tool_choice": "odd"}, "tool_choice"),
        ({"text": {"format": {"type": "grammar"}}}, "text.format"),
        ({"text": {"novel": 1}}, "text.novel"),
        ({"text": 1}, "text"),
        ({"instructions": 3}, "instructions"),
    ],
)
def test_what_has_no_translation_is_refused_by_name(more: dict, param: str):
    with pytest.raises(ProviderRefused) as caught:
        body(**more)

    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "unsupported_parameter", param)
