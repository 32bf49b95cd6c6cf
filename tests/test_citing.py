from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.citing import citations, cite
from gateway.dialects.chat import CHAT
from gateway.domain.chat import Cites, Delta
from gateway.domain.documents import Chunk, How, Source

SOURCES = [
    Chunk(Source("file", "kb"), f"{name}.md", "sha256:00", 0, f"All of {name}.", How.RETRIEVED, url=url)
    for name, url in (("returns", "https://kb.example/returns"), ("prices", None))
]
ANSWER = "Returns take 30 days. [doc1] Prices rise [doc2], so [doc7] says."


def event(delta: dict, finish_reason: str | None = None) -> Delta:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return Delta({"id": "c", "object": "chat.completion.chunk", "choices": [choice]})


def whole(text: str) -> Delta:
    message = {"role": "assistant", "content": text}
    return Delta({"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message}]})


async def cited(deltas: list[Delta], cites: Cites) -> list[Delta]:
    async def stream():
        for delta in deltas:
            yield delta

    async with aclosing(cite(stream(), dialect=CHAT, sources=SOURCES, cites=frozenset({cites}))) as answer:
        return [delta async for delta in answer]


def added(deltas: list[Delta], name: str):
    """Return what *deltas* say of *name*, wherever they do."""
    found = []
    for delta in deltas:
        for choice in delta.raw["choices"]:
            said = choice.get("delta") or choice.get("message") or {}
            if name in said:
                found.append(said[name])
    (only,) = found
    return only


@given(st.lists(st.integers(0, len(ANSWER)), max_size=6).map(sorted))
async def test_however_an_answer_is_cut_it_names_the_same_documents(cuts: list[int]):
    bounds = [0, *cuts, len(ANSWER)]
    pieces = [event({"content": ANSWER[a:b]}) for a, b in pairwise(bounds)]
    streamed = await cited([event({"role": "assistant"}), *pieces, event({}, "stop")], Cites.ANNOTATIONS)

    annotations = added(streamed, "annotations")

    assert annotations == added(await cited([whole(ANSWER)], Cites.ANNOTATIONS), "annotations")
    assert [one["url_citation"]["url"] for one in annotations] == ["https://kb.example/returns", "file/kb/prices.md"]
    assert streamed[-1].raw["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("deltas", [[whole(ANSWER)], [event({"content": ANSWER}), event({}, "stop")]])
async def test_azures_clients_get_the_documents_with_the_first_words(deltas: list[Delta]):
    found = await cited(deltas, Cites.CONTEXT)

    context = added(found, "context")
    assert [(one["content"], one["filepath"], one["chunk_id"]) for one in context["citations"]] == [
        ("All of returns.", "returns.md", "0"),
        ("All of prices.", "prices.md", "0"),
    ]
    first = found[0].raw["choices"][0]
    assert "context" in (first.get("delta") or first.get("message"))


async def test_coheres_clients_get_the_words_that_a_document_stands_behind():
    found = added(await cited([whole(ANSWER)], Cites.CITATIONS), "citations")

    assert [ANSWER[one["start"] : one["end"]] for one in found] == ["Returns take 30 days.", "Prices rise"]
    assert [one["text"] for one in found] == ["Returns take 30 days.", "Prices rise"]
    assert [one["sources"][0]["id"] for one in found] == ["returns.md", "prices.md"]


async def test_an_answer_that_cites_nothing_passes_as_it_is():
    delta = whole("I do not know.")

    assert await cited([delta], Cites.ANNOTATIONS) == [delta]


def test_a_mark_without_a_document_cites_nothing():
    assert list(citations("See [doc3] and [doc0].", SOURCES)) == []
