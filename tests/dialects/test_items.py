import base64
import json

import pytest

from gateway.dialects.items import found_by_tools, is_json_call, is_sealed, item_texts
from tests.dialects.responded import SEALED

FILE = base64.b64encode(b"%PDF-1.7" + bytes(60)).decode()


def texts(item: dict) -> dict[str, str]:
    return {text.value: text.kind for text in item_texts(item, ("input", 0))}


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"role": "developer", "content": "x"}, "system"),
        ({"type": "message", "role": "user", "content": "x"}, "user"),
        ({"role": "oracle", "content": "x"}, "other"),
        ({"type": "function_call", "arguments": "x"}, "history"),
        ({"type": "reasoning", "summary": [{"text": "x"}]}, "history"),
        ({"type": "shell_call_output", "output": "x"}, "tool"),
        ({"type": "web_search_call", "action": {"query": "x"}}, "tool"),
        ({"type": "item_reference", "id": "x"}, "other"),
        ({"type": 3, "content": "x"}, "other"),
    ],
)
def test_texts_are_of_those_whose_item_it_is(item: dict, kind: str):
    assert texts(item)["x"] == kind


def test_the_protocols_own_words_are_no_texts():
    item = {"type": "message", "role": "user", "status": "completed", "content": [{"type": "input_text", "text": "x"}]}

    assert texts(item) == {"x": "user"}
    assert "novel" in texts({"type": "novel"})


def test_arguments_of_a_call_are_json():
    item = {"type": "mcp_call", "arguments": "{}", "output": "{}", "name": "n"}

    assert [text.is_json for text in item_texts(item, ("input", 0))] == [True, False, False]
    assert not is_json_call({"type": "custom_tool_call"}, "arguments")


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "input_file", "file_data": f"data:application/pdf;base64,{FILE}"}, "binary"),
        ({"type": "input_file", "file_data": FILE}, "binary"),
        ({"type": "input_file", "file_data": "AKIA" + "IOSFODNN7EXAMPLE"}, "user"),
        ({"type": "input_file", "file_data": f"my secret {FILE}"}, "user"),
    ],
)
def test_a_file_is_binary_and_what_could_be_read_is_text(part: dict, kind: str):
    item = {"role": "user", "content": [part]}

    assert [text.kind for text in item_texts(item, ("input", 0))] == [kind]


def test_what_a_model_sealed_is_no_text_and_what_anybody_can_read_is():
    sealed = {"type": "reasoning", "encrypted_content": SEALED}

    assert texts(sealed) == {}
    assert texts({"type": "reasoning", "encrypted_content": "my card 4111"}) == {"my card 4111": "history"}
    assert "AKIA" in next(iter(texts({"type": "reasoning", "encrypted_content": "AKIA" + "IOSFODNN7EXAMPLE"})))
    assert not is_sealed({"type": "message"}, SEALED)


def test_what_tools_found_are_documents():
    result = {"id": "d", "title": "T", "url": "https://x.example", "text": "text"}
    conversation = [
        {"type": "function_call", "call_id": "c", "name": "look_up"},
        {"type": "function_call_output", "call_id": "c", "output": json.dumps({"results": [result]})},
        {"type": "mcp_call", "name": "fetch", "output": json.dumps(result)},
        {"type": "function_call_output", "call_id": "?",
         "output": [{"type": "input_text", "text": json.dumps([result])}]},
        {"type": "file_search_call", "results": [{"filename": "n", "text": "found"}, {"file_id": "f"}, "stray"]},
        {"type": "message", "role": "user", "content": json.dumps([result])},
    ]  # fmt: skip

    chunks = list(found_by_tools(conversation))

    assert [(one.source.name, one.document, one.path) for one in chunks] == [
        ("tool:look_up", "d", ("input", 1, "output")),
        ("tool:fetch", "d", ("input", 2, "output")),
        ("tool:function", "d", ("input", 3, "output", 0, "text")),
        ("tool:file_search", "n", ("input", 4, "results", 0, "text")),
    ]
    assert chunks[3].block == ("input", 4, "results", 0)
    assert all(one.in_place for one in chunks)
