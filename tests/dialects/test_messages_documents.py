import json

import pytest

from gateway.dialects.messages_documents import declared_in, withheld
from gateway.domain.documents import Chunk, How
from gateway.domain.json import value_at


def user(*blocks: object) -> dict:
    return {"role": "user", "content": list(blocks)}


def text(value: str) -> dict:
    return {"type": "text", "text": value}


def document(title: str | None = None, **source: object) -> dict:
    return {"type": "document", "source": source, **({"title": title} if title else {})}


def found(*texts: str, source: str = "https://x.example/a", title: str = "A") -> dict:
    return {"type": "search_result", "source": source, "title": title, "content": [text(one) for one in texts]}


def only(*messages: dict) -> Chunk:
    (chunk,) = declared_in(messages)
    return chunk


def test_a_document_is_a_chunk_in_its_place():
    chunk = only(user(text("x"), document("Sky", type="text", data="Blue.")))

    assert (chunk.document, chunk.title, chunk.text, chunk.how) == ("Sky", "Sky", "Blue.", How.DECLARED)
    assert str(chunk.source) == "lineward/declared"
    assert (chunk.path, chunk.spans) == (("messages", 0, "content", 1, "source", "data"), ((0, 5),))
    assert chunk.block == ("messages", 0, "content", 1)


def test_a_document_without_a_title_is_named_by_its_text():
    first, second = only(user(document(type="text", data="a"))), only(user(document(type="text", data="b")))

    assert first.document == first.version != second.document


def test_the_blocks_of_a_document_are_its_chunks():
    chunks = list(declared_in([user(document("T", type="content", content=[text("a"), {"type": "image"}, text("b")]))]))

    at = ("messages", 0, "content", 0, "source", "content")
    assert [(chunk.ordinal, chunk.text, chunk.path, chunk.block) for chunk in chunks] == [
        (0, "a", (*at, 0, "text"), (*at, 0)),
        (1, "b", (*at, 2, "text"), (*at, 2)),
    ]
    assert len({chunk.version for chunk in chunks}) == 1


def test_a_search_result_is_named_by_its_source():
    chunk = only(user(found("Blue.")))

    assert (chunk.document, chunk.url, chunk.title) == ("https://x.example/a", "https://x.example/a", "A")
    assert chunk.block == ("messages", 0, "content", 0)
    assert only(user(found("Blue.", source="kb 7"))).url is None


CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "wiki", "input": {}}]}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (json.dumps({"results": [{"id": "a", "text": "Blue."}]}), ("content",)),
        ([text(json.dumps([{"id": "a", "text": "Blue."}]))], ("content", 0, "text")),
        ([found("Blue.", source="a")], ("content", 0, "content", 0, "text")),
        ([document("a", type="text", data="Blue.")], ("content", 0, "source", "data")),
    ],
)
def test_what_a_tool_has_found_is_of_the_tool(content: object, path: tuple):
    result = {"type": "tool_result", "tool_use_id": "t1", "content": content}

    chunk = only(CALL, user(result))

    assert (str(chunk.source), chunk.document, chunk.text) == ("lineward/tool:wiki", "a", "Blue.")
    assert chunk.path == ("messages", 1, "content", 0, *path)


def test_a_page_that_the_provider_fetched_is_of_its_tool():
    call = {"type": "server_tool_use", "id": "s1", "name": "web_fetch", "input": {}}
    page = {"type": "web_fetch_result", "url": "https://x", "content": document("P", type="text", data="Blue.")}
    result = {"type": "web_fetch_tool_result", "tool_use_id": "s1", "content": page}

    chunk = only({"role": "assistant", "content": [call, result]})

    assert (str(chunk.source), chunk.document, chunk.text) == ("lineward/tool:web_fetch", "P", "Blue.")


@pytest.mark.parametrize(
    "block",
    [
        text("a"),
        document("T", type="base64", data="JVBERi0="),
        document("T", type="url", url="https://x"),
        document("T", type="content", content=7),
        {"type": "document", "source": "x"},
        {"type": "search_result", "content": None},
        {"type": "tool_result", "content": "It rains."},
        {"type": "tool_result", "content": None},
        {"type": "tool_result", "tool_use_id": ["t"], "content": None},
        {"type": "tool_use", "id": {}, "name": []},
        {"type": ["document"]},
        "bare",
    ],
    ids=str,
)
def test_what_is_no_text_of_a_document_is_no_chunk(block: object):
    assert list(declared_in([user(block)])) == []


def test_a_chunks_text_is_what_stands_at_its_path():
    messages = [user(document("T", type="text", data="é😀 Blue."), found("a", "b"))]

    for chunk in declared_in(messages):
        assert value_at({"messages": messages}, chunk.path) == chunk.text


@pytest.mark.parametrize("block", [document("Plans", type="text", data="Secret."), found("Secret.", source="Plans")])
def test_what_stands_for_a_block_is_of_its_kind_and_says_nothing_of_it(block: dict):
    cited = {**block, "citations": {"enabled": True}, "context": "Secret."}

    stand_in = withheld(cited, "[withheld]")

    assert (stand_in["type"], stand_in["citations"]) == (block["type"], {"enabled": True})
    assert "Secret" not in str(stand_in) and "Plans" not in str(stand_in) and "[withheld]" in str(stand_in)
    assert withheld(text("a"), "[withheld]") == text("[withheld]")
