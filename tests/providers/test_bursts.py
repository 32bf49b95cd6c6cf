import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.dialects.completions import STREAMED
from gateway.dialects.messages import MESSAGES
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta, Dialect
from gateway.providers.bursts import Burst
from tests.providers.played import chunk


def burst(*wires: bytes, dialect: Dialect = CHAT) -> list[Delta]:
    """Return what comes of events that arrive together."""
    burst, found = Burst(dialect), []
    for wire in wires:
        if not burst.goes_on(wire):
            found += burst.end()
            burst.begin(Delta(json.loads(wire), wire))
    return [*found, *burst.end()]


def wire(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def says(content: str, **more: object) -> bytes:
    return wire(chunk({"content": content}, **more))


def texts(deltas: list[Delta]) -> list[str]:
    return [delta.raw["choices"][0]["delta"].get("content", "") for delta in deltas]


def test_words_that_arrive_together_are_one_event():
    deltas = burst(says("The sky "), says("is "), says("“blue”.\n"))

    assert deltas == [Delta(chunk({"content": "The sky is “blue”.\n"}), deltas[0].wire)]
    assert json.loads(deltas[0].wire or b"") == deltas[0].raw


def test_an_event_without_company_keeps_its_bytes():
    spaced = b'{ "choices":[{"index":0,"delta":{"content":"a"}}] }'

    assert [delta.wire for delta in burst(spaced)] == [spaced]


def test_an_event_that_goes_on_after_what_was_told_keeps_its_bytes():
    told = Burst(CHAT)
    told.begin(Delta(json.loads(says("a")), says("a")))
    told.end()

    goes_on = told.goes_on(says("b"))

    assert goes_on
    assert told.end() == (Delta(chunk({"content": "b"}), says("b")),)


@given(st.lists(st.tuples(st.integers(0, 1), st.text()), min_size=1))
def test_each_choice_says_what_it_said_in_the_order_in_which_it_said_it(said):
    deltas = burst(*(wire({"choices": [{"index": index, "delta": {"content": text}}]}) for index, text in said))

    told = [(delta.raw["choices"][0]["index"], text) for delta, text in zip(deltas, texts(deltas), strict=True)]
    letters = [(index, letter) for index, text in told for letter in text]
    assert letters == [(index, letter) for index, text in said for letter in text]


@pytest.mark.parametrize(
    "wires",
    [
        pytest.param([says("a"), wire(chunk({"content": "b"}, "stop"))], id="the end of the answer"),
        pytest.param([wire(chunk({"role": "assistant", "content": "a"}))] * 2, id="a role"),
        pytest.param([says("a", usage={"completion_tokens": 1})] * 2, id="usage"),
        pytest.param([says("a", token_ids=[7])] * 2, id="a field that nobody knows"),
        pytest.param(
            [wire({"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [{"token": "a"}]}}]})]
            * 2,
            id="log-probabilities",
        ),
        pytest.param(
            [wire({"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {}}]})] * 2, id="choices"
        ),
        pytest.param([wire(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1"}}]}))] * 2, id="arguments"),
        pytest.param([wire(chunk({"content": "a", "refusal": "b"}))] * 2, id="two texts"),
        pytest.param([says("a"), says("b").replace(b'"b"', b'"b","c":1')], id="more after the words"),
    ],
)
def test_what_says_more_than_words_is_an_event_of_its_own(wires):
    deltas = burst(*wires)

    assert [delta.wire for delta in deltas] == wires


def test_bytes_that_show_the_words_in_another_place_are_not_taken_for_them():
    """The words are written with an escape, and the model has their name."""
    first = b'{"model":"a","choices":[{"index":0,"delta":{"content":"\\u0061"}}]}'
    second = first.replace(b'"a"', b'"b"')

    assert [delta.wire for delta in burst(first, second)] == [first, second]


def test_text_of_completions_and_messages_is_joined_too():
    completions = [wire({"choices": [{"index": 0, "text": text, "finish_reason": None}]}) for text in ("a", "b")]
    said = [
        wire({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
        for text in ("a", "b")
    ]

    assert [delta.raw["choices"][0]["text"] for delta in burst(*completions, dialect=STREAMED)] == ["ab"]
    assert [delta.raw["delta"]["text"] for delta in burst(*said, dialect=MESSAGES)] == ["ab"]


def test_numbered_events_stay_as_they_are():
    event = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0}
    wires = [wire({**event, "sequence_number": 1, "delta": "a"})] * 2

    assert [delta.wire for delta in burst(*wires, dialect=RESPONSES)] == wires
