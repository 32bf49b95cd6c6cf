import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.chat_thoughts import without_masked_thoughts
from gateway.dialects.thoughts import UNTHOUGHT
from gateway.domain.chat import UNSIGNED, Delta

THOUGHT = {"type": "thinking", "thinking": "I ask eve.", "signature": "c2ln"}
KEPT = {"type": "thinking", "thinking": "Hm.", "signature": "b3Ro"}
MASKED = {**THOUGHT, "signature": UNSIGNED}


def body(**message) -> dict:
    return {
        "model": "m",
        "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "ok", **message}],
    }


def beside(*blocks) -> dict:
    return {"thinking_blocks": [*blocks], "provider_specific_fields": {"thinking_blocks": [*blocks], "more": 1}}


def test_a_thought_that_must_not_be_sent_as_it_is_is_left_out_wherever_it_stands():
    request = CHAT.parse(body(**beside(THOUGHT, KEPT)))
    changes = {text.path: "<MASK>" for text in request.texts if "eve" in text.value}

    sent = request.with_texts(changes).raw["messages"][1]

    assert len(changes) == 2
    assert sent == {"role": "assistant", "content": "ok", **beside(KEPT)}


def test_one_among_the_content_has_something_in_its_place():
    """A message of nothing is none."""
    request = CHAT.parse(body(content=[THOUGHT]))
    [path] = [text.path for text in request.texts if "eve" in text.value]

    assert request.with_texts({path: "<MASK>"}).raw["messages"][1]["content"] == [UNTHOUGHT]


@pytest.mark.parametrize("message", [{"role": "user"}, {"thinking_blocks": [{"type": "text", "text": "I ask eve."}]}])
def test_what_nobody_signed_is_masked_in_its_place(message):
    given = body(**{**beside(THOUGHT), **message})
    request = CHAT.parse(given)
    changes = {
        text.path: "<MASK>" for text in request.texts if "eve" in text.value and "thinking_blocks" in text.path[2:3]
    }

    [block] = request.with_texts(changes).raw["messages"][1]["thinking_blocks"]

    assert "<MASK>" in block.values()


def test_thoughts_that_were_masked_do_not_come_back():
    given = body(**beside(MASKED, KEPT))
    alone = body(content=[MASKED, {"type": "text", "text": "ok"}], thinking_blocks=[MASKED])

    assert without_masked_thoughts(given) == body(**beside(KEPT))
    assert without_masked_thoughts(alone) == body(content=[UNTHOUGHT, {"type": "text", "text": "ok"}])
    for same in (body(), body(**beside(KEPT)), body(thinking_blocks="x", provider_specific_fields=[3])):
        assert without_masked_thoughts(same) is same


@pytest.mark.parametrize("name", ["message", "delta"])
def test_thoughts_grow_are_signed_and_their_signatures_are_nobody_s_text(name):
    redacted = {"type": "redacted_thinking", "data": "b64"}
    delta = Delta({"choices": [{"index": 1, name: beside(THOUGHT, redacted)}]})

    told = [(one.channel, one.text, one.grows, one.is_signed) for one in CHAT.fragments(delta) if not one.is_key]
    [part] = CHAT.parts(delta)

    assert told == [
        ((1, "thinking_blocks[0].thinking"), "I ask eve.", True, True),
        ((1, "provider_specific_fields.thinking_blocks[0].thinking"), "I ask eve.", True, True),
    ]
    at = ("choices", 0, name)
    assert part.signatures == (
        ("thinking_blocks[0].thinking", (*at, "thinking_blocks", 0, "signature")),
        ("provider_specific_fields.thinking_blocks[0].thinking",
         (*at, "provider_specific_fields", "thinking_blocks", 0, "signature")),
    )  # fmt: skip
    assert CHAT.place(CHAT.fragments(delta)[0]) == "choices[1].message.thinking_blocks[0].thinking"


def test_an_event_with_an_empty_thought_says_nothing():
    def event(**block) -> dict:
        return {"choices": [{"index": 0, "delta": beside({"type": "thinking", **block})}]}

    assert not CHAT.is_silent(event(thinking="", signature="c2ln"))
    assert not CHAT.is_silent({"choices": [{"index": 0, "delta": {"type": "thinking", "x": [{"type": "text"}]}}]})
