"""What every provider promises, whatever stands behind it: real servers on loopback for those that speak HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import entry_points

import pytest

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.interfaces import Provider
from gateway.providers.anthropic import AnthropicProvider
from gateway.providers.demo import DemoProvider
from gateway.providers.litellm import LiteLLMProvider
from gateway.providers.openai import OpenAIProvider
from tests.providers import claude, played
from tests.providers.played import Play, Played, playing

pytestmark = pytest.mark.filterwarnings("ignore:.*ReadOnly. qualifier:UserWarning")  # litellm's own types

TEXT = "Der Himmel ist blau, 天空是蓝色, é😀."
WORDS = TEXT.split(" ")
MODEL = "claude-3-5-haiku-20241022"
KINDS = ["anthropic", "demo", "litellm", "openai"]
PLACE = {"region": "eu", "self_hosted": True, "zero_retention": True, "trains_on_data": False}


@dataclass
class Stage:
    """A provider, and a way to have what it asks play a scene. The scenes are the same for all."""

    provider: Provider
    scenes: dict[str, Play] = field(default_factory=dict)
    upstream: Played | None = None

    def plays(self, scene: str) -> None:
        if self.upstream is not None:
            self.upstream.play = [self.scenes[scene]]


def spaced(words: Sequence[str]) -> list[str]:
    return [f"{word} " for word in words[:-1]] + [words[-1]]


def openai_scenes() -> dict[str, Play]:
    function = {"name": "weather", "arguments": '{"city": "Zürich"}'}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    words = [played.chunk({"content": word}) for word in spaced(WORDS)]
    pieces = [played.chunk({"role": "assistant", "content": ""}), *words]
    return {
        "whole": played.whole(played.said(TEXT)),
        "stream": played.streamed(*played.events([*pieces, played.chunk({}, "stop")])),
        "whole tool": played.whole(played.said(None, tool_calls=[call])),
        "stream tool": played.streamed(
            *played.events([played.chunk({"tool_calls": [call]}), played.chunk({}, "tool_calls")])
        ),
        "refusal": played.whole({"error": {"message": "too big", "type": "invalid_request_error"}}, 400),
        "failure": played.whole(b"<html>", 500),
        "cut": played.streamed(*played.events(pieces, done=False)),
        "endless": played.streamed(*played.events(pieces, done=False), forever=True),
    }


def claude_scenes() -> dict[str, Play]:
    words = claude.words(*spaced(WORDS))
    call = ("weather", '{"city": "Zürich"}')
    return {
        "whole": claude.message(claude.text(TEXT)),
        "stream": claude.stream(words),
        "whole tool": claude.message(claude.use("weather", city="Zürich"), stop="tool_use"),
        "stream tool": claude.stream(claude.tool(*call), stop="tool_use"),
        "refusal": claude.error(400, "too big"),
        "failure": played.whole(b"<html>", 500),
        "cut": played.streamed(claude.start(), *words),
        "endless": played.streamed(claude.start(), *words, forever=True),
    }


@asynccontextmanager
async def staged(kind: str) -> AsyncIterator[Stage]:
    async with playing() as upstream:
        stage = {
            "anthropic": lambda: Stage(
                AnthropicProvider(name="p", base_url=f"{upstream.url}/v1", api_key="k", retries=0, **PLACE),
                claude_scenes(),
                upstream,
            ),
            "demo": lambda: Stage(DemoProvider(name="p", **PLACE)),
            "litellm": lambda: Stage(
                LiteLLMProvider(
                    name="p", model_prefix="anthropic/", base_url=upstream.url, api_key="k", retries=0, **PLACE
                ),
                claude_scenes(),
                upstream,
            ),
            "openai": lambda: Stage(
                OpenAIProvider(name="p", base_url=f"{upstream.url}/v1", retries=0, **PLACE), openai_scenes(), upstream
            ),
        }[kind]()
        yield stage
        await stage.provider.aclose()


@pytest.fixture(params=["anthropic", "litellm", "openai"])
async def remote(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Each provider that asks a server."""
    async with staged(request.param) as stage:
        yield stage


@pytest.fixture(params=KINDS)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Each provider."""
    async with staged(request.param) as stage:
        yield stage


@pytest.fixture(params=["whole", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


def asking(mode: str, **fields: object) -> ChatRequest:
    """Return a request whose context holds what every scene answers."""
    body = {"model": "alias", "stream": mode == "stream", "max_tokens": 100, **fields}
    messages = [{"role": "user", "content": "Ist der Himmel blau?"}]
    request = CHAT.parse({"messages": messages, "documents": [{"id": "d", "text": TEXT}], **body})
    return request.with_context(request.documents)


async def collected(provider: Provider, request: ChatRequest) -> list[Delta]:
    async with aclosing(provider.answer(request, MODEL)) as deltas:
        return [delta async for delta in deltas]


def text_of(deltas: Sequence[Delta]) -> str:
    choices = [choice for delta in deltas for choice in delta.raw["choices"]]
    return "".join((choice.get("delta") or choice.get("message") or {}).get("content") or "" for choice in choices)


def test_every_provider_that_is_registered_here_is_tested_here():
    points = entry_points(group="gateway.providers")

    assert sorted(point.name for point in points if point.dist and point.dist.name == "lineward") == KINDS


def test_it_has_its_name_and_the_facts_that_policies_read(stage: Stage):
    assert stage.provider.name == "p"
    assert dict(stage.provider.facts) == {"provider": "p", **PLACE}
    assert stage.provider.facts is stage.provider.facts


async def test_a_whole_answer_is_one_body(stage: Stage):
    stage.plays("whole")

    (delta,) = await collected(stage.provider, asking("whole"))

    assert delta.raw["object"] == "chat.completion"
    assert delta.raw["choices"][0]["message"]["role"] == "assistant"
    assert delta.raw["choices"][0]["finish_reason"] == "stop"


async def test_a_stream_is_its_events_and_ends_with_a_reason(stage: Stage):
    stage.plays("stream")

    deltas = await collected(stage.provider, asking("stream"))

    choices = [delta.raw["choices"][0] for delta in deltas]
    assert {delta.raw["object"] for delta in deltas} == {"chat.completion.chunk"}
    assert choices[0]["delta"]["role"] == "assistant"
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]


async def test_every_character_arrives_in_both_modes(stage: Stage, mode: str):
    stage.plays(mode)

    assert TEXT in text_of(await collected(stage.provider, asking(mode)))


async def test_bytes_that_are_given_are_those_of_the_delta(stage: Stage, mode: str):
    stage.plays(mode)

    deltas = await collected(stage.provider, asking(mode))

    assert all(delta.wire is None or json.loads(delta.wire) == delta.raw for delta in deltas)


async def test_tool_calls_arrive(remote: Stage, mode: str):
    remote.plays(f"{mode} tool")

    deltas = await collected(remote.provider, asking(mode, tools=[claude.TOOL]))

    messages = [choice.get("delta") or choice.get("message") or {} for d in deltas for choice in d.raw["choices"]]
    calls = [call["function"] for message in messages for call in message.get("tool_calls") or ()]
    assert calls[0]["name"] == "weather"
    assert json.loads("".join(call["arguments"] for call in calls)) == {"city": "Zürich"}


async def test_an_answer_without_tools_does_not_need_them(stage: Stage, mode: str):
    stage.plays(mode)

    assert TEXT in text_of(await collected(stage.provider, asking(mode, tools=[claude.TOOL])))


async def test_the_request_is_not_changed(stage: Stage, mode: str):
    stage.plays(mode)
    request = asking(mode, tools=[claude.TOOL])
    before = json.dumps(request.raw)

    await collected(stage.provider, request)

    assert json.dumps(request.raw) == before


async def test_several_answers_at_once_do_not_mix(stage: Stage, mode: str):
    stage.plays(mode)

    answers = await asyncio.gather(*(collected(stage.provider, asking(mode)) for _ in range(5)))

    assert len({text_of(deltas) for deltas in answers}) == 1


async def test_an_answer_that_nobody_finishes_can_be_closed_and_asked_again(stage: Stage):
    stage.plays("stream")
    deltas = stage.provider.answer(asking("stream"), MODEL)
    await anext(deltas)
    await deltas.aclose()

    assert TEXT in text_of(await collected(stage.provider, asking("stream")))


async def test_closing_an_answer_closes_the_upstream_call(remote: Stage):
    remote.plays("endless")
    deltas = remote.provider.answer(asking("stream"), MODEL)
    await anext(deltas)

    await deltas.aclose()

    await asyncio.wait_for(remote.upstream.left.wait(), 2)


async def test_a_provider_may_be_closed_twice_and_before_it_was_asked(stage: Stage):
    await stage.provider.aclose()
    await stage.provider.aclose()
    stage.plays("whole")

    assert len(await collected(stage.provider, asking("whole"))) == 1


async def test_the_providers_own_refusal_keeps_its_status_and_words(remote: Stage, mode: str):
    remote.plays("refusal")

    with pytest.raises(ProviderRefused) as caught:
        await collected(remote.provider, asking(mode))

    assert (caught.value.status, caught.value.message) == (400, "too big")


async def test_a_request_that_makes_no_sense_is_refused(stage: Stage, mode: str):
    stage.plays("refusal")

    with pytest.raises(ProviderRefused) as caught:
        await collected(stage.provider, asking(mode, n=0))

    assert caught.value.status == 400


async def test_a_failure_is_told_without_the_prompt_and_the_providers_page(remote: Stage, mode: str):
    remote.plays("failure")

    with pytest.raises(ProviderFailed) as caught:
        await collected(remote.provider, asking(mode))

    assert (caught.value.status, caught.value.code) == (502, "provider_failed")
    assert "'p'" in caught.value.message
    assert not any(word in caught.value.message for word in ("Himmel", "html"))


async def test_a_stream_that_breaks_off_is_never_taken_for_an_answer(remote: Stage):
    remote.plays("cut")
    seen: list[Delta] = []

    with pytest.raises(ProviderFailed, match="in the middle of the answer"):
        async for delta in remote.provider.answer(asking("stream"), MODEL):
            seen.append(delta)  # noqa: PERF401 - what came before the failure counts

    assert text_of(seen).strip() == TEXT
    assert not any(choice["finish_reason"] for delta in seen for choice in delta.raw["choices"])
