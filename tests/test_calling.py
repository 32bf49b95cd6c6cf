import asyncio
import itertools
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calling import call_by_call
from gateway.dialects.chat import CHAT
from gateway.dialects.guardrail import ANSWER, PROMPT
from gateway.dialects.messages import MESSAGES
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta, Dialect
from gateway.domain.errors import PolicyViolation
from gateway.domain.findings import Where
from tests.dialects import claude_events as claude
from tests.dialects.responded import called, said, streamed, whole


class Judged:
    """Sends deltas past a judge who refuses the tool `send`, and keeps what came of it."""

    def __init__(self, dialect: Dialect = CHAT) -> None:
        self.dialect = dialect
        self.asked: list[tuple[str, str]] = []
        self.came: list[dict] = []

    def judge(self, name: str, place: str) -> None:
        self.asked.append((name, place))
        if name == "send":
            raise PolicyViolation("no", rules=())

    async def over(self, raws: Sequence[dict]) -> None:
        async def sent() -> AsyncGenerator[Delta, None]:
            for raw in raws:
                yield Delta(raw)

        async for delta in call_by_call(sent(), dialect=self.dialect, judge=self.judge):
            self.came.append(delta.raw)


def event(index: int = 0, **function: str) -> dict:
    call = {"index": index, "function": function}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def words(text: str) -> dict:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


async def test_what_calls_nothing_passes_at_once():
    judged = Judged()

    await judged.over([words("Hel"), words("lo")])

    assert (judged.came, judged.asked) == ([words("Hel"), words("lo")], [])


async def test_no_argument_of_a_refused_call_goes_on():
    judged = Judged()

    with pytest.raises(PolicyViolation):
        await judged.over([words("Well."), event(name="send"), event(arguments="{}"), words("Done.")])

    assert judged.came == [words("Well.")]
    assert judged.asked == [("send", "choices[0].message.tool_calls[0]")]


@given(st.lists(st.integers(0, 8), max_size=3), st.booleans())
def test_a_name_is_judged_as_a_whole_however_it_is_cut(cuts, together):
    """Never by its first letters: `look` may be allowed where `look_up` is not."""
    name, bounds = "look_up!", sorted({0, 8, *cuts})
    pieces = [event(name=name[a:b]) for a, b in itertools.pairwise(bounds)]
    if together:
        pieces[-1]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] = "{"
    judged = Judged()

    asyncio.run(judged.over([*pieces, event(arguments="}")]))

    assert judged.asked == [(name, "choices[0].message.tool_calls[0]")]
    assert judged.came == [*pieces, event(arguments="}")]


async def test_arguments_wait_for_a_name_that_comes_late():
    judged = Judged()

    with pytest.raises(PolicyViolation):
        await judged.over([event(arguments='{"to"'), event(arguments=": 1}"), event(name="send")])

    assert judged.came == []


async def test_a_call_that_never_gets_a_name_is_judged_without():
    judged = Judged()

    await judged.over([event(arguments="{}")])

    assert judged.asked == [("", "choices[0].message.tool_calls[0]")]
    assert judged.came == [event(arguments="{}")]


async def test_a_name_said_again_is_no_other_and_one_that_goes_on_is_judged_again():
    judged = Judged()

    await judged.over([event(name="find", arguments="{"), event(name="find", arguments="}"), event(name="er")])

    assert [name for name, _ in judged.asked] == ["find", "er", "finder"]


async def test_a_second_call_is_judged_too():
    judged = Judged()

    with pytest.raises(PolicyViolation):
        await judged.over([event(name="find", arguments="{}"), event(1, name="send", arguments="{}")])

    assert len(judged.came) == 1


AN_INDEX = {"index": 0, "id": "call_1", "type": "function"}


@pytest.mark.parametrize(
    ("dialect", "raws", "asked"),
    [
        (
            CHAT,
            [
                {
                    "choices": [
                        {
                            "message": {
                                "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]
                            }
                        }
                    ]
                }
            ],
            [("f", "choices[0].message.tool_calls[0]")],
        ),
        (
            CHAT,
            [{"choices": [{"message": {"tool_calls": [{"type": "custom", "custom": {"name": "c", "input": "x"}}]}}]}],
            [("c", "choices[0].message.tool_calls[0]")],
        ),
        (
            CHAT,
            [{"choices": [{"delta": {"function_call": {"name": "old", "arguments": "{}"}}}]}],
            [("old", "choices[0].message.function_call")],
        ),
        (CHAT, [{"choices": [{"delta": {"tool_calls": ["odd"]}}]}], [("", "choices[0].message.tool_calls[0]")]),
        (
            CHAT,
            [{"choices": [{"delta": {"tool_calls": [{"type": "web_search", "web_search": {"q": "x"}}]}}]}],
            [("web_search", "choices[0].message.tool_calls[0]")],
        ),
        (CHAT, [{"choices": [{"delta": {"tool_calls": [AN_INDEX]}}]}], [("", "choices[0].message.tool_calls[0]")]),
        (RESPONSES, [whole(said("Hm"), called("{}", "f"))], [("f", "output[1]")]),
        (RESPONSES, streamed((said("Hm"), ["Hm"]), (called("{}", "f"), ["{", "}"])), [("f", "output[1]")]),
        (
            RESPONSES,
            [{"output": [{"type": "web_search_call", "action": {"query": "q"}}]}],
            [("web_search", "output[0]")],
        ),
        (
            RESPONSES,
            [
                {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{"},
                {"type": "response.function_call_arguments.done", "output_index": 2, "name": "f", "arguments": "{}"},
            ],
            [("f", "output[2]")],
        ),
        (
            MESSAGES,
            [claude.message(claude.text("Hm"), {"type": "tool_use", "name": "f", "input": {}})],
            [("f", "content[1]")],
        ),
        (MESSAGES, claude.events(claude.words("Hm"), claude.call("f", "{}", index=1)), [("f", "content[1]")]),
        (MESSAGES, claude.events([claude.delta(0, "input_json_delta", partial_json="{}")]), [("", "content[0]")]),
        (
            ANSWER,
            [{"texts": [], "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]}],
            [("f", "tool_calls[0]")],
        ),
        (PROMPT, [{"texts": [], "tool_calls": [{"function": {"name": "f"}}]}], []),
    ],
)
async def test_calls_are_heard_in_every_dialect(dialect, raws, asked):
    judged = Judged(dialect)

    await judged.over(raws)

    assert judged.asked == asked
    assert judged.came == raws


async def test_the_place_of_a_call_begins_the_places_of_its_texts():
    for dialect, raw in [
        (CHAT, event(name="f", arguments="{}")),
        (RESPONSES, whole(called("{}", "f"))),
        (MESSAGES, claude.message({"type": "tool_use", "name": "f", "input": {"a": "b"}})),
    ]:
        [call] = dialect.calls(Delta(raw))
        written = [one for one in dialect.fragments(Delta(raw)) if one.where is Where.TOOL_CALL]

        assert written and all(dialect.place(one).startswith(f"{call.place}.") for one in written)
