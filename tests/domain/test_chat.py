from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.domain.chat import PLACEHOLDER, Fragment
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.findings import Where


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


def chunk(text: str, name: str = "a.md") -> Chunk:
    return Chunk(Source("file", "kb"), name, "sha256:00", 0, text, How.DECLARED)


def test_a_body_nested_beyond_reason_is_refused_not_crashed():
    deep = "x"
    for _ in range(900):
        deep = [deep]

    with pytest.raises(BadRequest):
        _ = CHAT.parse(body(novel=deep)).texts


def test_context_takes_the_place_of_the_marker():
    request = CHAT.parse(body(messages=[{"role": "user", "content": f"A {PLACEHOLDER} Z"}]))

    text = request.with_context([chunk("middle")]).raw["messages"][0]["content"]

    assert text == "A [doc1] a.md\nmiddle Z"


def test_a_marker_without_documents_disappears():
    request = CHAT.parse(body(messages=[{"role": "user", "content": f"A{PLACEHOLDER}Z"}]))

    assert request.with_context([]).raw["messages"][0]["content"] == "AZ"


@given(st.lists(st.text(min_size=1), max_size=4), st.text(), st.booleans())
def test_the_manifest_names_every_byte_of_the_prompt(texts: list[str], question: str, marked: bool):
    content = question + (PLACEHOLDER if marked else "")
    request = CHAT.parse(body(messages=[{"role": "user", "content": content}]))

    prompt = request.with_context([chunk(text, f"{n}.md") for n, text in enumerate(texts)])

    ends: dict[str, int] = {}
    for segment in prompt.manifest():
        assert segment.start == ends.get(segment.path, 0)
        ends[segment.path] = segment.end
    for item in prompt.placed:
        message = prompt.raw["messages"][item.path[1]]["content"].encode("utf-8", "surrogatepass")
        assert message[item.start : item.end].decode("utf-8", "surrogatepass") == item.chunk.text
    assert [segment.chunk for segment in prompt.manifest() if segment.kind == "chunk"] == [
        placed.chunk.digest for placed in prompt.placed
    ]


def in_place(pasted: str, path: tuple, start: int = 0) -> Chunk:
    """Return the chunk *pasted* as it was recognised from *start* in the text at *path*."""
    found = Chunk(Source("file", "kb"), "kb.md", "sha256:00", 0, pasted, How.RECOGNISED, path=path)
    return replace(found, spans=((start, start + len(pasted)),))


@given(st.text(), st.text(min_size=1), st.text(), st.booleans())
def test_a_chunk_that_stands_in_the_prompt_is_named_where_it_stands(before: str, pasted: str, after: str, marked: bool):
    text = before + PLACEHOLDER * marked + pasted + after
    messages = [{"role": "user", "content": text}, {"role": "user", "content": "Why?"}]
    request = CHAT.parse(body(messages=messages))
    found = in_place(pasted, ("messages", 0, "content"), len(before + PLACEHOLDER * marked))

    prompt = request.with_context([found, chunk("brought")])

    named = {segment.chunk: segment for segment in prompt.manifest() if segment.chunk}
    here = next(item for item in prompt.placed if item.chunk == found)
    content = prompt.raw["messages"][0]["content"].encode("utf-8", "surrogatepass")
    assert content[here.start : here.end].decode("utf-8", "surrogatepass") == pasted
    assert named[found.digest].digest == digest(pasted)
    assert [item.chunk.text for item in prompt.placed if item.chunk != found] == ["brought"]


def test_a_message_that_is_put_in_moves_what_stands_behind_it():
    messages = [{"role": "user", "content": "Why?"}, {"role": "tool", "tool_call_id": "1", "content": "pasted text"}]
    request = CHAT.parse(body(messages=messages))

    prompt = request.with_context([in_place("pasted", ("messages", 1, "content")), chunk("brought")])

    assert [item.path for item in prompt.placed] == [("messages", 2, "content"), ("messages", 0, "content")]


def test_what_only_took_part_is_not_put_into_the_prompt():
    request = CHAT.parse(body())

    prompt = request.with_context([replace(chunk("from an earlier answer"), how=How.INHERITED)])

    assert (prompt.raw, prompt.placed) == (request.raw, ())


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("choices", 0, "message", "tool_calls", 0, "function", "name"), True),
        (("content", 0, "name"), True),
        (("content", 0, "input", "name"), False),
        (("output", 0, "arguments", "name"), False),
        (("content", 0, "input"), False),
    ],
)
def test_a_tools_name_is_told_from_what_the_tool_is_told(path: tuple, named: bool):
    assert Fragment((0, "x"), path, "Anna", False, Where.TOOL_CALL).names_tool == named
    assert not Fragment((0, "x"), path, "Anna", False, Where.RESPONSE).names_tool
