from collections.abc import AsyncGenerator

from gateway.dialects.chat import CHAT
from gateway.dialects.messages import MESSAGES
from gateway.domain.chat import Delta
from gateway.providers.translating_messages import MESSAGES_IN_CHAT
from tests.providers import played


async def come(*raws: dict) -> AsyncGenerator[Delta, None]:
    for raw in raws:
        yield Delta(raw)


def asking(**fields: object):
    return MESSAGES.parse({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], **fields})


def test_a_request_becomes_one_for_a_chat_completion():
    request = asking(stream=True)

    asked = MESSAGES_IN_CHAT.request(request)

    assert (asked.dialect, asked.stream, asked.model) == (CHAT, True, "m")
    assert asked.raw["messages"] == [{"role": "user", "content": "x"}]
    assert request.dialect is MESSAGES and "max_tokens" in request.raw
    assert MESSAGES_IN_CHAT.into == "chat.completions"


async def test_a_whole_answer_is_one_message():
    deltas = [one async for one in MESSAGES_IN_CHAT.answer(come(played.said("Hi")), asking())]

    assert [MESSAGES.is_answer(one.raw) for one in deltas] == [True]


async def test_a_stream_is_events_whether_the_provider_streams_or_not():
    pieces = [played.chunk({"content": "H"}), played.chunk({"content": "i"}), played.chunk({}, "stop")]
    for raws in (pieces, [played.said("Hi")]):
        deltas = [one.raw async for one in MESSAGES_IN_CHAT.answer(come(*raws), asking(stream=True))]

        assert deltas[0]["type"] == "message_start"
        assert deltas[-1]["type"] == "message_stop"
        assert "".join(one["delta"]["text"] for one in deltas if one["type"] == "content_block_delta") == "Hi"


async def test_a_stream_of_nothing_is_nothing():
    assert [one async for one in MESSAGES_IN_CHAT.answer(come(), asking(stream=True))] == []
