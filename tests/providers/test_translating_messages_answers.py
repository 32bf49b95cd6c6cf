import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ProviderFailed
from gateway.providers.translating_messages_answers import Events, message
from tests.providers.played import chunk, said


def call(index: int | None, arguments: str, id: str | None = "c1", name: str | None = "f") -> dict:
    numbered = {} if index is None else {"index": index}
    return {**numbered, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def events(*raws: dict) -> list[dict]:
    made = Events("m")
    return [event for raw in raws for event in made.of(raw)] + list(made.end())


def finished(raw: dict, reason: str, **more: object) -> dict:
    raw["choices"][0] |= {"finish_reason": reason, **more}
    return raw


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("content_filter", "refusal"),
        ("novel", "end_turn"),
    ],
)
def test_the_reason_to_stop_is_told(reason: str, told: str):
    whole = message(finished(said("Hi"), reason), "m")
    last = events(chunk({"content": "Hi"}), chunk({}, reason))[-2]

    assert whole["stop_reason"] == last["delta"]["stop_reason"] == told


def test_a_sequence_that_it_stopped_at_is_told():
    whole = message(finished(said("Hi"), "stop", stop_reason="END"), "m")

    assert (whole["stop_reason"], whole["stop_sequence"]) == ("stop_sequence", "END")
    assert message(finished(said("Hi"), "stop", stop_reason=7), "m")["stop_reason"] == "end_turn"


def test_a_refusal_is_a_text_and_a_reason():
    whole = message(said(None, refusal="No."), "m")
    made = events(chunk({"refusal": "No."}), chunk({}, "stop"))

    assert (whole["content"], whole["stop_reason"]) == ([{"type": "text", "text": "No."}], "refusal")
    assert made[2]["delta"] == {"type": "text_delta", "text": "No."}
    assert made[-2]["delta"]["stop_reason"] == "refusal"


def test_tokens_from_a_cache_are_counted_apart():
    usage = {"prompt_tokens": 10, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 6}}
    told = {"input_tokens": 4, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 6, "output_tokens": 4}

    assert message({**said("Hi"), "usage": usage}, "m")["usage"] == told
    assert events(chunk({"content": "Hi"}), {"choices": [], "usage": usage})[-2]["usage"] == told


@pytest.mark.parametrize("arguments", ["{", "[]", "7"])
def test_arguments_that_are_no_object_are_a_failure(arguments: str):
    with pytest.raises(ProviderFailed):
        message(said(None, tool_calls=[call(0, arguments)]), "m")


def test_calls_without_arguments_have_none():
    assert message(said(None, tool_calls=[call(None, "")]), "m")["content"][0]["input"] == {}


def test_calls_whose_pieces_are_mixed_up_are_a_failure():
    first, second = chunk({"tool_calls": [call(0, "{")]}), chunk({"tool_calls": [call(1, "{", "c2")]})

    with pytest.raises(ProviderFailed, match="mixed up"):
        events(first, second, chunk({"tool_calls": [call(0, "}")]}))


def test_an_answer_of_nothing_is_a_message_of_nothing():
    assert message({"choices": []}, "m")["content"] == []
    assert [event["type"] for event in events(chunk({}))] == ["message_start", "message_delta", "message_stop"]
    assert events() == []


def read(made: list[dict]) -> tuple[list[dict], str]:
    """Return the blocks that a client puts together from the events *made*, and why they end."""
    blocks: list[dict] = []
    for event in made:
        match event["type"]:
            case "content_block_start":
                blocks.append(dict(event["content_block"]))
                assert event["index"] == len(blocks) - 1
            case "content_block_delta":
                name = {"text_delta": "text", "thinking_delta": "thinking"}.get(event["delta"]["type"], "json")
                added = event["delta"].get("partial_json", event["delta"].get(name))
                blocks[event["index"]][name] = blocks[event["index"]].get(name, "") + added
            case "content_block_stop" if "json" in blocks[event["index"]]:
                blocks[event["index"]]["input"] = json.loads(blocks[event["index"]].pop("json"))
    return blocks, made[-2]["delta"]["stop_reason"]


PIECES = st.lists(st.text("ab .", min_size=1, max_size=4), max_size=4)


@given(PIECES, PIECES, st.lists(st.integers(0, 20), max_size=4), st.booleans())
def test_a_stream_and_a_whole_answer_are_the_same_message(thoughts, words, cuts, calls: bool):
    arguments = json.dumps({"q": "é", "n": [1]})
    marks = [0, *sorted({at for at in cuts if 0 < at < len(arguments)}), len(arguments)]
    deltas = [{"role": "assistant", "content": ""}, *({"reasoning_content": one} for one in thoughts)]
    deltas += [{"content": one} for one in words]
    if calls:
        deltas.append({"tool_calls": [call(0, "")]})
        deltas += [{"tool_calls": [call(0, arguments[start:end], None, None)]} for start, end in pairwise(marks)]
    together = {"reasoning_content": "".join(thoughts), **({"tool_calls": [call(0, arguments)]} if calls else {})}
    whole = finished(said("".join(words), **together), "tool_calls" if calls else "stop")

    streamed = read(events(*map(chunk, deltas), chunk({}, "tool_calls" if calls else "stop")))

    at_once = message(whole, "m")
    assert streamed == read(events(whole)) == (at_once["content"], at_once["stop_reason"])
