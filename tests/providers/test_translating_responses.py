from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import ProviderFailed
from gateway.providers.demo import DemoProvider
from gateway.providers.translating import TranslatingProvider
from gateway.providers.translating_responses import RESPONSES_IN_CHAT

WORDS = "Light scatters, so the sky is blue."


async def sent(raws: Iterable[dict]) -> AsyncGenerator[Delta, None]:
    for raw in raws:
        yield Delta(raw)


def chunk(delta: dict, finish: str | None = None) -> dict:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_provider_of_chats_answers_responses(stream: bool):
    document = Chunk(Source("file", "kb"), "sky.md", "sha256:00", 0, WORDS, How.DECLARED)
    request = RESPONSES.parse({"model": "m", "input": "Why is the sky blue?", "stream": stream}).with_context(
        [document]
    )
    provider = TranslatingProvider(DemoProvider(name="demo"), {"responses": RESPONSES_IN_CHAT})

    async with aclosing(provider.answer(request, "m")) as deltas:
        told = [delta.raw async for delta in deltas]

    assert "responses" in provider.speaks
    answer = told[-1]["response"] if stream else told[-1]
    assert RESPONSES.is_answer(answer)
    assert WORDS in answer["output"][0]["content"][0]["text"]
    assert len(told) > 5 if stream else len(told) == 1


async def test_a_stream_that_breaks_off_has_no_end():
    async def broken() -> AsyncGenerator[Delta, None]:
        yield Delta(chunk({"content": "One "}))
        raise ProviderFailed("It broke off.")

    request = RESPONSES.parse({"model": "m", "input": "?", "stream": True})
    events = RESPONSES_IN_CHAT.answer(broken(), request)

    told = [(await anext(events)).raw["type"] for _ in range(5)]
    with pytest.raises(ProviderFailed):
        await anext(events)

    assert told[-1] == "response.output_text.delta"


async def test_events_come_as_the_chats_do():
    request = RESPONSES.parse({"model": "m", "input": "?", "stream": True})
    events = RESPONSES_IN_CHAT.answer(sent([chunk({"content": "One"}), chunk({}, "stop")]), request)

    async with aclosing(events) as told:
        first = await anext(told)

    assert first.raw["type"] == "response.created"


def test_the_translated_request_is_one_of_the_other_dialect():
    request = RESPONSES.parse({"model": "m", "input": "Why?"})

    asked = RESPONSES_IN_CHAT.request(request)

    assert (asked.dialect, RESPONSES_IN_CHAT.into) == (CHAT, "chat.completions")
    assert CHAT.parse(asked.raw).question == "Why?"
