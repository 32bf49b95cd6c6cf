import pytest

from gateway.domain.errors import ProviderRefused
from gateway.domain.json import strings
from gateway.providers.translating_messages_content import conversation


def text(value: str) -> dict:
    return {"type": "text", "text": value}


def user(*blocks: dict) -> dict:
    return {"role": "user", "content": list(blocks)}


def use(id: str, **input: object) -> dict:
    return {"type": "tool_use", "id": id, "name": "f", "input": input}


def result(id: str, content: object = None, **more: object) -> dict:
    return {"type": "tool_result", "tool_use_id": id, **({"content": content} if content is not None else {}), **more}


PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def document(**source: object) -> dict:
    return {"type": "document", "title": "TITLE", "context": "CONTEXT", "source": source}


FOUND = {"type": "search_result", "source": "SOURCE", "title": "TITLE", "content": [text("FOUND")]}


def test_texts_and_turns_stay_as_they_are():
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, user(text("c"), text("d"))]

    assert conversation(messages) == [*messages[:2], {"role": "user", "content": [text("c"), text("d")]}]
    assert conversation([user(text("a"))]) == [{"role": "user", "content": "a"}]
    assert conversation([{"role": "system", "content": [text("s")]}]) == [{"role": "system", "content": "s"}]


def test_calls_and_their_results_find_each_other():
    messages = [
        {"role": "assistant", "content": [text("a"), text("b"), use("t1", q="é"), use("t2")]},
        user(result("t1", "r"), result("t2", [text("s"), text("t")]), text("And?")),
    ]

    said, first, second, asked = conversation(messages)

    assert said["content"] == "ab"
    assert said["tool_calls"] == [
        {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"q": "é"}'}},
        {"id": "t2", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ]
    assert first == {"role": "tool", "tool_call_id": "t1", "content": "r"}
    assert second == {"role": "tool", "tool_call_id": "t2", "content": [text("s"), text("t")]}
    assert asked == {"role": "user", "content": "And?"}


def test_a_result_can_be_empty_or_a_failure():
    assert conversation([user(result("t"))]) == [{"role": "tool", "tool_call_id": "t", "content": ""}]
    (failed,) = conversation([user(result("t", "no such file", is_error=True))])
    assert failed["content"] == [text("The tool failed."), text("no such file")]


def test_pictures_of_a_result_come_after_all_results():
    messages = [user(result("t1", [text("a"), PNG]), result("t2", "b"))]

    first, second, pictures = conversation(messages)

    assert (first["content"], second["content"]) == ("a", "b")
    assert pictures == {"role": "user", "content": [PNG_PART]}


def test_files_travel_as_data_urls():
    linked = {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}}
    pdf = document(type="base64", media_type="application/pdf", data="JVBERi0=")

    (message,) = conversation([user(PNG, linked, pdf)])

    assert message["content"] == [
        PNG_PART,
        {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        text("TITLE"),
        text("CONTEXT"),
        {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
    ]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (document(type="text", media_type="text/plain", data="WORDS"), "TITLE\n\nCONTEXT\n\nWORDS"),
        (document(type="content", content="WORDS"), "TITLE\n\nCONTEXT\n\nWORDS"),
        (document(type="content", content=[text("A"), text("B")]), "TITLE\n\nCONTEXT\n\nA\n\nB"),
        (FOUND, "TITLE\n\nSOURCE\n\nFOUND"),
    ],
)
def test_a_document_is_told_with_all_its_words(block: dict, words: str):
    """What litellm's own translation loses."""
    (message,) = conversation([user(block)])
    (back,) = conversation([user(result("t", [block]))])

    assert message["content"] == back["content"] == words


def test_thoughts_are_for_the_model_that_thought_them():
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "redacted_thinking", "data": "d"}]

    (message,) = conversation([{"role": "assistant", "content": [*blocks, text("So.")]}])

    assert message == {"role": "assistant", "content": "So."}


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "novel", "content": "x"}, "messages[0].role"),
        ({"role": "user"}, "messages[0].content"),
        ({"role": "user", "content": ["x"]}, "messages[0].content[0]"),
        (user({"type": "novel"}), "messages[0].content[0]"),
        (user(text("a"), document(type="url", url="https://x")), "messages[0].content[1].source"),
        (user({"type": "image", "source": {"type": "file", "file_id": "f"}}), "messages[0].content[0].source"),
        (user(result("t", [{"type": "novel"}])), "messages[0].content[0].content[0]"),
        ({"role": "assistant", "content": [{"type": "server_tool_use"}]}, "messages[0].content[0]"),
        ({"role": "system", "content": [PNG]}, "messages[0].content[0]"),
    ],
    ids=str,
)
def test_what_has_no_translation_is_refused_with_its_place(message: dict, param: str):
    with pytest.raises(ProviderRefused) as caught:
        conversation([message])

    assert (caught.value.status, caught.value.param) == (400, param)


def test_nothing_that_a_person_wrote_gets_lost():
    said = {"A1", "B2", "C3", "D4", "E5", "F6", "G7", "H8", "TITLE", "CONTEXT", "SOURCE", "FOUND"}
    messages = [
        user(text("A1"), document(type="text", data="B2"), document(type="content", content=[text("C3")]), FOUND),
        {"role": "assistant", "content": [text("D4"), use("t", deep=[{"q": "E5"}])]},
        user(result("t", [text("F6"), FOUND, document(type="text", data="G7")]), text("H8")),
    ]

    told = "\n".join(value for _, value in strings(conversation(messages)))

    assert {one for one in said if one not in told} == set()
