from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.messages import MESSAGES
from gateway.domain.chat import Delta, Fragment, Part
from gateway.domain.findings import Where
from gateway.domain.json import value_at
from gateway.domain.runs import Usage
from gateway.streaming import guard
from tests.dialects.claude_events import call, delta, events, message, text, thoughts, words


def fragments(raw: dict) -> list[Fragment]:
    return MESSAGES.fragments(Delta(raw))


def parts(raw: dict) -> list[Part]:
    return MESSAGES.parts(Delta(raw))


def told(raw: dict) -> list[tuple[str, str, bool]]:
    return [(MESSAGES.place(one), one.text, one.grows) for one in fragments(raw)]


def test_the_next_words_are_one_fragment_of_their_block():
    assert told(delta(2, "text_delta", text="Hi ")) == [("content[2].text", "Hi ", True)]
    assert told(delta(2, "text_delta", text="")) == []


def test_a_tools_input_is_json_that_grows():
    (fragment,) = fragments(delta(1, "input_json_delta", partial_json='{"a'))

    assert (fragment.channel, fragment.where, fragment.is_json) == ((1, "input"), Where.TOOL_CALL, True)


def test_in_a_whole_answer_each_string_of_the_input_is_judged_whatever_it_is_called():
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"id": "x", "usage": {"model": ["y"]}}}

    found = fragments(message(use))

    assert [(MESSAGES.place(one), one.text, one.where) for one in found] == [
        ("content[0].name", "f", Where.TOOL_CALL),
        ("content[0].input", "x", Where.TOOL_CALL),
        ("content[0].input", "y", Where.TOOL_CALL),
    ]
    assert not any(one.grows or one.is_json for one in found)


def test_thoughts_are_signed_and_their_signature_is_no_text():
    (fragment,) = fragments(message({"type": "thinking", "thinking": "Hm", "signature": "c2ln"}))

    assert (fragment.text, fragment.is_signed) == ("Hm", True)
    assert fragments(delta(0, "thinking_delta", thinking="Hm"))[0].is_signed
    assert fragments(delta(0, "signature_delta", signature="c2ln")) == []
    assert fragments(message({"type": "redacted_thinking", "data": "b64"})) == []


def test_a_signature_ends_what_it_is_under():
    signed = {"type": "thinking", "thinking": "Hm", "signature": "c2ln"}
    (whole,) = parts(message(signed))
    (event,) = parts(delta(0, "signature_delta", signature="c2ln"))
    (begun,) = parts({"type": "content_block_start", "index": 0, "content_block": {**signed, "signature": ""}})

    assert (whole.signatures, whole.over) == ((("thinking", ("content", 0, "signature")),), True)
    assert (event.signatures, event.over) == ((("thinking", ("delta", "signature")),), True)
    assert (begun.signatures, begun.over) == ((), False)


def test_a_citation_is_text_in_both_modes_at_the_same_place():
    cited = {"type": "char_location", "cited_text": "Blue.", "document_title": "Sky", "document_index": 0}

    whole = told(message(text("It is blue.", citations=[cited])))
    event = told(delta(0, "citations_delta", citation=cited))

    assert whole == [("content[0].text", "It is blue.", True), *event]
    assert event == [
        ("content[0].citations.cited_text", "Blue.", False),
        ("content[0].citations.document_title", "Sky", False),
    ]


def test_what_a_search_of_the_providers_own_found_is_text_but_for_what_only_it_can_read():
    result = {"type": "web_search_result", "url": "https://x", "title": "T", "encrypted_content": "b64"}
    block = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [result]}

    assert told(message(block)) == [
        ("content[0].content.url", "https://x", False),
        ("content[0].content.title", "T", False),
    ]
    start = {"type": "content_block_start", "index": 0, "content_block": block}
    assert told(start) == told(message(block))


def test_the_rest_of_a_message_is_judged_too():
    whole = message(stop_details={"explanation": "why"}, stop_sequence="END")
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": "x", "stop_sequence": "END"},
        "usage": {"output_tokens": 1},
    }

    assert told(whole) == [("stop_sequence", "END", False), ("stop_details.explanation", "why", False)]
    assert told(end) == [("stop_sequence", "END", False)]
    assert told({"type": "ping"}) == []
    assert told({"type": "message_start", "message": message(text("Hi"))}) == [("content[0].text", "Hi", True)]
    assert told({"type": "novel", "words": "Hi"}) == [("words", "Hi", False)]


def test_what_makes_no_sense_is_judged_all_the_same():
    for raw in (
        message({"type": ["tool_use"], "text": "a"}),
        {"type": ["x"], "content": ["a"]},
        {"type": "content_block_delta", "index": "x", "delta": {"type": {}, "text": "a"}},
        {"type": "content_block_delta", "delta": {"citation": {"title": "a"}}},
        {"type": "content_block_start", "index": 0, "content_block": ["a"]},
        {"type": "message_start", "message": {"content": "a"}},
    ):
        assert [one.text for one in fragments(raw)] == ["a"]
        assert MESSAGES.parts(Delta(raw)) is not None and MESSAGES.said(raw).usage in (None, Usage(5, 9))


def test_every_fragment_is_where_it_says():
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"text": ["b"]}}
    for raw in [message(text("a"), use), *events(words("a"), thoughts("b", index=1), call("f", "{}", index=2))]:
        for fragment in fragments(raw):
            assert value_at(raw, fragment.path) == fragment.text


def test_a_block_is_over_when_it_stops_and_in_a_whole_answer():
    found = [(part.index, part.over) for raw in words("a", index=3) for part in parts(raw)]

    assert found == [(3, False), (3, False), (3, True)]
    assert [(part.path, part.over) for part in MESSAGES.parts(Delta(message(text("a"))))] == [(("content", 0), True)]
    start = {"type": "message_start", "message": message(text("a"))}
    assert [(part.path, part.over) for part in MESSAGES.parts(Delta(start))] == [(("message", "content", 0), False)]


def test_a_text_alone_is_a_delta_of_its_block():
    def alone(raw: dict) -> dict:
        (fragment,) = fragments(raw)
        return MESSAGES.alone(Delta(raw), fragment.path, fragment.channel[0], "x").raw

    assert alone(delta(1, "text_delta", text="a")) == delta(1, "text_delta", text="x")
    assert alone(delta(1, "thinking_delta", thinking="a")) == delta(1, "thinking_delta", thinking="x")
    assert alone(delta(1, "input_json_delta", partial_json="a")) == delta(1, "input_json_delta", partial_json="x")
    assert alone(delta(1, "novel_delta", novel="a")) == delta(1, "novel_delta", novel="x")
    assert alone(words("b", index=4)[0] | {"content_block": text("a")}) == delta(4, "text_delta", text="x")


def test_only_a_delta_that_adds_nothing_is_silent():
    assert MESSAGES.is_silent(delta(0, "text_delta", text=""))
    assert not any(MESSAGES.is_silent(raw) for raw in events(words("a"), thoughts("b", index=1)))


def test_model_reason_and_usage_are_told():
    said = [MESSAGES.said(raw) for raw in events(words("a"))]

    assert (said[0].model, said[0].usage, said[0].finish_reasons) == ("claude-played", Usage(5, 1), ())
    assert (said[-2].usage, said[-2].finish_reasons) == (Usage(0, 9), ("end_turn",))
    whole = MESSAGES.said(message(usage={"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 3}))
    assert (whole.model, whole.usage, whole.finish_reasons) == ("claude-played", Usage(3, 3), ("end_turn",))
    assert MESSAGES.said({"type": "ping"}).usage is None


def test_an_answer_and_its_end_are_known():
    assert MESSAGES.is_answer(message()) and not MESSAGES.is_answer({"choices": []})
    assert [raw["type"] for raw in events(words("a")) if MESSAGES.ends(raw)] == ["message_stop"]


async def no_findings(texts: list[str]) -> list[list]:
    return [[] for _ in texts]


@given(st.lists(st.lists(st.text("ab1 @.", min_size=1, max_size=6), max_size=5), max_size=3))
async def test_what_passes_the_guard_is_what_came_and_stays_within_its_block(blocks: list[list[str]]):
    async def come():
        for raw in events(*(words(*pieces, index=index) for index, pieces in enumerate(blocks))):
            yield Delta(raw)

    said = [""] * len(blocks)
    is_open: set[int] = set()
    async for one in guard(come(), dialect=MESSAGES, find=no_findings, judge=None, note=None):
        match one.raw["type"]:
            case "content_block_start":
                is_open.add(one.raw["index"])
            case "content_block_stop":
                is_open.remove(one.raw["index"])
            case "content_block_delta":
                assert one.raw["index"] in is_open
                said[one.raw["index"]] += one.raw["delta"]["text"]

    assert said == ["".join(pieces) for pieces in blocks]
    assert is_open == set()


def test_the_keys_that_a_model_chose_are_judged_and_those_of_the_protocol_are_not():
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"ada": {"text": ["b"]}}}
    found = fragments(message(use))

    assert [(one.text, one.where, one.is_key) for one in found] == [
        ("f", Where.TOOL_CALL, False), ("ada", Where.TOOL_CALL, True), ("b", Where.TOOL_CALL, False),
    ]  # fmt: skip
