import pytest

from gateway.domain.errors import ProviderRefused
from gateway.providers.translating_messages_requests import chat_body


def body(**fields: object) -> dict:
    return {"model": "m", "messages": [{"role": "user", "content": "x"}], **fields}


TOOL = {"name": "f", "description": "d", "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("max_tokens", 9, {"max_completion_tokens": 9}),
        ("temperature", 0.5, {"temperature": 0.5}),
        ("top_p", 0.5, {"top_p": 0.5}),
        ("stop_sequences", ["a"], {"stop": ["a"]}),
        ("metadata", {"user_id": "u"}, {"user": "u"}),
        ("metadata", {}, {}),
        ("thinking", {"type": "enabled", "budget_tokens": 1024}, {}),
        ("cache_control", {"type": "ephemeral"}, {}),
        ("top_k", None, {}),
        ("service_tier", "standard_only", {"service_tier": "default"}),
        ("output_config", {"effort": "max"}, {"reasoning_effort": "xhigh"}),
        ("tools", [], {}),
        (
            "tools",
            [{**TOOL, "type": "custom", "strict": True, "cache_control": {"type": "ephemeral"}}],
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True},
                    }
                ]
            },
        ),
        ("tool_choice", {"type": "any"}, {"tool_choice": "required"}),
        ("tool_choice", {"type": "none"}, {"tool_choice": "none"}),
        (
            "tool_choice",
            {"type": "auto", "disable_parallel_tool_use": True},
            {"tool_choice": "auto", "parallel_tool_calls": False},
        ),
        (
            "tool_choice",
            {"type": "tool", "name": "f"},
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
    ],
    ids=str,
)
def test_a_field_is_told_in_the_words_of_chat_completions(field: str, value: object, told: dict):
    assert chat_body(body(**{field: value})) == body(**told)


def test_a_form_for_the_answer_is_kept():
    schema = {"type": "object"}
    asked = chat_body(body(output_config={"format": {"type": "json_schema", "schema": schema}}))

    assert asked["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize(
    ("system", "content"),
    [
        ("s", "s"),
        ([{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}], "s"),
        (
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        ),
    ],
)
def test_the_system_speaks_first(system: object, content: object):
    asked = chat_body(body(system=system))

    assert asked["messages"] == [{"role": "system", "content": content}, {"role": "user", "content": "x"}]


def test_without_a_system_there_is_no_message_of_it():
    assert chat_body(body(system=""))["messages"] == body()["messages"]


def test_a_stream_tells_its_usage():
    assert chat_body(body(stream=True)) == body(stream=True, stream_options={"include_usage": True})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"top_k": 5}, "top_k"),
        ({"novel": 1}, "novel"),
        ({"mcp_servers": []}, "mcp_servers"),
        ({"metadata": {"other": "x"}}, "metadata.other"),
        ({"metadata": "x"}, "metadata"),
        ({"tools": {}}, "tools"),
        ({"tools": [TOOL, {"type": "bash_20250124", "name": "bash"}]}, "tools[1]"),
        ({"tools": [{**TOOL, "novel": 1}]}, "tools[0].novel"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tool_choice": {"type": "novel"}}, "tool_choice.type"),
        ({"service_tier": "novel"}, "service_tier"),
        ({"output_config": {"novel": 1}}, "output_config.novel"),
        ({"output_config": 1}, "output_config"),
        ({"system": [{"type": "image"}]}, "system[0]"),
    ],
    ids=str,
)
def test_what_has_no_translation_is_refused_rather_than_left_out(fields: dict, param: str):
    with pytest.raises(ProviderRefused) as caught:
        chat_body(body(**fields))

    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "unsupported_parameter", param)
