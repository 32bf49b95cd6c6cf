from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.completions import COMPLETIONS, STREAMED
from gateway.domain.chat import Delta
from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.findings import Finding, Where
from gateway.streaming import guard


def body(**more):
    return {"model": "m", "prompt": "Why?", **more}


def event(text: str, finish: str | None = None) -> Delta:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    return Delta({"id": "c", "object": "text_completion", "choices": [choice]})


def chunk(text: str) -> Chunk:
    return Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, text, How.DECLARED)


def test_every_string_but_the_model_is_a_text():
    request = COMPLETIONS.parse(body(suffix="s", stop=["t"], novel={"a": "b"}))

    found = {(text.kind, text.value) for text in request.texts}
    assert {("user", "Why?"), ("other", "s"), ("other", "t"), ("other", "b")} <= found
    assert "m" not in {text.value for text in request.texts}


@pytest.mark.parametrize("prompt", [["a", "b"], [1, 2]])
def test_documents_need_one_prompt_that_is_text(prompt):
    with pytest.raises(BadRequest) as caught:
        COMPLETIONS.parse(body(prompt=prompt, documents=["x"]))

    assert caught.value.param == "prompt"


@given(st.text(), st.text(min_size=1))
def test_documents_go_before_the_prompt_and_are_named_there(prompt: str, text: str):
    request = COMPLETIONS.parse(body(prompt=prompt)).with_context([chunk(text)])

    sent = request.raw["prompt"]
    placed = request.placed[0]
    assert sent.endswith(f"\n\n{prompt}")
    assert sent.encode("utf-8", "surrogatepass")[placed.start : placed.end] == text.encode("utf-8", "surrogatepass")


@given(st.text(), st.text(min_size=1), st.text())
def test_what_was_pasted_into_the_prompt_is_still_named_behind_documents(before: str, pasted: str, after: str):
    text = before + pasted + after
    found = replace(chunk(pasted), how=How.RECOGNISED, path=("prompt",), spans=((len(before), len(before + pasted)),))

    prompt = COMPLETIONS.parse(body(prompt=text)).with_context([found, chunk("brought")])

    named = {segment.chunk: segment.digest for segment in prompt.manifest() if segment.chunk}
    assert named[found.digest] == digest(pasted)
    assert named[digest("brought")] == digest("brought")


def test_a_whole_answer_is_over_even_without_a_reason():
    assert [part.over for part in COMPLETIONS.parts(event("x"))] == [True]
    assert [part.over for part in STREAMED.parts(event("x"))] == [False]
    assert [part.over for part in STREAMED.parts(event("", "stop"))] == [True]


def test_a_request_for_a_stream_is_answered_by_events():
    assert COMPLETIONS.parse(body(stream=True)).dialect is STREAMED
    assert COMPLETIONS.parse(body()).dialect is COMPLETIONS


async def released(*deltas: Delta, streams: bool) -> list[Delta]:
    async def given_():
        for delta in deltas:
            yield delta

    async def find(texts):
        return [[Finding("X", at, at + 6, 1.0, "d")] if (at := text.find("a@b.io")) >= 0 else [] for text in texts]

    decision = Decision(Target.FINDING, Effect.MASK, (RuleHit("r", Effect.MASK),))
    judged = guard(
        given_(),
        dialect=STREAMED if streams else COMPLETIONS,
        find=find,
        judge=lambda finding, where, place: decision,
        note=lambda finding, where, place, decision: None,
    )
    return [delta async for delta in judged]


@given(st.lists(st.integers(0, 20), max_size=8))
async def test_however_it_is_cut_the_same_is_released(cuts: list[int]):
    whole = "ask a@b.io, please"
    marks = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    pieces = [whole[start:end] for start, end in pairwise(marks)]

    out = await released(*map(event, pieces), event("", "stop"), streams=True)

    text = "".join(choice["text"] for delta in out for choice in delta.raw["choices"])
    assert text == "ask <X>, please"
    assert out[-1].raw["choices"][0]["finish_reason"] == "stop"


async def test_a_whole_answer_stays_one_delta():
    out = await released(event("ask a@b.io"), streams=False)

    assert [delta.raw["choices"][0]["text"] for delta in out] == ["ask <X>"]


def test_a_fragment_stands_in_its_choice():
    (fragment,) = COMPLETIONS.fragments(event("x"))

    assert (COMPLETIONS.place(fragment), fragment.where, fragment.grows) == ("choices[0].text", Where.RESPONSE, True)
