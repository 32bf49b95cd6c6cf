import pytest

from gateway.domain.errors import ProviderRefused
from gateway.providers.translating_responses_items import conversation
from tests.dialects.responded import called, refused, said, thought


def told(*items: dict) -> list:
    return conversation({"input": list(items)})


def test_calls_are_part_of_what_the_assistant_said():
    result = {"type": "function_call_output", "call_id": "call_1"}

    messages = told(
        {"role": "user", "content": "Send."}, thought("hm"), said("I will."), called("{}"),
        {**called("[]"), "call_id": "2"}, {**result, "output": "ok"},
        {**result, "call_id": "2", "output": [{"type": "input_text", "text": "too"}]},
        called('{"a": 1}'), refused("No."),
    )  # fmt: skip

    first = {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": "{}"}}
    assert messages == [
        {"role": "user", "content": "Send."},
        {"role": "assistant", "content": "I will.", "tool_calls": [first, {**first, "id": "2", "function": {
            "name": "send", "arguments": "[]"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "ok"},
        {"role": "tool", "tool_call_id": "2", "content": "too"},
        {"role": "assistant", "content": None, "tool_calls": [{**first, "function": {
            "name": "send", "arguments": '{"a": 1}'}}]},
        {"role": "assistant", "content": "No."},
    ]  # fmt: skip


def test_parts_of_a_users_message_stay_parts():
    image, data = "data:image/png;base64,AAAA", "data:application/pdf;base64,AAAA"
    parts = [{"type": "input_text", "text": "See:"}, {"type": "input_image", "image_url": image, "detail": "low"},
             {"type": "input_file", "file_data": data, "filename": "a.pdf"},
             {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]  # fmt: skip

    (message,) = told({"role": "user", "content": parts})

    assert message["content"] == [
        {"type": "text", "text": "See:"},
        {"type": "image_url", "image_url": {"url": image, "detail": "low"}},
        {"type": "file", "file": {"file_data": data, "filename": "a.pdf"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]


def test_what_a_search_found_is_not_lost():
    found = {
        "type": "file_search_call",
        "queries": ["q"],
        "results": [{"filename": "a.md", "text": "Found."}, {"text": "Too."}],
    }

    assert told(found) == [{"role": "user", "content": "Results of a search in files:\n\na.md\nFound.\n\nToo."}]
    assert told({"type": "file_search_call", "queries": ["q"]}) == []


def test_what_developers_say_is_the_systems():
    assert told({"role": "developer", "content": "x"}) == [{"role": "system", "content": "x"}]


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "item_reference", "id": "msg_1"}, "input[0]"),
        ({"type": "web_search_call"}, "input[0]"),
        ({"role": "oracle", "content": "x"}, "input[0].role"),
        ({"role": "user", "content": 3}, "input[0].content"),
        ({"role": "user", "content": [{"type": "novel"}]}, "input[0].content[0]"),
        ({"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}, "input[0].content[0]"),
        ({"role": "user", "content": [{"type": "input_file", "file_url": "https://x"}]}, "input[0].content[0]"),
        ({"role": "assistant", "content": [{"type": "input_image", "image_url": "x"}]}, "input[0].content[0]"),
        ({"type": "function_call_output", "output": [{"type": "input_image", "image_url": "x"}]}, "input[0].output[0]"),
        ({"type": "file_search_call", "results": ["x"]}, "input[0].results[0]"),
    ],
)
def test_what_has_no_translation_is_refused_by_name(item: dict, param: str):
    with pytest.raises(ProviderRefused) as caught:
        told(item)

    assert caught.value.param == param
