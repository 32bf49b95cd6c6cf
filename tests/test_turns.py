from collections.abc import AsyncGenerator, Iterable, Sequence

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Delta
from gateway.domain.errors import BadRequest, GuardUnavailable, NotFound
from gateway.domain.principals import Principal
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.turns import UNCHAINED, Chains, OpenTurn
from tests.dialects.responded import said, streamed, whole

ADA = Principal("bot", "acme", end_user="ada")
SCOPE = Scope("acme", "bot", "ada", "")


class Memory:
    """Keeps turns in a dictionary; can be out of order."""

    def __init__(self) -> None:
        self.turns: dict[tuple[Scope, str], Turn] = {}
        self.broken = False

    def chain(self, scope: Scope, id: str) -> Sequence[Turn]:
        turns: list[Turn] = []
        name = id
        while name and (turn := self.turns.get((scope, name))):
            turns.insert(0, turn)
            name = turn.previous
        return [] if name else turns

    def keep(self, scope: Scope, turn: Turn) -> None:
        if self.broken:
            raise GuardUnavailable("The disk is full.")
        self.turns[scope, turn.id] = turn


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture(params=["whole", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


def answer(mode: str, text: str, **more: object) -> list[dict]:
    return [whole(said(text), **more)] if mode == "whole" else streamed((said(text), [text]), **more)


async def sent(raws: Iterable[dict]) -> AsyncGenerator[Delta, None]:
    for raw in raws:
        yield Delta(raw)


async def opened(memory: Memory | None, principal: Principal = ADA, **body: object) -> OpenTurn:
    request = RESPONSES.parse({"model": "m", "input": "Why?", **body})
    return await Chains(memory).turn(request, principal)


async def over(turn: OpenTurn, raws: Iterable[dict], run: str = "run") -> list[dict]:
    return [delta.raw async for delta in turn.remembered(sent(raws), run)]


async def test_a_turn_is_kept_when_its_answer_is_complete(memory: Memory, mode: str):
    turn = await opened(memory)

    out = await over(turn, answer(mode, "So."))

    assert out == answer(mode, "So.")
    assert memory.turns == {
        (SCOPE, "resp_1"): Turn(
            "resp_1",
            "",
            turn.request.conversation,
            "run",
            [{"role": "user", "content": "Why?"}, said("So.")],
            1,
            {
                name: value
                for name, value in whole(said("So.")).items()
                if name not in ("output", "previous_response_id")
            },
        )
    }
    assert turn.request.conversation


async def test_it_is_kept_before_the_end_is_told(memory: Memory, mode: str):
    turn = await opened(memory)

    async for delta in turn.remembered(sent(answer(mode, "So.")), "run"):
        last = bool(memory.turns)
        ended = delta.raw.get("type") == "response.completed" or mode == "whole"

        assert last == ended


async def test_a_later_request_has_the_earlier_turns_in_front(memory: Memory, mode: str):
    first = await opened(memory)
    await over(first, answer(mode, "So.", id="resp_1"))
    second = await opened(memory, previous_response_id="resp_1", input="And?")
    await over(second, answer(mode, "Too.", id="resp_2"))

    third = await opened(memory, previous_response_id="resp_2", input=[{"role": "user", "content": "Or?"}])

    texts = [
        item["content"] if item["role"] == "user" else item["content"][0]["text"] for item in third.request.raw["input"]
    ]
    assert texts == ["Why?", "So.", "And?", "Too.", "Or?"]
    assert "previous_response_id" not in third.request.raw
    assert first.request.conversation == second.request.conversation == third.request.conversation
    assert [turn.id for turn in third.chain] == ["resp_1", "resp_2"]
    assert list(memory.turns[SCOPE, "resp_2"].items) == [{"role": "user", "content": "And?"}, said("Too.")]


async def test_the_callers_own_name_for_the_conversation_counts(memory: Memory):
    named = await opened(memory, lineward={"conversation": "c-7"})
    await over(named, answer("whole", "So."))

    later = await opened(memory, previous_response_id="resp_1")
    other = await opened(memory, previous_response_id="resp_1", lineward={"conversation": "c-8"})

    assert [turn.request.conversation for turn in (named, later, other)] == ["c-7", "c-7", "c-8"]


async def test_what_is_not_to_be_stored_is_not(memory: Memory, mode: str):
    turn = await opened(memory, store=False)

    out = await over(turn, answer(mode, "So."))

    assert (out, memory.turns, turn.request.conversation) == (answer(mode, "So."), {}, "")


async def test_what_is_not_stored_may_go_on_from_what_is(memory: Memory):
    await over(await opened(memory), answer("whole", "So."))

    turn = await opened(memory, previous_response_id="resp_1", store=False)

    assert len(turn.request.raw["input"]) == 3
    assert turn.request.conversation == memory.turns[SCOPE, "resp_1"].conversation


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_an_answer_that_failed_is_not_kept(memory: Memory, status: str):
    await over(await opened(memory), [whole(said("So."), status=status)])

    assert memory.turns == {}


async def test_an_end_that_does_not_repeat_the_answer_keeps_its_items_all_the_same(memory: Memory):
    events = answer("stream", "So.")
    events[-1]["response"]["output"] = []

    await over(await opened(memory), events)

    assert list(memory.turns[SCOPE, "resp_1"].items)[1:] == [said("So.")]


async def test_log_probabilities_are_not_kept(memory: Memory):
    await over(await opened(memory), [whole(said("So.", logprobs=[{"token": "So."}]))])

    assert list(memory.turns[SCOPE, "resp_1"].items)[1:] == [said("So.")]


async def test_an_answer_that_cannot_be_kept_is_withheld(memory: Memory, mode: str):
    turn = await opened(memory)
    memory.broken = True
    out: list[Delta] = []

    with pytest.raises(GuardUnavailable):
        out += [delta async for delta in turn.remembered(sent(answer(mode, "So.")), "run")]

    assert not any(delta.raw.get("type") == "response.completed" for delta in out)


@pytest.mark.parametrize(
    "stranger",
    [Principal("bot", "acme", end_user="eve"), Principal("bot", "rival", end_user="ada"), Principal("app", "acme")],
)
async def test_nobody_goes_on_from_what_another_was_told(memory: Memory, stranger: Principal):
    await over(await opened(memory), answer("whole", "So."))

    with pytest.raises(NotFound) as caught:
        await opened(memory, stranger, previous_response_id="resp_1")

    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")


async def test_without_a_place_for_turns_the_caller_is_told_so():
    with pytest.raises(BadRequest) as caught:
        await opened(None, previous_response_id="resp_1")

    assert caught.value.code == "vault_not_configured"


async def test_what_names_no_earlier_answer_needs_no_place_for_turns(mode: str):
    turn = await opened(None)

    assert await over(turn, answer(mode, "So.")) == answer(mode, "So.")


async def test_other_dialects_have_no_turns(memory: Memory):
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "?"}], "previous_response_id": "x"})

    assert (await Chains(memory).turn(request, ADA)).request is request
    assert (await UNCHAINED.turn(request, ADA)).request is request
