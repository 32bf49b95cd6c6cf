import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

import pytest

from gateway.dialects.messages import MESSAGES, TOKEN_COUNT
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ConfigurationError, ProviderFailed, ProviderRefused
from gateway.fields import Fields
from gateway.providers.anthropic import AnthropicProvider
from gateway.registry import configure
from tests.providers import claude, played
from tests.providers.played import Played, streamed, whole

pytestmark = pytest.mark.filterwarnings("ignore:.*ReadOnly. qualifier:UserWarning")  # litellm's own types

KEY = "sk-ant-secret"
Build = Callable[..., AnthropicProvider]


@pytest.fixture
async def build(upstream: Played):
    """A way to make providers of the played server; they are closed at the end."""
    built: list[AnthropicProvider] = []

    def make(**fields: object) -> AnthropicProvider:
        known = {"name": "p", "base_url": f"{upstream.url}/v1", "api_key": KEY, "retries": 0, "chat": False}
        built.append(AnthropicProvider(**{**known, **fields}))
        return built[-1]

    yield make
    for provider in built:
        await provider.aclose()


def asking(dialect=MESSAGES, **fields: object) -> ChatRequest:
    return dialect.parse({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], **fields})


async def answer(provider: AnthropicProvider, request: ChatRequest | None = None) -> list[Delta]:
    return [delta async for delta in provider.answer(request or asking(), "claude-9")]


async def test_a_message_passes_through_as_it_is(upstream: Played, build: Build):
    upstream.play = [claude.message(claude.text("Hi"))]
    request = asking(novel={"deep": [1]})

    (delta,) = await answer(build(beta=("a", "b"), headers={"x-own": "1"}), request)

    sent = upstream.headers[0]
    assert delta.raw["content"] == [claude.text("Hi")]
    assert upstream.bodies == [{**request.raw, "model": "claude-9"}]
    assert upstream.paths == ["/v1/messages"]
    assert (sent["x-api-key"], sent["anthropic-version"], sent["anthropic-beta"]) == (KEY, "2023-06-01", "a,b")
    assert sent["x-own"] == "1" and "Authorization" not in sent


@pytest.mark.parametrize(
    ("own", "asked", "sent"),
    [
        ((), ("files-api-2025", "context-1m-2025"), "context-1m-2025"),
        (("a",), ("context-1m-2025", "a", "context-1m-2025"), "a,context-1m-2025"),
        (("a",), ("files-api-2025",), "a"),
        ((), ("files-api-2025",), None),
        ((), ("interleaved-thinking-1", "interleaved-thinking-2"), "interleaved-thinking-1,interleaved-thinking-2"),
    ],
)
async def test_callers_get_the_betas_that_are_allowed(upstream: Played, build: Build, own, asked, sent):
    upstream.play = [claude.message(claude.text("Hi"))]
    provider = build(beta=own, allowed_beta=("context-1m-2025", "interleaved-thinking-*"))

    await answer(provider, replace(asking(), betas=asked))

    assert upstream.headers[0].get("anthropic-beta") == sent


async def test_a_streams_events_arrive_with_their_bytes(upstream: Played, build: Build):
    upstream.play = [claude.stream(claude.words("Hi ", "there"))]

    deltas = await answer(build(), asking(stream=True))

    assert [kind for kind, _ in groupby(delta.raw["type"] for delta in deltas)] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip
    assert all(delta.wire for delta in deltas)


async def test_without_a_key_or_betas_there_are_no_such_headers(upstream: Played, build: Build):
    upstream.play = [claude.message(claude.text("Hi"))]

    await answer(build(api_key="", version="2030-01-01"))

    assert not {"x-api-key", "anthropic-beta"} & {name.lower() for name in upstream.headers[0]}
    assert upstream.headers[0]["anthropic-version"] == "2030-01-01"


async def test_tokens_are_counted(upstream: Played, build: Build):
    upstream.play = [whole({"input_tokens": 3})]

    (delta,) = await answer(build(), asking(TOKEN_COUNT))

    assert delta.raw == {"input_tokens": 3}
    assert upstream.paths == ["/v1/messages/count_tokens"]


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (b"", "in the middle of the answer"),
        (claude.event("error", error={"type": "overloaded_error", "message": "secret words"}), "overloaded_error"),
    ],
)
async def test_a_stream_that_breaks_off_is_never_taken_for_an_answer(
    upstream: Played, build: Build, last: bytes, sentence: str
):
    upstream.play = [streamed(claude.start(), *claude.words("Hi"), last)]

    with pytest.raises(ProviderFailed, match=sentence) as caught:
        await answer(build(), asking(stream=True))

    assert "secret words" not in caught.value.message


async def test_the_providers_own_refusal_keeps_its_status_and_words(upstream: Played, build: Build):
    upstream.play = [claude.error(413, "too big", "request_too_large")]

    with pytest.raises(ProviderRefused) as caught:
        await answer(build())

    assert (caught.value.status, caught.value.message, caught.value.type) == (413, "too big", "request_too_large")


async def test_a_body_of_another_dialect_is_no_answer(upstream: Played, build: Build):
    upstream.play = [whole(played.said("Hi"))]

    with pytest.raises(ProviderFailed, match="none of messages"):
        await answer(build())


async def test_chat_completions_are_translated_unless_it_is_told_not_to(upstream: Played, build: Build):
    upstream.play = [claude.message(claude.text("Hi"))]
    provider = build(chat=True)

    (delta,) = [delta async for delta in provider.answer(played.asking("x"), "claude-9")]

    assert delta.raw["choices"][0]["message"]["content"] == "Hi"
    assert (upstream.paths, upstream.bodies[0]["model"]) == (["/v1/messages"], "claude-9")
    assert upstream.headers[0]["x-api-key"] == KEY
    assert provider.speaks == {"messages", "messages.count_tokens", "chat.completions"}
    assert build().speaks == {"messages", "messages.count_tokens"}


async def test_litellm_is_loaded_only_for_chat_completions(build: Build):
    lean, full = build(), build(chat=True)

    await lean.prepare()
    unloaded = "_translator" not in vars(lean)
    await full.prepare()

    assert unloaded and "litellm" in sys.modules


@pytest.mark.parametrize("wrong", [{"version": "a\nb"}, {"beta": ("a\r\nx: y",)}, {"api_key": "é"}, {"base_url": "x"}])
def test_a_header_that_would_begin_another_is_refused_at_start(wrong: dict):
    with pytest.raises(ConfigurationError):
        AnthropicProvider(**{"name": "p", **wrong})


def test_it_is_configured_by_its_fields():
    provider = configure("providers", "anthropic", Fields({"api_key": KEY, "beta": ["a"]}), name="c")

    assert (provider.base_url, provider.beta) == ("https://api.anthropic.com/v1", ("a",))
    assert KEY not in repr(provider)
