import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.dialects.outputs import answered
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta
from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.errors import PolicyViolation
from gateway.domain.findings import Finding, Where
from gateway.domain.json import strings
from gateway.pseudonyms import Pseudonyms
from gateway.restoring import restore
from gateway.streaming import guard
from tests.dialects.responded import SEALED, called, refused, said, streamed, thought, whole

DETECTOR = CachedDetector([PatternDetector(), SecretDetector()])
CARD = "4111 1111 1111 1111"


class Guarded:
    """Sends an answer through the guard and keeps what came of it."""

    def __init__(self, effect: Effect = Effect.MASK) -> None:
        self.effect = effect
        self.notes: list[tuple[str, str, Where]] = []
        self.events: list[dict] = []

    def judge(self, finding: Finding, where: Where, place: str) -> Decision:
        return Decision(Target.FINDING, self.effect, (RuleHit("rule", self.effect, reason="No."),))

    def note(self, finding: Finding, where: Where, place: str, decided: Decision) -> None:
        self.notes.append((finding.entity, place, where))

    async def _run(self, deltas: Iterable[dict]) -> None:
        judged = guard(sent(deltas), dialect=RESPONSES, find=DETECTOR.find_once, judge=self.judge, note=self.note)
        async for delta in judged:
            self.events.append(delta.raw)

    def run(self, *deltas: dict) -> list[dict]:
        asyncio.run(self._run(deltas))
        return self.events


async def sent(deltas: Iterable[dict]) -> AsyncGenerator[Delta, None]:
    for raw in deltas:
        yield Delta(raw)


def heard(events: Sequence[dict], family: str = "output_text") -> str:
    """Return the text that the deltas of a family come to."""
    return "".join(event["delta"] for event in events if event["type"] == f"response.{family}.delta")


def all_texts(events: object) -> str:
    return json.dumps([text for _, text in strings(events)], ensure_ascii=False)


def cut(text: str, places: Iterable[int]) -> list[str]:
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[first:last] for first, last in pairwise(at)]


def test_a_whole_answers_texts_are_named_by_their_places():
    answer = whole(thought("hm"), said("Hello"), called('{"a": 1}'), refused("no"), instructions="be brief")

    found = [(RESPONSES.place(one), one.text, one.repeats) for one in RESPONSES.fragments(Delta(answer))]

    assert found == [
        ("instructions", "be brief", True),
        ("tool_choice", "auto", True),
        ("output[0].summary[0].text", "hm", False),
        ("output[1].content[0].text", "Hello", False),
        ("output[2].name", "send", False),
        ("output[2].arguments", '{"a": 1}', False),
        ("output[3].content[0].refusal", "no", False),
    ]


def test_a_stream_speaks_of_the_same_texts_as_the_whole():
    items = [(thought("hm ok"), ["hm ", "ok"]), (said("Hello"), ["He", "llo"]), (called("{}"), ["{", "}"]),
             (refused("no"), ["no"])]  # fmt: skip
    grown: dict[str, str] = {}
    for event in streamed(*items):
        for one in RESPONSES.fragments(Delta(event)):
            if one.grows:
                grown[RESPONSES.place(one)] = grown.get(RESPONSES.place(one), "") + one.text

    answer = {RESPONSES.place(one): one.text for one in RESPONSES.fragments(Delta(whole(*(item for item, _ in items))))}

    assert grown == {name: text for name, text in answer.items() if name in grown}
    assert len(grown) == 4


def test_every_string_of_an_item_that_nobody_knows_is_a_text():
    novel = {"id": "x", "type": "novel_call", "deep": [{"er": "one"}], "action": {"url": "two"}, "output": "three"}
    answer = whole(novel, {**said("four"), "extra": "five"}, novel="six")

    texts = {fragment.text for fragment in RESPONSES.fragments(Delta(answer))}

    assert {"one", "two", "three", "four", "five", "six"} <= texts


def test_an_event_that_nobody_knows_is_judged_and_may_grow_a_text():
    events = [
        {"type": "response.novel.delta", "output_index": 0, "item_id": "n", "delta": "mail anna@exa"},
        {"type": "response.novel.delta", "output_index": 0, "item_id": "n", "delta": "mple.com"},
        {"type": "response.novel.done", "output_index": 0, "item_id": "n", "text": "mail anna@example.com"},
        {"type": "response.other", "note": "anna@example.com"},
    ]

    out = Guarded().run(*events)

    assert "anna" not in all_texts(out)
    assert out[-2]["text"] == "mail <EMAIL_ADDRESS>"
    assert [event["type"] for event in out[:-2]] == ["response.novel.delta"] * 2


def test_what_a_reasoning_model_sealed_is_left_alone():
    sealed = {**thought("hm"), "encrypted_content": SEALED}

    out = Guarded().run(whole(sealed))

    assert out == [whole(sealed)]


def test_a_sealed_text_that_can_be_read_is_none():
    out = Guarded().run(whole({**thought("hm"), "encrypted_content": f"card {CARD}"}))

    assert out[0]["output"][0]["encrypted_content"] == "card <CREDIT_CARD>"


@pytest.mark.parametrize("streaming", [False, True])
def test_a_value_is_masked_wherever_it_stands_and_noted_once(streaming: bool):
    text = f"Her card is {CARD}, bye."
    arguments = json.dumps({"card": CARD})
    items = [(thought(text), cut(text, [14])), (said(text), cut(text, [17])), (called(arguments), cut(arguments, [13])),
             (refused(text), cut(text, [20]))]  # fmt: skip
    guarded = Guarded()

    out = guarded.run(*streamed(*items) if streaming else [whole(*(item for item, _ in items))])

    assert "4111" not in all_texts(out)
    assert sorted(guarded.notes) == [
        ("CREDIT_CARD", "output[0].summary[0].text", Where.RESPONSE),
        ("CREDIT_CARD", "output[1].content[0].text", Where.RESPONSE),
        ("CREDIT_CARD", "output[2].arguments", Where.TOOL_CALL),
        ("CREDIT_CARD", "output[3].content[0].refusal", Where.RESPONSE),
    ]
    done = out[-1].get("response", out[-1])["output"]
    assert done[1]["content"][0]["text"] == "Her card is <CREDIT_CARD>, bye."
    assert json.loads(done[2]["arguments"]) == {"card": "<CREDIT_CARD>"}


def test_withheld_text_leaves_before_its_text_is_said_to_be_done():
    out = Guarded().run(*streamed((said(f"Card {CARD}"), ["Card 4111 1111 ", "1111 1111"])))

    kinds = [event["type"].removeprefix("response.") for event in out]
    assert kinds.index("output_text.done") == kinds.index("content_part.done") - 1
    assert max(at for at, kind in enumerate(kinds) if kind == "output_text.delta") < kinds.index("output_text.done")
    assert heard(out) == "Card <CREDIT_CARD>"


def test_a_delta_that_is_made_here_is_one_of_its_api():
    out = Guarded().run(*streamed((said("one two"), ["one ", "two"])))

    assert out[-5] == {
        "type": "response.output_text.delta",
        "sequence_number": 5,
        "item_id": "msg_1",
        "output_index": 0,
        "content_index": 0,
        "logprobs": [],
        "delta": "two",
    }


def test_a_denied_value_ends_the_stream_before_it():
    guarded = Guarded(Effect.DENY)

    with pytest.raises(PolicyViolation):
        guarded.run(*streamed((said(f"It is free. Card {CARD}."), ["It is free. ", "Card ", CARD, "."])))

    assert heard(guarded.events) == "It is free. Card "


def test_a_value_that_only_the_end_tells_is_noted_all_the_same():
    """A provider that sends no deltas of an item says it first when it is done."""
    guarded = Guarded()
    found = {"id": "fs_1", "type": "file_search_call", "status": "completed", "queries": ["q"],
             "results": [{"file_id": "f", "filename": "n", "text": f"card {CARD}"}]}  # fmt: skip
    events = streamed((said("ok"), ["ok"]))
    done = {"type": "response.output_item.done", "output_index": 1, "item": found}
    events[-1]["response"]["output"].append(found)

    out = guarded.run(*events[:-1], done, events[-1])

    assert guarded.notes == [("CREDIT_CARD", "output[1].results[0].text", Where.RESPONSE)]
    assert "4111" not in all_texts(out)


def test_log_probabilities_of_a_masked_text_are_dropped_everywhere():
    probable = [{"token": "4111", "logprob": -0.1, "bytes": [], "top_logprobs": []}]
    events = streamed((said(f"Card {CARD}.", logprobs=probable), ["Card ", f"{CARD}."]))
    for event in events:
        if "4111" in str(event.get("delta")):
            event["logprobs"] = probable

    out = Guarded().run(*events)

    assert "4111" not in json.dumps(out)
    assert (
        Guarded().run(whole(said(f"Card {CARD}.", logprobs=probable)))[0]["output"][0]["content"][0]["logprobs"] == []
    )


def test_log_probabilities_of_a_clean_text_wait_for_it_and_are_whole_at_the_end():
    tokens = [[{"token": token, "logprob": -0.1, "bytes": [], "top_logprobs": []}] for token in ("one ", "tw", "o")]
    every = [entry for token in tokens for entry in token]
    events = streamed((said("one two", logprobs=every), ["one ", "tw", "o"]))
    for event, logprobs in zip(
        [event for event in events if event["type"] == "response.output_text.delta"], tokens, strict=True
    ):
        event["logprobs"] = logprobs

    out = Guarded().run(*events)

    assert heard(out) == "one two"
    assert [event["logprobs"] for event in out if event["type"] == "response.output_text.done"] == [every]
    assert out[-1]["response"]["output"][0]["content"][0]["logprobs"] == every


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(["Hi ", CARD, " anna@example.com", ", ", "de", "\n", "123-45-6789", "世界", '"', "<", "12 "])
    ),
    st.lists(st.integers(0, 400), max_size=12),
    st.sampled_from(["output_text", "function_call_arguments", "reasoning_summary_text", "refusal"]),
)
def test_however_a_stream_is_cut_it_releases_what_the_whole_would(parts: list[str], places: list[int], family: str):
    text = "".join(parts) if family != "function_call_arguments" else json.dumps({"x": "".join(parts)})
    make = {"output_text": said, "function_call_arguments": called, "reasoning_summary_text": thought,
            "refusal": refused}[family]  # fmt: skip
    item = make(text)

    out = Guarded().run(*streamed((item, cut(text, places))))

    (done,) = Guarded().run(whole(item))
    assert out[-1]["response"]["output"] == done["output"]
    assert [event["item"] for event in out if event["type"] == "response.output_item.done"] == done["output"]
    expected = [
        one.text for one in RESPONSES.fragments(Delta(done)) if one.channel[0] >= 0 and one.channel[1] != "name"
    ]
    assert [heard(out, family)] == (expected or [""])


@settings(max_examples=80)
@given(st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_however_a_stream_is_cut_every_token_becomes_its_value(places: list[int], quoted: bool):
    pseudonyms = Pseudonyms()
    token = pseudonyms.token("PERSON", 'Ada "A" Lovelace')
    text = json.dumps({"to": token}) if quoted else f"Dear {token}, dear {token.lower()}!"
    item = called(text) if quoted else said(text)

    async def restored() -> list[dict]:
        deltas = sent(streamed((item, cut(text, places))))
        return [delta.raw async for delta in restore(deltas, pseudonyms, dialect=RESPONSES)]

    out = asyncio.run(restored())

    done = out[-1]["response"]["output"][0]
    if quoted:
        assert json.loads(heard(out, "function_call_arguments")) == {"to": 'Ada "A" Lovelace'}
        assert json.loads(done["arguments"]) == {"to": 'Ada "A" Lovelace'}
    else:
        assert heard(out) == done["content"][0]["text"] == 'Dear Ada "A" Lovelace, dear Ada "A" Lovelace!'


def test_what_an_answer_says_about_itself():
    answer = whole(said("x"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    first, *_, last = streamed((said("x"), ["x"]))

    told = RESPONSES.said(answer)

    assert (told.model, told.finish_reasons, told.usage.completion_tokens) == ("played-1", ["max_output_tokens"], 5)
    assert (RESPONSES.said(first).finish_reasons, RESPONSES.said(last).finish_reasons) == ((), ["completed"])
    assert RESPONSES.said({"type": "response.output_text.delta", "delta": "x"}).model == ""


def test_an_answer_that_failed_can_be_gone_on_from_by_nobody():
    assert answered(whole(said("x"))) is not None
    assert answered(whole(status="failed")) is None
    assert answered({"type": "response.created", "response": whole(status="in_progress")}) is None
