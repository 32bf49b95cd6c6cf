import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.crediting import Credit, credit, is_json, written
from gateway.detectors.links import links
from gateway.dialects.chat import CHAT
from gateway.dialects.completions import COMPLETIONS, STREAMED
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.dialects.messages import MESSAGES
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta, Dialect
from tests.dialects import claude_events as claude
from tests.dialects import responded

OWED = [Credit("The handbook", "CC-BY-4.0", "https://kb.example/handbook"), Credit("Prices")]
ADDED = "\n\nSources:\n- The handbook (CC-BY-4.0) https://kb.example/handbook\n- Prices"
SAID = "Thirty days."


def pieces(text: str, cuts: Sequence[int] = (4, 8)) -> list[str]:
    return [text[a:b] for a, b in pairwise([0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)])]


def event(delta: dict, finish: str | None = None, index: int = 0) -> dict:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}


def credited(
    dialect: Dialect, raws: Sequence[dict], owed: Sequence[Credit] = OWED, *, as_json: bool = False
) -> tuple[list[dict], list]:
    """Return what comes of *raws*, and what was noted."""
    notes: list[tuple[tuple[int, str], str]] = []

    async def run() -> list[dict]:
        async def sent() -> AsyncGenerator[Delta, None]:
            for raw in raws:
                yield Delta(raw)

        answer = credit(
            sent(), dialect=dialect, owed=lambda: owed, note=lambda *note: notes.append(note), as_json=as_json
        )
        return [delta.raw async for delta in answer]

    return asyncio.run(run()), notes


def content(raws: Sequence[dict], index: int = 0) -> str:
    found = [choice for raw in raws for choice in raw["choices"] if choice["index"] == index]
    return "".join((one.get("delta") or one.get("message") or {}).get("content") or "" for one in found)


CUTS = st.lists(st.integers(0, len(SAID)), max_size=4)


@given(CUTS, st.booleans())
def test_however_a_chat_answer_is_cut_its_sources_follow_all_of_it(cuts, ends_apart):
    events = [event({"content": piece}) for piece in pieces(SAID, cuts)]
    last = [event({}, "stop")] if ends_apart else []
    if not ends_apart:
        events[-1]["choices"][0]["finish_reason"] = "stop"

    came, notes = credited(CHAT, [event({"role": "assistant"}), *events, *last])

    assert content(came) == SAID + ADDED
    assert came[-1]["choices"][0]["finish_reason"] == "stop"
    assert notes == [((0, "content"), ADDED)]


def test_a_whole_chat_answer_has_its_sources_in_each_choice():
    choices = [{"index": n, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"} for n in (0, 1)]

    came, _ = credited(CHAT, [{"object": "chat.completion", "choices": choices}])

    assert [content(came, n) for n in (0, 1)] == [SAID + ADDED] * 2


def test_a_stream_that_never_says_that_it_ends_has_them_too():
    came, _ = credited(CHAT, [event({"content": SAID})])

    assert content(came) == SAID + ADDED


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, st.sampled_from(["", " ", "\n"]), st.lists(st.integers(0, 40), max_size=4))
def test_a_text_that_is_json_stays_json_however_it_is_cut(value, around, cuts):
    said = around + json.dumps(value) + around
    events = [event({"content": piece}) for piece in pieces(said, cuts)]

    came, notes = credited(CHAT, [*events, event({}, "stop")])

    structured = isinstance(value, list | dict)
    assert is_json(said) is structured
    assert content(came) == (said if structured else said + ADDED)
    assert bool(notes) is not structured


@pytest.mark.parametrize(
    "said", ["{days: 30}", "[1]: the handbook]", '{"days": 30', "{} []", "", "[" * 5000 + "]" * 5000]
)
def test_what_only_looks_like_json_is_a_text(said: str):
    assert not is_json(said)


def test_an_answer_that_was_asked_for_as_json_stays_as_it_is_in_every_dialect():
    chat = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"content": SAID}, "finish_reason": "stop"}],
    }
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": SAID}],
        "stop_reason": "end",
    }
    completion = {"object": "text_completion", "choices": [{"index": 0, "text": SAID, "finish_reason": "stop"}]}

    for dialect, raw in ((CHAT, chat), (MESSAGES, message), (COMPLETIONS, completion)):
        assert credited(dialect, [raw], as_json=True) == ([raw], [])
        assert credited(dialect, [raw])[1]


def test_a_message_whose_text_is_json_gets_no_block():
    raw = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "[30]"}], "stop_reason": "end"}

    assert credited(MESSAGES, [raw]) == ([raw], [])


def test_a_completion_has_them_both_ways():
    whole = {"object": "text_completion", "choices": [{"index": 0, "text": SAID, "finish_reason": "stop"}]}
    events = [{"choices": [{"index": 0, "text": piece, "finish_reason": None}]} for piece in pieces(SAID)]
    streamed = [*events, {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}]

    for dialect, raws in ((COMPLETIONS, [whole]), (STREAMED, streamed)):
        came, _ = credited(dialect, raws)

        assert "".join(choice["text"] for raw in came for choice in raw["choices"]) == SAID + ADDED


def test_an_answer_of_output_items_gets_a_message_both_ways():
    items = responded.said(SAID), responded.called("{}", "f")
    streamed = responded.streamed((items[0], pieces(SAID)), (items[1], ["{}"]))

    (whole,), _ = credited(RESPONSES, [responded.whole(*items)])
    came, _ = credited(RESPONSES, streamed)

    assert [item["type"] for item in whole["output"]] == ["message", "function_call", "message"]
    assert whole["output"][2]["content"][0]["text"] == ADDED
    assert came[-1]["response"]["output"] == whole["output"]
    added = came[len(streamed) - 1 : -1]
    assert [one["type"].removeprefix("response.") for one in added] == [
        "output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done",
        "output_item.done",
    ]  # fmt: skip
    assert {one["output_index"] for one in added} == {2}


def test_a_message_gets_a_block_both_ways():
    (whole,), _ = credited(MESSAGES, [claude.message(claude.text(SAID))])
    came, _ = credited(MESSAGES, claude.events(claude.words(*pieces(SAID)), claude.call("f", "{}", index=1)))

    assert whole["content"] == [claude.text(SAID), claude.text(ADDED)]
    assert came[-5:-2] == [
        {"type": "content_block_start", "index": 2, "content_block": claude.text("")},
        claude.delta(2, "text_delta", text=ADDED),
        {"type": "content_block_stop", "index": 2},
    ]
    assert [one["type"] for one in came[-2:]] == ["message_delta", "message_stop"]


@pytest.mark.parametrize(
    ("dialect", "raws"),
    [
        (CHAT, [event({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}), event({}, "tool_calls")]),
        (CHAT, [event({"reasoning_content": "Hm."}), event({}, "stop")]),
        (RESPONSES, [responded.whole(responded.called("{}", "f"))]),
        (RESPONSES, [responded.whole(responded.said(SAID), status="failed")]),
        (MESSAGES, claude.events(claude.call("f", "{}"))),
        (EMBEDDINGS, [{"data": [{"embedding": [1.0]}]}]),
    ],
)  # fmt: skip
def test_what_gives_its_reader_no_text_names_nobody(dialect, raws):
    assert credited(dialect, raws) == (list(raws), [])


def test_an_answer_that_owes_nothing_is_as_it_was():
    raws = [event({"content": SAID}), event({}, "stop")]

    assert credited(CHAT, raws, ()) == (raws, [])


TITLES = st.text(alphabet="ab <>[]()!`|\\/:.\n\t\u200b\u202ewthps&;#=\"'*_", max_size=60)


@given(TITLES, TITLES)
def test_nothing_in_a_title_or_a_licence_becomes_a_link_or_a_line(title, license):
    told = written([Credit.of(title, license, "")])

    assert told.count("\n") == 3 and links(told) == []
    assert not {"<", ">", "[", "]", "`"} & {*told}


@pytest.mark.parametrize(
    "title", ["see https://evil.example/x", "![x](//evil.example)", "www.evil.example", "<img src=x>"]
)
def test_a_title_that_is_markup_is_told_as_words(title):
    assert links(str(Credit.of(title, "", ""))) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://kb.example/a?b=c#d", True),
        ("javascript:alert(1)", False),
        ("https://kb.example/a b", False),
        ("https://kb.example/)](x", False),
        ("", False),
    ],
)
def test_only_a_plain_address_is_told(url, told):
    assert str(Credit.of("A", "MIT", url)) == ("A (MIT) " + url if told else "A (MIT)")


def test_a_document_is_named_once_and_a_long_title_is_cut():
    long = Credit.of("x" * 500, "", "")

    assert written([OWED[1], OWED[1], long]).count("\n- ") == 2
    assert len(long.title) == 200
