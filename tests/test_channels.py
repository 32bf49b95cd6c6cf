import pytest

from gateway.channels import Channel, Choice
from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta
from gateway.domain.findings import Finding, Where
from gateway.domain.json import JSON, Object
from gateway.windows import Ready


def chunk(delta: Object, **choice: JSON) -> Delta:
    return Delta(
        {
            "id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": None, "provider": "p",
            "choices": [{"index": 2, "delta": delta, "logprobs": None, "finish_reason": None, **choice}],
        }
    )  # fmt: skip


def channels(delta: Delta) -> list[Channel]:
    made = []
    for fragment in CHAT.fragments(delta):
        if fragment.channel[0] >= 0:
            channel = Channel(fragment, CHAT)
            channel.receive(fragment, delta)
            made.append(channel)
    return made


CALL: Object = {"index": 1, "id": "call-1", "type": "function", "function": {"name": "mail", "arguments": '{"to'}}


@pytest.mark.parametrize(
    ("delta", "places"),
    [
        (chunk({"content": "a", "refusal": "b"}), ["choices[2].message.content", "choices[2].message.refusal"]),
        (
            chunk({"tool_calls": [CALL]}),
            ["choices[2].message.tool_calls[1].function.name", "choices[2].message.tool_calls[1].function.arguments"],
        ),
        (Delta({"choices": [{"index": 0, "text": "a"}]}), ["choices[0].text"]),
        (Delta({"choices": [{"message": {"content": "a"}}]}), ["choices[0].message.content"]),
    ],
)
def test_a_place_is_the_same_whether_the_answer_streams_or_not(delta: Delta, places: list[str]) -> None:
    assert [channel.place for channel in channels(delta)] == places


def test_what_a_tool_is_called_with_is_a_tool_call() -> None:
    content, name, arguments = channels(chunk({"content": "a", "tool_calls": [CALL]}))

    assert [content.where, name.where, arguments.where] == [Where.RESPONSE, Where.TOOL_CALL, Where.TOOL_CALL]
    assert [content.is_json, name.is_json, arguments.is_json] == [False, False, True]


def test_text_alone_travels_in_a_delta_like_the_last() -> None:
    (content,) = channels(chunk({"role": "assistant", "content": "a"}, finish_reason="stop", logprobs={"content": []}))

    assert content.alone("b").raw == {
        "id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 2, "delta": {"content": "b"}, "logprobs": None, "finish_reason": None}],
    }  # fmt: skip


def test_arguments_alone_still_tell_which_call_they_belong_to() -> None:
    _, arguments = channels(chunk({"tool_calls": [CALL]}))

    assert arguments.alone('"}').raw["choices"] == [
        {
            "index": 2,
            "delta": {"tool_calls": [{"index": 1, "type": "function", "function": {"arguments": '"}'}}]},
            "logprobs": None,
            "finish_reason": None,
        }
    ]


def test_completions_have_their_text_in_the_choice_itself() -> None:
    (text,) = channels(Delta({"id": "c", "choices": [{"index": 0, "text": "a", "finish_reason": None}]}))

    assert text.alone("b").raw == {
        "id": "c",
        "choices": [{"index": 0, "text": "b", "logprobs": None, "finish_reason": None}],
    }


def ready(text: str, *findings: Finding) -> Ready:
    return Ready(text, 0, findings)


def test_masks_in_arguments_know_whether_a_string_is_open() -> None:
    _, arguments = channels(chunk({"tool_calls": [CALL]}))
    number = Finding("US_SSN", 0, 9, 1.0, "test")

    inside = [
        arguments.released(ready('{"to": "')),
        arguments.released(ready('123456789", "n": '), [number]),
        arguments.released(ready("123456789}"), [number]),
    ]

    assert "".join(inside) == '{"to": "<US_SSN>", "n": "<US_SSN>"}'


@pytest.mark.parametrize(
    ("pending", "may"),
    [("check.", True), ("Let me see: ", True), ("", False), ("john@", False), ("4111", False), ("a" * 65, False)],
)
def test_plain_words_may_leave_before_another_channel_speaks(pending: str, may: bool) -> None:
    (content,) = channels(chunk({"content": "x"}))
    content.window.take([], last=True)
    content.window.feed(pending)

    assert content.may_pause() is may


def test_a_turn_tells_who_paused() -> None:
    content, name, arguments = channels(chunk({"content": "word", "tool_calls": [CALL]}))
    choice = Choice()
    choice.channels += [content, arguments]

    turns = [choice.turn({content}), choice.turn({content}), choice.turn({name}), choice.turn({arguments})]

    assert turns == [None, None, None, content]
    assert choice.speaking is arguments


def entries(*tokens: str) -> JSON:
    return {"content": [{"token": token} for token in tokens], "refusal": None}


def test_log_probabilities_wait_for_their_text() -> None:
    (content,) = channels(chunk({"content": "Hello"}))
    choice = Choice()
    choice.channels.append(content)
    choice.hold(entries("Hello"))
    early = choice.logprobs()

    content.window.feed(" wor")
    choice.hold(entries(" wor"))
    content.window.take([])
    first = choice.logprobs()
    content.window.take([], last=True)
    choice.hold(entries())
    second = choice.logprobs()

    assert [early, first, second] == [None, entries("Hello"), entries(" wor")]


def test_log_probabilities_that_waited_together_leave_together() -> None:
    choice = Choice()
    choice.hold(entries("a"))
    choice.hold({"content": [{"token": "b"}], "refusal": None})
    choice.hold({"content": None, "refusal": [{"token": "c"}]})

    assert choice.logprobs() == {"content": [{"token": "a"}, {"token": "b"}], "refusal": [{"token": "c"}]}
    assert choice.waiting == []


def test_log_probabilities_end_with_the_first_mask() -> None:
    choice = Choice()
    choice.hold(entries("a"))
    choice.is_masked = True

    assert choice.logprobs() is None
    assert choice.waiting == []


@pytest.mark.parametrize(
    ("delta", "silent"),
    [
        (chunk({"content": ""}), True),
        (chunk({}), True),
        (chunk({"content": "", "tool_calls": [{"index": 0, "function": {"arguments": ""}}]}), True),
        (chunk({"content": "a"}), False),
        (chunk({"role": "assistant", "content": ""}), False),
        (chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": ""}}]}), False),
        (chunk({}, finish_reason="stop"), False),
        (Delta({"choices": [], "usage": {"total_tokens": 0}}), False),
        (Delta({"choices": [], "obfuscation": "xyz"}), True),
        (Delta({"choices": [], "citations": ["a"]}), False),
    ],
)
def test_a_delta_is_silent_when_it_says_nothing(delta: Delta, silent: bool) -> None:
    assert CHAT.is_silent(delta.raw) is silent
