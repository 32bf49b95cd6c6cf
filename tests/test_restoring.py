import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.dialects.messages import MESSAGES
from gateway.domain.chat import Delta
from gateway.domain.findings import Finding, distinct
from gateway.jsonstrings import substituted
from gateway.pseudonyms import Pseudonyms
from gateway.restoring import restore, sparing

ENTITIES = ("PERSON", "EMAIL_ADDRESS", "US_SSN", "ip address")


def event(index: int = 0, finish: str | None = None, logprobs: object = None, **delta: object) -> Delta:
    choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
    return Delta({"id": "x", "object": "chat.completion.chunk", "choices": [choice]}, b"{}")


def arguments(text: str) -> Delta:
    return event(tool_calls=[{"index": 0, "function": {"arguments": text}}])


def whole(**message: object) -> Delta:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return Delta({"id": "x", "object": "chat.completion", "choices": [choice]}, b"{}")


async def stream(deltas: Iterable[Delta]) -> AsyncGenerator[Delta, None]:
    for delta in deltas:
        yield delta


async def restored(deltas: Iterable[Delta], pseudonyms: Pseudonyms) -> list[Delta]:
    return [delta async for delta in restore(stream(deltas), pseudonyms, dialect=CHAT)]


def joined(deltas: Iterable[Delta]) -> dict[tuple[int, str], str]:
    texts: dict[tuple[int, str], str] = {}
    for delta in deltas:
        for fragment in CHAT.fragments(delta):
            texts[fragment.channel] = texts.get(fragment.channel, "") + fragment.text
    return texts


def text_of(deltas: Iterable[Delta]) -> str:
    return joined(deltas).get((0, "content"), "")


def answered(pieces: Iterable[str], pseudonyms: Pseudonyms) -> str:
    deltas = [*(event(content=piece) for piece in pieces), event(finish="stop")]
    return text_of(asyncio.run(restored(deltas, pseudonyms)))


def called(pieces: Iterable[str], pseudonyms: Pseudonyms) -> str:
    deltas = [*map(arguments, pieces), event(finish="tool_calls")]
    return joined(asyncio.run(restored(deltas, pseudonyms)))[0, "tool_calls[0].function.arguments"]


def cut(text: str, places: Iterable[int]) -> list[str]:
    at = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(at)]


def found(text: str, spans: Iterable[tuple[int, int, int]]) -> list[Finding]:
    """Return findings at *spans*, any numbers, that may have overlapped and now are distinct."""
    findings = []
    for start, length, entity in spans:
        at = start % (len(text) or 1)
        end = min(len(text), at + 1 + length)
        if at < end:
            findings.append(Finding(ENTITIES[entity % len(ENTITIES)], at, end, 1.0, "test"))
    return distinct(findings)


def hide(text: str, findings: list[Finding], pseudonyms: Pseudonyms, *, is_json: bool = False) -> str:
    return substituted(text, findings, lambda one, value: pseudonyms.token(one.entity, value), is_json=is_json)


def people(*values: str) -> Pseudonyms:
    pseudonyms = Pseudonyms()
    for value in values:
        pseudonyms.token("PERSON", value)
    return pseudonyms


awkward = st.text(
    st.one_of(st.sampled_from("<>&\\_%;- PERSONperson123ltgu0e\"'{}[]:,\n"), st.characters(codec="utf-8"))
)
pieces_of_forms = st.sampled_from(
    ["<PERSON_1>", "<PERSON_2>", "PERSON_1", "<person 1>", "&lt;PERSON_1&gt;", "\\u003cPERSON_1\\u003e",
     "%3CPERSON_1%3E", "\\<PERSON\\_1\\>", "< PERSON-1 >", "IP_ADDRESS_1", "<", ">", "\\", "&lt;", "&", "PERSON",
     "_", "1", "0", " ", "x", "P", "\"", "{\"", "```json\n", "```", "\\\"", "é", "[", "%3C", "_1", "/"]
)  # fmt: skip
spans = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.integers(0, 3)), max_size=8)
places = st.lists(st.integers(0, 10_000), max_size=12)


@given(awkward, spans, places)
@settings(max_examples=400)
@example("Ada Lovelace", [(0, 2, 0), (4, 7, 0)], [3])
@example("AdaEve", [(0, 2, 0), (3, 2, 1)], [])
def test_restoring_what_was_hidden_gives_the_text_again_however_it_is_cut(text, spans, places):
    text = "x" + text
    pseudonyms = Pseudonyms([text])

    hidden = hide(text, found(text, spans), pseudonyms)

    assert answered(cut(hidden, places), pseudonyms) == text


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | awkward,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(awkward, inner, max_size=3),
    max_leaves=8,
)


def nested(value: object, levels: int, *, ascii: bool) -> str:
    text = json.dumps({"value": value}, ensure_ascii=ascii)
    for _ in range(levels):
        text = json.dumps({"inner": text, "after": 'a "word"'}, ensure_ascii=ascii)
    return text


def read(text: str) -> object:
    """Return what *text* says, down to the innermost."""
    value = json.loads(text)
    while isinstance(value.get("inner"), str):
        value = json.loads(value["inner"])
    return value


def without_numbers(text: str, findings: list[Finding]) -> list[Finding]:
    """Leave out what covers more than the inside of strings: a number comes back as a string of its digits."""
    inside = [False]
    skip = False
    for character in text:
        inside.append(inside[-1] ^ (character == '"' and not skip))
        skip = character == "\\" and not skip
    return [finding for finding in findings if all(inside[finding.start : finding.end + 1])]


@given(jsons, st.integers(0, 2), st.booleans(), spans, places)
@settings(max_examples=400)
@example('O"Neil\n', 1, True, [(25, 4, 0)], [])
def test_restoring_what_was_hidden_in_json_gives_the_same_json_however_it_is_cut(value, levels, ascii, spans, places):
    text = nested(value, levels, ascii=ascii)
    pseudonyms = Pseudonyms([text])

    hidden = hide(text, without_numbers(text, found(text, spans)), pseudonyms, is_json=True)
    back = called(cut(hidden, places), pseudonyms)

    json.loads(hidden)
    assert read(back) == read(text)


@given(st.lists(pieces_of_forms, max_size=14), places)
@example(["PERSON_1", "\\", "_1", "PERSON"], [29])
@settings(max_examples=600)
def test_every_cutting_gives_what_the_whole_text_gives(parts, places):
    text = "".join(parts)
    pseudonyms = people('Ada "the" Countess', "Grace")
    pseudonyms.token("IP_ADDRESS", "10.0.0.1")

    at_once = answered([text], pseudonyms)

    assert answered(cut(text, places), pseudonyms) == at_once
    assert text_of(asyncio.run(restored([whole(content=text)], pseudonyms))) == at_once


@given(st.lists(pieces_of_forms, max_size=14), places)
@settings(max_examples=300)
def test_what_the_caller_wrote_himself_is_never_restored(parts, places):
    text = "".join(parts)
    pseudonyms = Pseudonyms([text])
    pseudonyms.token("PERSON", "Ada")
    pseudonyms.token("IP_ADDRESS", "10.0.0.1")

    assert answered(cut(text, places), pseudonyms) == text


@given(st.lists(pieces_of_forms, max_size=14), places)
def test_no_answer_has_a_value_of_another_request(parts, places):
    mine, theirs = people("Ada"), people("Grace", "Barbara")
    deltas = [*(event(content=piece) for piece in cut("".join(parts), places)), event(finish="stop")]

    async def both() -> tuple[list[Delta], list[Delta]]:
        return await asyncio.gather(restored(deltas, mine), restored(deltas, theirs))

    one, other = map(text_of, asyncio.run(both()))

    assert "Grace" not in one
    assert "Barbara" not in one
    assert "Ada" not in other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<PERSON_1>", "Ada & Co"),
        ("<person_1>", "Ada & Co"),
        ("< Person 1 >", "Ada & Co"),
        ("<PERSON-1>", "Ada & Co"),
        ("**PERSON_1**", "**Ada & Co**"),
        ("PERSON_1's", "Ada & Co's"),
        ("\\<PERSON\\_1\\>", "Ada & Co"),
        ("\\u003cPERSON_1\\u003e", "Ada & Co"),
        ("&lt;PERSON_1&gt;", "Ada &amp; Co"),
        ("?q=%3CPERSON_1%3E", "?q=Ada%20%26%20Co"),
        ("C:\\Users\\<PERSON_1>\\x", "C:\\Users\\Ada & Co\\x"),
        ("person_1 = 3", "person_1 = 3"),
        ("MY_PERSON_1", "MY_PERSON_1"),
        ("PERSON_10", "PERSON_10"),
        ("<PERSON_2>", "<PERSON_2>"),
        ("Person 1", "Person 1"),
        ("<b PERSON_1>", "<b Ada & Co>"),
    ],
)
def test_forms_that_leave_no_doubt_are_restored(text, expected):
    pseudonyms = people("Ada & Co")

    assert answered([text], pseudonyms) == expected
    assert answered(text, pseudonyms) == expected


async def test_a_delta_without_tokens_is_passed_on_as_the_same_object():
    deltas = [event(role="assistant", content=""), event(content="Dear "), event(content="Sir"), event(finish="stop")]

    sent = await restored(deltas, people("Ada"))

    assert list(map(id, sent)) == list(map(id, deltas))


async def test_without_tokens_everything_is_passed_on_as_the_same_object():
    deltas = [event(content="a <"), event(content="PERSON_1>"), event(finish="stop")]

    sent = await restored(deltas, Pseudonyms())

    assert list(map(id, sent)) == list(map(id, deltas))


async def test_only_what_could_be_a_token_is_withheld():
    deltas = [event(content="x < y, a <PER"), event(content="SON"), event(content=" <b>bold"), event(finish="stop")]

    sent = await restored(deltas, people("Ada"))

    assert [text_of([delta]) for delta in sent] == ["x < y, a ", "<PERSON <b>bold", ""]


async def test_what_is_withheld_comes_out_before_the_choice_finishes():
    deltas = [event(content="see <PERSON"), event(index=1, content="other"), event(finish="length")]

    sent = await restored(deltas, people("Ada"))

    assert [text_of([delta]) for delta in sent] == ["see ", "", "<PERSON", ""]
    assert [delta.raw["choices"][0]["finish_reason"] for delta in sent] == [None, None, None, "length"]


async def test_what_is_withheld_goes_into_the_delta_that_finishes_when_that_has_text():
    deltas = [event(content="see <PERSON"), event(content="_1", finish="length")]

    sent = await restored(deltas, people("Ada"))

    assert [text_of([delta]) for delta in sent] == ["see ", "<Ada"]


async def test_what_is_withheld_comes_out_when_the_answer_ends_without_a_reason():
    sent = await restored([event(content="see <PERSON")], people("Ada"))

    assert text_of(sent) == "see <PERSON"


async def test_every_text_of_an_answer_is_restored():
    delta = whole(
        content="<PERSON_1>", reasoning_content="It is <PERSON_1>.", refusal="not <PERSON_1>",
        tool_calls=[{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"who": "<PERSON_1>"}'}}],
        annotations=[{"type": "url_citation", "url_citation": {"title": "<PERSON_1>"}}],
    )  # fmt: skip

    sent = await restored([delta], people('A "B" C'))

    texts = joined(sent)
    assert json.loads(texts.pop((0, "tool_calls[0].function.arguments"))) == {"who": 'A "B" C'}
    assert all("PERSON" not in text for text in texts.values())
    assert sum('A "B" C' in text for text in texts.values()) == 4


async def test_parallel_calls_that_take_turns_are_restored():
    def call(index: int, text: str) -> Delta:
        return event(tool_calls=[{"index": index, "function": {"arguments": text}}])

    deltas = [
        call(0, '{"a": "<PER'),
        call(1, '{"b": "<PERSON'),
        call(0, 'SON_1>"}'),
        call(1, '_1>"}'),
        event(finish="x"),
    ]

    sent = joined(await restored(deltas, people("Ada")))

    assert list(sent.values()) == ['{"a": "Ada"}', '{"b": "Ada"}']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "<PERSON_1>"}', {"a": 'x"\\\n'}),
        ('{"a": <PERSON_1>}', {"a": 'x"\\\n'}),
        ('{"a": "{\\"b\\": \\"<PERSON_1>\\"}"}', {"a": json.dumps({"b": 'x"\\\n'})}),
        ('{"a": "say \\"<PERSON_1>\\""}', {"a": 'say "x"\\\n"'}),
        ('{"a": "[note] \\"<PERSON_1>\\""}', {"a": '[note] "x"\\\n"'}),
        ('{"a": "[1, \\"<PERSON_1>\\"]"}', {"a": json.dumps([1, 'x"\\\n'])}),
    ],
)
def test_a_value_in_json_is_written_as_json(text, expected):
    pseudonyms = people('x"\\\n')

    assert json.loads(called([text], pseudonyms)) == expected
    assert json.loads(called(text, pseudonyms)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "<PERSON_1>"}', '{"name": "x\\"y"}'),
        ('Here:\n```json\n{"name": "<PERSON_1>"}\n```\n"<PERSON_1>"', 'Here:\n```json\n{"name": "x\\"y"}\n```\n"x"y"'),
        ('He said "<PERSON_1>".', 'He said "x"y".'),
        ("[<PERSON_1>](x)", '[x"y](x)'),
        ('```python\nprint("<PERSON_1>")\n```', '```python\nprint("x"y")\n```'),
    ],
)
def test_a_value_in_an_answer_is_written_as_json_where_the_answer_is_json(text, expected):
    pseudonyms = people('x"y')

    assert answered([text], pseudonyms) == expected
    assert answered(text, pseudonyms) == expected


async def test_log_probabilities_of_restored_text_are_dropped():
    probable = {"content": [{"token": "PERSON", "logprob": -0.1}]}
    deltas = [event(content="Hi ", logprobs=probable), event(content="<PERSON_1>", logprobs=probable),
              event(content=" there", logprobs=probable)]  # fmt: skip

    sent = await restored(deltas, people("Ada"))

    assert [delta.raw["choices"][0]["logprobs"] for delta in sent] == [probable, None, probable]


async def test_leaving_early_closes_the_answer():
    closed = False

    async def endless() -> AsyncGenerator[Delta, None]:
        nonlocal closed
        try:
            while True:
                yield event(content="<PERSON_1>")
        finally:
            closed = True

    answer = restore(endless(), people("Ada"), dialect=CHAT)
    await anext(answer)
    await answer.aclose()

    assert closed


@given(awkward, places)
def test_text_without_a_live_token_comes_out_as_it_was(text, places):
    pseudonyms = people("Ada")
    assume("PERSON_1" not in text.upper().replace(" ", "_").replace("-", "_").replace("\\", ""))

    assert answered(cut(text, places), pseudonyms) == text


async def test_what_was_judged_is_noted_before_the_values_come_into_it():
    noted: list[Delta] = []
    deltas = [event(content="Dear <PERSON"), event(content="_1>"), event(finish="stop")]

    sent = [delta async for delta in restore(stream(deltas), people("Ada"), dialect=CHAT, note=noted.append)]

    assert list(map(id, noted)) == list(map(id, deltas))
    assert text_of(sent) == "Dear Ada"


async def test_a_guard_leaves_tokens_alone():
    async def find(texts: Sequence[str]) -> list[list[Finding]]:
        return [[Finding("PERSON", 0, len(text), 0.85, "names")] for text in texts]

    found = await sparing(find, people("Ada"))(["<PERSON_1>", "<PERSON_1>, Eve", "Eve", "<PERSON_2>"])

    assert [[(one.start, one.end) for one in each] for each in found] == [[], [(10, 15)], [(0, 3)], [(0, 10)]]


async def test_without_tokens_a_guard_is_told_everything():
    found = [[Finding("PERSON", 0, 10, 0.85, "names")]]

    async def find(_: Sequence[str]) -> list[list[Finding]]:
        return found

    assert await sparing(find, Pseudonyms())(["<PERSON_1>"]) is found


async def test_what_the_model_has_signed_comes_back_as_it_was():
    """A thought of Anthropic's has to be given back exactly as it came."""
    pseudonyms = Pseudonyms()
    pseudonyms.token("PERSON", "Erika")
    thought = {"type": "thinking", "thinking": "<PERSON_1>", "signature": "s"}
    raw = {"type": "message", "content": [thought, {"type": "text", "text": "<PERSON_1>"}]}

    (delta,) = [one async for one in restore(stream([Delta(raw)]), pseudonyms, dialect=MESSAGES)]

    assert delta.raw["content"] == [thought, {"type": "text", "text": "Erika"}]
