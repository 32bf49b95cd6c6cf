import base64

import pytest

from gateway.dialects.messages_blocks import field_texts, is_binary, message_texts


def texts(*content: object, role: str = "user") -> list[tuple[str, str]]:
    return [(text.kind, text.value) for text in message_texts({"role": role, "content": list(content)}, ("m", 0))]


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize(
    "data", [encoded("Hello"), encoded(b"%PDF-1.7\xff\xfe"), encoded(b"\x89PNG\xff"), encoded(bytes(range(200))), ""]
)
def test_a_file_is_binary(data: str):
    assert is_binary(data) is (data != "")


@pytest.mark.parametrize("data", ["4111111111111111", "123-45-6789", "AKIAIOSFODNN7EXAMPLE", "Erika Mustermann", "abc"])
def test_a_text_that_looks_like_a_file_stays_a_text(data: str):
    assert not is_binary(data)


def test_only_the_data_of_a_file_is_binary():
    data = encoded("Hello")
    source = {"type": "base64", "media_type": "application/pdf", "data": data}

    assert ("binary", data) in texts({"type": "document", "source": source})
    assert ("user", data) in texts({"type": "document", "source": {"type": "text", "data": data}})
    assert ("binary", f"data:image/png;base64,{data}") in texts(
        {"type": "novel", "at": f"data:image/png;base64,{data}"}
    )


@pytest.mark.parametrize("kind", ["tool_result", "web_search_tool_result", "mcp_tool_result"])
def test_what_a_tool_gave_back_is_the_tools_whoever_sends_it(kind: str):
    block = {"type": kind, "content": [{"type": "text", "text": "r"}]}

    assert ("tool", "r") in texts(block)
    assert ("tool", "r") in texts(block, role="assistant")


def test_thoughts_are_sealed_with_all_that_is_in_them_in_an_assistants_message_alone():
    block = {"type": "thinking", "thinking": "t", "signature": "s", "novel": "n"}

    sealed = list(message_texts({"role": "assistant", "content": [block]}, ("m", 0)))
    open_ = list(message_texts({"role": "user", "content": [block]}, ("m", 0)))

    assert {text.value for text in sealed} == {"t", "s", "n", "novel"}
    assert all(text.sealed and text.kind == "history" for text in sealed)
    assert not any(text.sealed for text in open_)


def test_the_protocols_own_words_are_no_texts_and_others_in_their_place_are():
    assert texts({"type": "tool_use", "name": "f"}, role="assistant") == [("history", "f")]
    assert texts({"type": "call me"}) == [("user", "call me")]
    assert texts("bare") == [("user", "bare")]


def test_the_system_is_of_its_own_kind():
    raw = {"system": [{"type": "text", "text": "s"}], "novel": "n"}

    assert [(text.kind, text.value) for text in field_texts(raw, "system", 0)] == [("system", "s")]
    assert [(text.kind, text.value) for text in field_texts(raw, "novel", 1)] == [("other", "novel"), ("other", "n")]
