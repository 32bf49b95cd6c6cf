import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.dialects.chat import CHAT
from gateway.domain.chat import Delta
from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.errors import GuardUnavailable, PolicyViolation, ProviderFailed
from gateway.domain.findings import Finding, Where, distinct, masked
from gateway.domain.json import JSON, Object
from gateway.streaming import guard
from tests.planted import ALL, CLEAN, PEM

DETECTOR = CachedDetector([PatternDetector(), SecretDetector()])


def decision(effect: Effect) -> Decision:
    hits = (
        () if effect is Effect.ALLOW else (RuleHit("the-rule", effect, owner="secops@example.com", reason="Not here."),)
    )
    return Decision(Target.FINDING, effect, hits)


class Guarded:
    """Sends deltas through the guard and keeps what came of it."""

    def __init__(self, effect: Callable[[str], Effect] = lambda entity: Effect.MASK) -> None:
        self.effect = effect
        self.scanned: list[list[str]] = []
        self.notes: list[tuple[str, int, int, Where, str, Effect]] = []
        self.deltas: list[Delta] = []

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.scanned.append(list(texts))
        return await DETECTOR.find_once(texts)

    def judge(self, finding: Finding, where: Where, place: str) -> Decision:
        return decision(self.effect(finding.entity))

    def note(self, finding: Finding, where: Where, place: str, decided: Decision) -> None:
        self.notes.append((finding.entity, finding.start, finding.end, where, place, decided.effect))

    def over(self, deltas: AsyncIterator[Delta]) -> AsyncGenerator[Delta, None]:
        return guard(deltas, dialect=CHAT, find=self.find, judge=self.judge, note=self.note)

    async def run(self, *deltas: Delta) -> list[Delta]:
        return await self.keep(self.over(sent(*deltas)))

    async def keep(self, deltas: AsyncGenerator[Delta, None]) -> list[Delta]:
        """Keep what comes, also when not all of it does."""
        async with aclosing(deltas):
            async for delta in deltas:
                self.deltas.append(delta)
        return self.deltas


async def sent(*deltas: Delta) -> AsyncGenerator[Delta, None]:
    for delta in deltas:
        yield delta


def event(delta: Object, finish: str | None = None, index: int = 0, **fields: JSON) -> Delta:
    choice: Object = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    raw: Object = {
        "id": "c-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **fields,
    }
    return Delta(raw, json.dumps(raw).encode())


def whole(message: Object, **choice: JSON) -> Delta:
    raw: Object = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
    }
    return Delta(raw, json.dumps(raw).encode())


def stream(*pieces: str, field: str = "content") -> list[Delta]:
    return [
        event({"role": "assistant", "content": ""}),
        *(event({field: piece}) for piece in pieces),
        event({}, "stop"),
    ]


def call(arguments: str, index: int = 0, **start: JSON) -> Object:
    return {"tool_calls": [{"index": index, **start, "function": {"arguments": arguments}}]}


def text(deltas: Sequence[Delta], *path: str | int, index: int = 0) -> str:
    """Return the text at *path* of one choice, over all *deltas*."""
    joined = ""
    for delta in deltas:
        for choice in delta.raw["choices"]:
            if choice.get("index") == index:
                value = choice.get("delta", choice.get("message", choice))
                for step in path or ("content",):
                    value = value[step] if isinstance(value, list) else (value or {}).get(step)
                    if value is None:
                        break
                joined += value or ""
    return joined


def finishes(deltas: Sequence[Delta]) -> list[str | None]:
    return [choice["finish_reason"] for delta in deltas for choice in delta.raw["choices"]]


@pytest.fixture(params=["whole", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


def answer(mode: str, content: str) -> list[Delta]:
    return [whole({"role": "assistant", "content": content})] if mode == "whole" else stream(*content)


async def test_a_value_in_the_answer_is_masked(mode: str) -> None:
    guarded = Guarded()

    out = await guarded.run(*answer(mode, "Her number is 123-45-6789, mail anna@example.com."))

    assert text(out) == "Her number is <US_SSN>, mail <EMAIL_ADDRESS>."
    assert guarded.notes == [
        ("US_SSN", 14, 25, Where.RESPONSE, "choices[0].message.content", Effect.MASK),
        ("EMAIL_ADDRESS", 32, 48, Where.RESPONSE, "choices[0].message.content", Effect.MASK),
    ]


@pytest.mark.parametrize("effect", [Effect.DENY, Effect.DROP_CHUNK, Effect.QUARANTINE])
async def test_a_denied_value_ends_the_answer_before_it(mode: str, effect: Effect) -> None:
    guarded = Guarded(lambda entity: effect)

    with pytest.raises(PolicyViolation) as caught:
        await guarded.run(*answer(mode, "It is free. Her number is 123-45-6789, and so on."))

    assert text(guarded.deltas) == ("" if mode == "whole" else "It is free. Her number is ")
    assert caught.value.message == "Not here (rule the-rule, ask secops@example.com)."
    assert caught.value.findings == (("US_SSN", 1),)
    assert [note[0] for note in guarded.notes] == ["US_SSN"]


@pytest.mark.parametrize("effect", [Effect.FLAG, Effect.ALLOW, Effect.CITE, Effect.ROUTE])
async def test_other_effects_let_the_value_pass_and_it_is_noted_that_it_did(mode: str, effect: Effect) -> None:
    guarded = Guarded(lambda entity: effect)

    out = await guarded.run(*answer(mode, "Her number is 123-45-6789, and so on."))

    assert text(out) == "Her number is 123-45-6789, and so on."
    assert [(note[0], note[-1]) for note in guarded.notes] == [("US_SSN", effect)]


async def test_every_finding_is_judged_by_itself(mode: str) -> None:
    guarded = Guarded(lambda entity: Effect.MASK if entity == "US_SSN" else Effect.ALLOW)

    out = await guarded.run(*answer(mode, "123-45-6789 or anna@example.com"))

    assert text(out) == "<US_SSN> or anna@example.com"


async def test_a_whole_answer_that_needs_no_change_is_the_same_object() -> None:
    delta = whole({"role": "assistant", "content": "Nothing here."})

    out = await Guarded().run(delta)

    assert out == [delta]
    assert out[0] is delta


async def test_deltas_of_a_stream_that_need_no_change_are_the_same_objects() -> None:
    role, usage = (
        event({"role": "assistant", "content": ""}),
        Delta({"choices": [], "usage": {"total_tokens": 3}}, b"{}"),
    )
    spaced, last = event({"content": "Hello there \n"}), event({}, "stop")

    out = await Guarded().run(role, spaced, last, usage)

    assert [id(delta) for delta in out] == [id(delta) for delta in (role, spaced, last, usage)]


async def test_a_changed_delta_no_longer_has_the_bytes_that_arrived() -> None:
    out = await Guarded().run(*stream("Hello wor", "ld and so on"))

    assert [delta.wire is None for delta in out] == [False, True, True, True, False]
    assert text(out) == "Hello world and so on"


async def test_a_word_leaves_with_the_next() -> None:
    out = [text([delta]) for delta in await Guarded().run(*stream("The", " quick", " brown", " fox"))]

    assert out == ["", "The ", "quick ", "brown ", "fox", ""]


@pytest.mark.parametrize("content", ["你好，世界。今天天气很好。", "こんにちは、世界", "안녕하세요", "สวัสดีครับ"])
async def test_scripts_without_spaces_flow(content: str) -> None:
    sent = stream(*content)

    out = await Guarded().run(*sent)

    assert [id(delta) for delta in out] == [id(delta) for delta in sent]


async def test_withheld_text_comes_before_the_choice_finishes() -> None:
    out = await Guarded().run(*stream("My card: 4111 1111 ", "1111 1111"))

    assert [text([delta]) for delta in out] == ["", "My card: ", "<CREDIT_CARD>", ""]
    assert finishes(out) == [None, None, None, "stop"]
    assert out[2].raw == event({"content": "<CREDIT_CARD>"}).raw


async def test_withheld_text_comes_in_the_last_delta_when_that_has_some() -> None:
    out = await Guarded().run(event({"content": "bye "}), event({"content": "for now"}, "stop"))

    assert [text([delta]) for delta in out] == ["bye ", "for now"]
    assert finishes(out) == [None, "stop"]


async def test_withheld_text_comes_when_the_stream_just_ends() -> None:
    out = await Guarded().run(event({"content": "mail anna@example.com"}))

    assert text(out) == "mail <EMAIL_ADDRESS>"


async def test_a_delta_with_nothing_left_is_not_sent() -> None:
    out = await Guarded().run(*stream("4111", " 1111", " 1111", " 1111"))

    assert [text([delta]) for delta in out] == ["", "<CREDIT_CARD>", ""]


async def test_what_else_a_delta_says_goes_on_at_once() -> None:
    usage: Object = {"prompt_tokens": 1}
    start = event(call("", id="call-1", type="function"))

    out = await Guarded().run(
        event({"role": "assistant", "content": "Hel"}),
        event({"content": "lo"}, usage=usage),
        start,
        event({}, "tool_calls"),
    )

    assert [delta.raw["choices"][0]["delta"] for delta in out[:2]] == [
        {"role": "assistant", "content": ""},
        {"content": ""},
    ]
    assert out[1].raw["usage"] == usage
    assert start in out
    assert text(out) == "Hello"


async def test_the_last_word_leaves_before_a_tool_call_begins() -> None:
    out = await Guarded().run(
        event({"content": "Let me"}),
        event({"content": " check."}),
        event(call('{"a', id="c")),
        event(call('": 1}'), "tool_calls"),
    )

    assert [text([delta]) for delta in out] == ["Let ", "me ", "check.", "", ""]
    assert text(out, "tool_calls", 0, "function", "arguments") == '{"a": 1}'


async def test_what_could_become_a_finding_waits_for_a_tool_call_to_end() -> None:
    out = await Guarded().run(
        event({"content": "ask anna@"}), event(call("{}", id="c")), event({"content": "example.com"}), event({}, "stop")
    )

    assert text(out) == "ask <EMAIL_ADDRESS>"


async def test_the_choices_of_an_answer_are_windows_of_their_own() -> None:
    pieces = [("123-45-", 0), ("anna@", 1), ("6789 a", 0), ("example.com b", 1)]

    out = await Guarded().run(
        *(event({"content": piece}, index=index) for piece, index in pieces), event({}, "stop"), event({}, "stop", 1)
    )

    assert [text(out, index=index) for index in (0, 1)] == ["<US_SSN> a", "<EMAIL_ADDRESS> b"]


async def test_every_text_of_a_delta_is_scanned_in_one_call() -> None:
    guarded = Guarded()
    both: Object = {
        "choices": [
            {"index": 0, "delta": {"content": "a b", "reasoning_content": "c d"}, "finish_reason": None},
            {"index": 1, "delta": {"content": "e f"}, "finish_reason": "stop"},
        ]
    }

    await guarded.run(Delta(both))

    assert guarded.scanned == [["a b", "c d", "e f"], ["a b", "c d"]]


async def test_reasoning_is_judged_like_the_answer(mode: str) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    deltas = stream(f"key {secret[:9]}", secret[9:], field="reasoning_content")
    if mode == "whole":
        deltas = [whole({"content": "ok", "reasoning_content": f"key {secret}"})]

    out = await Guarded().run(*deltas)

    assert text(out, "reasoning_content") == "key <AWS_ACCESS_KEY>"


async def test_arguments_of_a_tool_call_are_masked_and_stay_json(mode: str) -> None:
    arguments = '{"to": "anna@example.com", "ssn": "a\\n123-45-6789", "card": 4111111111111111, "text": "say \\"hi\\""}'
    guarded = Guarded()
    deltas = [
        event(call("", id="call-1", type="function")),
        *(event(call(piece)) for piece in arguments),
        event({}, "tool_calls"),
    ]
    if mode == "whole":
        deltas = [whole({"content": None, **call(arguments, id="call-1")})]

    out = await guarded.run(*deltas)

    assert json.loads(text(out, "tool_calls", 0, "function", "arguments")) == {
        "to": "<EMAIL_ADDRESS>", "ssn": "a\n<US_SSN>", "card": "<CREDIT_CARD>", "text": 'say "hi"'
    }  # fmt: skip
    assert {(where, place) for *_, where, place, _ in guarded.notes} == {
        (Where.TOOL_CALL, "choices[0].message.tool_calls[0].function.arguments")
    }


async def test_tool_calls_at_once_are_windows_of_their_own() -> None:
    out = await Guarded().run(
        event(call('{"a": "123-45-', 0, id="a")), event(call('{"b": "anna@', 1, id="b")), event(call('6789"}', 0)),
        event(call('example.com"}', 1)), event({}, "tool_calls"),
    )  # fmt: skip
    joined = {0: "", 1: ""}
    for delta in out:
        for part in delta.raw["choices"][0]["delta"].get("tool_calls", []):
            joined[part["index"]] += part["function"]["arguments"]

    assert joined == {0: '{"a": "<US_SSN>"}', 1: '{"b": "<EMAIL_ADDRESS>"}'}


async def test_strings_that_do_not_grow_are_judged_at_once() -> None:
    annotated = event(
        {"content": "see ", "annotations": [{"type": "url_citation", "url_citation": {"title": "anna@example.com"}}]}
    )

    out = await Guarded().run(annotated, event({}, "stop", citations=["https://x.example/?password=abc123"]))

    assert out[0].raw["choices"][0]["delta"]["annotations"][0]["url_citation"]["title"] == "<EMAIL_ADDRESS>"
    assert out[-1].raw["citations"] == ["https://x.example/?password=<PASSWORD>"]


async def test_what_a_provider_repeats_in_every_delta_is_scanned_once() -> None:
    guarded = Guarded()

    await guarded.run(*(event({"content": "word "}, provider="Some Provider") for _ in range(5)))

    assert sum(texts.count("Some Provider") for texts in guarded.scanned) == 1


async def test_legacy_completions_are_guarded_too(mode: str) -> None:
    pieces = ["mail anna@exam", "ple.com now"] if mode == "stream" else ["mail anna@example.com now"]
    deltas = [
        Delta({"object": "text_completion", "choices": [{"index": 0, "text": piece, "finish_reason": None}]})
        for piece in pieces
    ]
    deltas.append(Delta({"object": "text_completion", "choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}))

    out = await Guarded().run(*deltas)

    assert text(out, "text") == "mail <EMAIL_ADDRESS> now"


def logged(content: str, *tokens: str, finish: str | None = None) -> Delta:
    delta = event({"content": content}, finish)
    delta.raw["choices"][0]["logprobs"] = {"content": [{"token": token, "logprob": -0.1} for token in tokens]}
    return delta


def tokens(delta: Delta) -> list[str] | None:
    logprobs = delta.raw["choices"][0]["logprobs"]
    return logprobs and [entry["token"] for entry in logprobs["content"]]


async def test_log_probabilities_leave_with_their_text() -> None:
    out = await Guarded().run(
        logged("Hel", "Hel"), logged("lo wor", "lo", " wor"), logged("ld. ", "ld", ". "), event({}, "stop")
    )

    assert [text([delta]) for delta in out] == ["Hello ", "world. ", ""]
    assert [tokens(delta) for delta in out] == [["Hel"], ["lo", " wor", "ld", ". "], None]


async def test_log_probabilities_end_where_a_text_was_masked() -> None:
    out = await Guarded().run(
        logged("a ", "a "), logged("123-45-6789 ", "123"), logged("b ", "b "), logged("c", "c", finish="stop")
    )

    assert text(out) == "a <US_SSN> b c"
    assert [tokens(delta) for delta in out] == [["a "], None, None]
    assert "123" not in json.dumps([delta.raw for delta in out])


async def test_log_probabilities_of_a_whole_masked_answer_are_dropped() -> None:
    out = await Guarded().run(whole({"content": "123-45-6789"}, logprobs={"content": [{"token": "123"}]}))

    assert out[0].raw["choices"][0]["logprobs"] is None


async def test_a_key_that_never_ends_is_refused() -> None:
    guarded = Guarded()

    with pytest.raises(GuardUnavailable, match="did not end"):
        await guarded.run(*stream("Here: ", PEM[:60], *["MIIE" * 16 + "\n"] * 300))

    assert text(guarded.deltas) == "Here: "


async def test_a_long_answer_without_spaces_flows_in_the_end() -> None:
    content = "a" * 40_000

    out = await Guarded().run(*stream(*(content[at : at + 100] for at in range(0, len(content), 100))))

    assert text(out) == content
    assert len(out) > 3


async def test_a_stream_that_puts_whole_messages_in_its_events_is_still_a_stream() -> None:
    deltas = [event({}), event({}), event({}, "stop")]
    for delta, content in zip(deltas, ["mail anna@exam", "ple.com", ""], strict=True):
        delta.raw["choices"][0]["message"] = {"content": content}

    out = await Guarded().run(*deltas)

    assert "anna" not in json.dumps([delta.raw for delta in out])


class Upstream:
    """Deltas that know whether they were closed."""

    def __init__(self, *deltas: Delta, error: Exception | None = None) -> None:
        self.closed = False
        self.deltas = deltas
        self.error = error

    async def __call__(self) -> AsyncGenerator[Delta, None]:
        try:
            for delta in self.deltas:
                yield delta
            if self.error:
                raise self.error
            await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_leaving_early_closes_the_provider_s_stream() -> None:
    upstream = Upstream(event({"content": "a b"}))
    deltas = Guarded().over(upstream())

    await anext(deltas)
    await deltas.aclose()

    assert upstream.closed


async def test_a_refusal_closes_the_provider_s_stream() -> None:
    upstream = Upstream(event({"content": "123-45-6789 "}), event({"content": "and "}))

    guarded = Guarded(lambda entity: Effect.DENY)

    with pytest.raises(PolicyViolation):
        await guarded.keep(guarded.over(upstream()))

    assert upstream.closed


async def test_the_provider_s_failure_passes_and_withheld_text_does_not() -> None:
    upstream = Upstream(event({"content": "so far 123-45-"}), error=ProviderFailed("It broke."))
    guarded = Guarded()

    with pytest.raises(ProviderFailed):
        await guarded.keep(guarded.over(upstream()))

    assert text(guarded.deltas) == "so far "


async def test_a_detector_that_fails_stops_the_answer() -> None:
    async def down(texts: Sequence[str]) -> list[list[Finding]]:
        raise GuardUnavailable("The detector is down.")

    guarded = Guarded()

    with pytest.raises(GuardUnavailable):
        await guarded.keep(
            guard(sent(*stream("a b c")), dialect=CHAT, find=down, judge=guarded.judge, note=guarded.note)
        )

    assert text(guarded.deltas) == ""


async def test_a_detector_that_leaves_texts_out_stops_the_answer() -> None:
    async def forgetful(texts: Sequence[str]) -> list[list[Finding]]:
        return []

    guarded = Guarded()

    with pytest.raises(GuardUnavailable, match="every text"):
        await guarded.keep(
            guard(sent(*stream("a b c")), dialect=CHAT, find=forgetful, judge=guarded.judge, note=guarded.note)
        )


LATIN = (
    "the report of password token key secret is call phone SSN version v a I NATO WEST pass pwd café Ωμέγα https:// "
    "-- : = \" ' ` ( ) { } [ ] , . ; ! ? / \\ \\n \\u0040 %40 &#64; @ + # $ 0 1 12 2024 4111 555 123-4567"
)
WORDS = [
    *LATIN.split(),
    "C4",
    "S3",
    "你好",
    "，",
    "。",
    "日本語",
    "かな",
    "안녕",
    "สวัสดี",
    "๑๒๓",
    "مرحبا",
    "привет",
    "😀",
]
PARTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([planted.text for planted in ALL]),
    st.sampled_from(CLEAN),
    st.text(st.sampled_from("0123456789 -.()+/"), max_size=24),
)
BETWEEN = st.sampled_from(
    [" ", " ", " ", "", "\n", ", ", ". ", " - ", "\u00a0", "\u200b", "  ", "\t", "/", "-", ":", "="]
)
TEXTS = st.lists(st.tuples(PARTS, BETWEEN), max_size=16).map(lambda parts: "".join(map("".join, parts)))
CUTS = st.one_of(st.integers(1, 6), st.lists(st.integers(0, 400), max_size=12))
"""A step, or places."""


def cut(content: str, cuts: int | list[int]) -> list[str]:
    inner = range(0, len(content), cuts) if isinstance(cuts, int) else (min(place, len(content)) for place in cuts)
    return [content[start:end] for start, end in pairwise(sorted({0, *inner, len(content)}))]


async def findings_of(content: str) -> list[Finding]:
    return distinct((await DETECTOR.find_once([content]))[0])


@settings(max_examples=300)
@given(TEXTS, CUTS)
async def test_every_cutting_releases_what_the_whole_would(content: str, cuts: int | list[int]) -> None:
    findings = await findings_of(content)
    guarded, at_once = Guarded(), Guarded()

    out = await guarded.run(*stream(*cut(content, cuts)))
    once = await at_once.run(whole({"content": content}))

    assert text(out) == text(once) == masked(content, findings)
    assert [note[:3] for note in guarded.notes] == [(each.entity, each.start, each.end) for each in findings]
    assert guarded.notes == at_once.notes
    assert finishes(out)[-1] == "stop"


@settings(max_examples=100)
@given(TEXTS, CUTS)
async def test_text_that_is_only_watched_leaves_as_it_came(content: str, cuts: int | list[int]) -> None:
    out = await Guarded(lambda entity: Effect.FLAG).run(*stream(*cut(content, cuts)))

    assert text(out) == content


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["a", "password", "ssn", "phone"]), st.one_of(TEXTS, st.integers(), st.none())),
    CUTS,
)
async def test_arguments_stay_json_however_they_are_cut(value: dict[str, object], cuts: int | list[int]) -> None:
    arguments = json.dumps(value, ensure_ascii=isinstance(cuts, int))

    out = await Guarded().run(*(event(call(piece)) for piece in cut(arguments, cuts)), event({}, "tool_calls"))
    once = await Guarded().run(whole({"content": None, **call(arguments)}))

    released = text(out, "tool_calls", 0, "function", "arguments")
    assert json.loads(released).keys() == value.keys()
    assert released == text(once, "tool_calls", 0, "function", "arguments")


@dataclass(frozen=True)
class Overlapping:
    """Finds a sure thing that may be read across another that may not."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [Finding("READ", at, at + 8, 1.0, "t"), Finding("HIDE", at + 5, at + 12, 0.5, "t")]
            if (at := text.find("abc defg")) >= 0
            else []
            for text in texts
        ]


@pytest.mark.parametrize("cuts", [1, 4, 99])
async def test_what_may_be_read_does_not_uncover_what_may_not(cuts: int):
    guarded = Guarded(lambda entity: Effect.MASK if entity == "HIDE" else Effect.ALLOW)
    deltas = sent(*stream(*cut("abc defg hijk.", cuts)))

    await guarded.keep(guard(deltas, dialect=CHAT, find=Overlapping().find, judge=guarded.judge, note=guarded.note))

    assert "efg" not in text(guarded.deltas)
    assert "<HIDE>" in text(guarded.deltas)


async def test_a_value_in_an_answer_becomes_what_is_written_for_its_effect():
    guarded = Guarded(lambda _: Effect.HASH)
    deltas = sent(*stream("mail ada@example.com now"))

    def write(finding: Finding, effect: Effect, value: str) -> str:
        return f"<{finding.entity}#{effect}:{len(value)}>"

    await guarded.keep(
        guard(deltas, dialect=CHAT, find=guarded.find, judge=guarded.judge, note=guarded.note, write=write)
    )

    assert text(guarded.deltas) == "mail <EMAIL_ADDRESS#hash:15> now"
