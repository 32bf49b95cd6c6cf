from contextlib import aclosing

import pytest

from gateway.dialects.completions import COMPLETIONS
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderRefused
from gateway.providers.completing import Completing
from tests.providers.played import chunk, said


def asking(**more: object) -> ChatRequest:
    return COMPLETIONS.parse({"model": "m", "prompt": "Why?", **more})


async def told(*bodies: dict, request: ChatRequest) -> list[dict]:
    async def answering():
        for body in bodies:
            yield Delta(body)

    async with aclosing(answering()) as deltas, aclosing(Completing().answer(deltas, request)) as answer:
        return [delta.raw async for delta in answer]


@pytest.mark.parametrize("prompt", ["Why?", ["Why?"]])
def test_the_prompt_is_what_the_user_says(prompt):
    request = Completing().request(asking(prompt=prompt, temperature=0.5, stop=["\n"], n=2, echo=False, suffix=None))

    assert request.dialect.name == "chat.completions"
    assert request.raw == {
        "model": "m",
        "messages": [{"role": "user", "content": "Why?"}],
        "max_tokens": 16,
        "temperature": 0.5,
        "stop": ["\n"],
        "n": 2,
    }
    assert request.question == "Why?"


def test_the_length_that_the_caller_wants_is_kept():
    assert Completing().request(asking(max_tokens=100)).raw["max_tokens"] == 100


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"suffix": "s"}, "suffix"),
        ({"echo": True}, "echo"),
        ({"best_of": 3}, "best_of"),
        ({"logprobs": 5}, "logprobs"),
        ({"novel": 1}, "novel"),
    ],
)
def test_what_a_chat_cannot_do_is_refused(fields: dict, param: str):
    with pytest.raises(ProviderRefused) as caught:
        Completing().request(asking(**fields))

    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, "unsupported_parameter")


async def test_a_whole_answer_is_told_as_text():
    (body,) = await told(said("Blue."), request=asking())

    assert body["object"] == "text_completion"
    assert body["choices"] == [{"index": 0, "text": "Blue.", "logprobs": None, "finish_reason": "stop"}]


async def test_a_stream_is_told_event_by_event():
    usage = {**chunk({}), "choices": [], "usage": {"total_tokens": 3}}
    bodies = await told(
        chunk({"role": "assistant", "content": ""}), chunk({"content": "Bl"}), chunk({"content": "ue"}),
        chunk({}, "stop"), usage, request=asking(stream=True),
    )  # fmt: skip

    assert [choice["text"] for body in bodies for choice in body["choices"]] == ["", "Bl", "ue", ""]
    assert bodies[3]["choices"][0]["finish_reason"] == "stop"
    assert (bodies[4]["choices"], bodies[4]["usage"]) == ([], {"total_tokens": 3})
