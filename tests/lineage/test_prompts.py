from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.lineage.prompts import rebuilt, shape

words = st.text(max_size=12)
contents = st.one_of(words, st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": words}), max_size=2))
messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": contents}),
    min_size=1, max_size=4,
)  # fmt: skip
bodies = st.fixed_dictionaries(
    {"model": st.just("gpt"), "messages": messages},
    optional={
        "temperature": st.floats(0, 2), "stop": st.lists(words, max_size=2), "user": words,
        "tools": st.just([{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]),
        "own": st.dictionaries(words, words | st.integers(0, 9) | st.none(), max_size=2),
    },
)  # fmt: skip
documents = st.lists(words.filter(bool), max_size=3)


def chunk(number: int, text: str) -> Chunk:
    return Chunk(Source("wiki", "hr"), f"page-{number}.md", digest(text), 0, text, How.DECLARED)


def sent(body: dict, texts: list[str]):
    return CHAT.parse(body).with_context([chunk(number, text) for number, text in enumerate(texts)])


def recorded(request):
    """What a record keeps of *request*: its manifest, its shape, and the texts by digest."""
    stretches = request.stretches()
    strings: dict[str, bytes] = {}
    for one in stretches:
        strings[one.segment.path] = strings.get(one.segment.path, b"") + one.data
    kept = {one.segment.digest: one.data.decode() for one in stretches}
    form = shape(request.raw, [data.decode() for data in strings.values()])
    return [one.segment for one in stretches], form, kept


@given(bodies, documents)
def test_the_prompt_comes_back_byte_for_byte(body: dict, texts: list[str]):
    request = sent(body, texts)

    prompt = rebuilt("0193", *recorded(request))

    assert prompt.body == request.raw
    assert list(prompt.body) == list(request.raw)
    assert orjson.dumps(prompt.body) == orjson.dumps(request.raw)
    assert prompt.missing == []


@given(bodies, documents)
def test_no_text_of_the_prompt_stands_in_its_shape(body: dict, texts: list[str]):
    request = sent(body, texts)
    _, form, _ = recorded(request)
    known = {"user", "system", "assistant", "tool", "text", "function", "object", "find", "gpt", ""}

    written: list[str] = []

    def strings(value: object) -> None:
        if isinstance(value, str):
            written.append(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            strings(item)

    strings(orjson.loads(form))
    assert set(written) <= known


def test_what_is_missing_or_altered_is_named_and_the_body_is_not_made_up():
    request = sent({"model": "gpt", "messages": [{"role": "user", "content": "May I?"}]}, ["You may."])
    manifest, form, kept = recorded(request)
    (lost,) = [segment.digest for segment in manifest if segment.kind == "chunk"]

    without = rebuilt("0193", manifest, form, {name: text for name, text in kept.items() if name != lost})
    altered = rebuilt("0193", manifest, form, kept | {lost: "You may not."})

    for prompt in (without, altered):
        assert prompt.missing == [lost]
        assert prompt.body is None
        assert [text.text is None for text in prompt.texts] == [True, False]


def test_without_a_shape_there_are_the_texts_alone():
    request = sent({"model": "gpt", "messages": [{"role": "user", "content": "May I?"}]}, [])
    manifest, _, kept = recorded(request)

    prompt = rebuilt("0193", manifest, "", kept)

    assert prompt.body is None
    assert [text.text for text in prompt.texts] == ["May I?"]


@pytest.mark.parametrize("raw", [{"a": {"lineward:text": 0}}, {"a": 1 << 70}])
def test_a_body_that_cannot_be_told_from_a_shape_has_none(raw: dict):
    assert shape(raw, ["x"]) == ""


def test_a_masked_chunk_comes_back_as_it_left():
    masked = replace(chunk(0, "Ask <EMAIL_ADDRESS>."), digest=digest("Ask ann@acme.example."), masked=True)
    request = CHAT.parse({"model": "gpt", "messages": [{"role": "user", "content": "Whom?"}]}).with_context([masked])

    stretches = request.stretches()

    (one,) = [stretch for stretch in stretches if stretch.segment.kind == "chunk"]
    assert (one.data, one.is_kept) == (b"Ask <EMAIL_ADDRESS>.", False)
    assert one.segment.digest == digest("Ask <EMAIL_ADDRESS>.")
