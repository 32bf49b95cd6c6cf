from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from gateway.providers.translating_responses_answers import Events

EVENT = TypeAdapter(ResponseStreamEvent)
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8, "prompt_tokens_details": {"cached_tokens": 2},
         "completion_tokens_details": {"reasoning_tokens": 1}}  # fmt: skip


def chunk(delta: dict, finish: str | None = None, **choice: object) -> dict:
    return {"id": "c", "model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish, **choice}]}


def call(arguments: str, number: int = 0, **first: str) -> dict:
    function = {"arguments": arguments, **({"name": first.pop("name")} if first else {})}
    return {"tool_calls": [{"index": number, **first, "type": "function", "function": function}]}


def events(*chunks: dict, **request: object) -> list[dict]:
    made = Events({"model": "m", **request}, "m")
    return [event for raw in chunks for event in made.of(raw)] + list(made.end())


def by_the_sdk(told: list[dict]) -> Response:
    """Return the whole answer as OpenAI's own SDK puts it together; each event must be one of its types."""
    state = ResponseStreamState(input_tools=[], text_format=omit)
    for event in told:
        state.handle_event(EVENT.validate_python(event))
    assert state._completed_response is not None
    return state._completed_response


def test_words_thoughts_and_calls_become_items_in_their_order():
    told = events(
        chunk({"role": "assistant", "content": ""}), chunk({"reasoning_content": "hm"}), chunk({"content": "Let me "}),
        chunk({"content": "see."}), chunk(call("", id="c1", name="f")), chunk(call('{"a"')),
        chunk(call("{}", 1, id="c2", name="g")), chunk(call(": 1}")), chunk({}, "tool_calls"),
        {"choices": [], "usage": USAGE},
    )  # fmt: skip

    answer = by_the_sdk(told)

    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call", "function_call"]
    assert answer.output[0].content[0].text == "hm"
    assert answer.output_text == "Let me see."
    assert [(one.call_id, one.name, one.arguments) for one in answer.output[2:]] == [
        ("c1", "f", '{"a": 1}'),
        ("c2", "g", "{}"),
    ]
    assert (answer.usage.input_tokens, answer.usage.input_tokens_details.cached_tokens) == (3, 2)
    assert (answer.usage.output_tokens_details.reasoning_tokens, answer.usage.total_tokens) == (1, 8)
    assert (answer.status, answer.model) == ("completed", "m-1")
    assert [event["sequence_number"] for event in told] == list(range(len(told)))


def test_every_text_ends_before_its_item_and_every_item_before_the_answer():
    told = [event["type"].removeprefix("response.") for event in events(chunk({"content": "a"}), chunk({}, "stop"))]

    assert told == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip


def test_a_refusal_is_told_as_one():
    told = events(chunk({"refusal": "I will "}), chunk({"refusal": "not."}, "stop"))

    content = told[-1]["response"]["output"][0]["content"]
    assert content == [{"type": "refusal", "refusal": "I will not."}]
    assert [event["delta"] for event in told if event["type"] == "response.refusal.delta"] == ["I will ", "not."]


def test_an_answer_that_was_cut_says_so():
    for finish, reason in (("length", "max_output_tokens"), ("content_filter", "content_filter")):
        (*_, last) = events(chunk({"content": "a"}), chunk({}, finish))

        assert last["type"] == "response.incomplete"
        assert last["response"]["incomplete_details"] == {"reason": reason}


def test_a_whole_chat_completion_comes_to_the_same():
    message = {
        "role": "assistant",
        "content": "Hi",
        "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}],
    }
    raw = {"model": "m-1", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}], "usage": USAGE}

    answer = by_the_sdk(events(raw))

    assert (answer.output_text, answer.output[1].arguments, answer.usage.total_tokens) == ("Hi", "{}", 8)


def test_an_answer_without_words_is_one():
    assert by_the_sdk(events(chunk({}, "stop"))).output == []


def test_log_probabilities_keep_their_place():
    token = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}

    told = events(chunk({"content": "a"}, logprobs={"content": [token]}), chunk({}, "stop"))

    assert [event["logprobs"] for event in told if "logprobs" in event] == [[token], [token]]
    assert told[-1]["response"]["output"][0]["content"][0]["logprobs"] == [token]


def test_what_the_request_said_is_repeated():
    (*_, last) = events(chunk({}, "stop"), instructions="Be brief.", metadata={"a": "b"}, temperature=0.5)

    answer = last["response"]
    assert (answer["instructions"], answer["metadata"], answer["temperature"]) == ("Be brief.", {"a": "b"}, 0.5)


@given(st.text(min_size=1), st.text(min_size=1), st.lists(st.integers(0, 200), max_size=6))
def test_however_a_chat_is_cut_the_answer_is_the_same(text: str, arguments: str, places: list[int]):
    def pieces(of: str) -> list[str]:
        return [of[a:b] for a, b in pairwise(sorted({0, len(of), *(place % (len(of) + 1) for place in places)}))]

    said = [chunk({"content": piece}) for piece in pieces(text)]
    called = [chunk(call("", id="c", name="f")), *(chunk(call(piece)) for piece in pieces(arguments))]

    told = events(*said, *called, chunk({}, "tool_calls"))

    message, function = told[-1]["response"]["output"]
    assert (message["content"][0]["text"], function["arguments"]) == (text, arguments)
    assert "".join(one["delta"] for one in told if one["type"] == "response.output_text.delta") == text
