"""Real litellm against a played Anthropic on loopback."""

import asyncio
import json
import socket
import subprocess
import sys
import textwrap
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.dialects.rerank import RERANK
from gateway.domain.chat import ChatRequest
from gateway.domain.errors import ConfigurationError, ProviderFailed, ProviderRefused
from gateway.providers.calls import CALLS
from gateway.providers.litellm import LiteLLMProvider, _hang_up
from tests.providers import claude
from tests.providers.played import asking, streamed, whole

pytestmark = pytest.mark.filterwarnings("ignore:.*ReadOnly. qualifier:UserWarning")  # litellm's own types

KEY = "sk-upstream-secret"


@pytest.fixture
async def build(upstream):
    """A way to make providers of the played server; they are closed at the end."""
    built: list[LiteLLMProvider] = []

    def make(**fields) -> LiteLLMProvider:
        defaults = {"name": "p", "model_prefix": "anthropic/", "base_url": upstream.url, "api_key": KEY, "retries": 0}
        built.append(LiteLLMProvider(**{**defaults, "backoff": 0.001, **fields}))
        return built[-1]

    yield make
    for provider in built:
        await provider.aclose()


async def answer(provider: LiteLLMProvider, request: ChatRequest | None = None) -> list[dict]:
    return [delta.raw async for delta in provider.answer(request or asking(), "claude-3-5-haiku-20241022")]


async def failure(provider: LiteLLMProvider, request: ChatRequest | None = None) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        await answer(provider, request)
    assert not any(word in caught.value.message for word in (KEY, "What is blue", "litellm", "Traceback"))
    return caught.value


async def test_a_whole_answer_comes_in_openais_shape(upstream, build):
    upstream.play = [claude.message(claude.text("é😀"))]

    (body,) = await answer(build(), asking(temperature=0.5, max_tokens=7))

    assert body["object"] == "chat.completion" and body["model"] == "claude-played"
    assert body["choices"][0]["message"]["content"] == "é😀"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == 14
    assert (upstream.bodies[0]["temperature"], upstream.bodies[0]["max_tokens"]) == (0.5, 7)
    assert upstream.bodies[0]["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What is blue?"}]}]
    assert (upstream.paths, upstream.headers[0]["x-api-key"]) == (["/v1/messages"], KEY)


async def test_a_streamed_answer_comes_in_openais_shape(upstream, build):
    upstream.play = [claude.stream(claude.words("The sky ", "is é😀."))]

    bodies = await answer(build(), asking(stream=True, stream_options={"include_usage": True}))

    choices = [body["choices"][0] for body in bodies if body["choices"]]
    assert {body["object"] for body in bodies} == {"chat.completion.chunk"}
    assert choices[0]["delta"]["role"] == "assistant"
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "The sky is é😀."
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert bodies[-1]["usage"]["total_tokens"] == 14


async def test_tool_calls_are_translated_both_ways(upstream, build):
    upstream.play = [claude.message(claude.text("Let me see."), claude.use("weather", city="Zürich"), stop="tool_use")]

    (body,) = await answer(build(), asking(tools=[claude.TOOL]))

    (call,) = body["choices"][0]["message"]["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("weather", {"city": "Zürich"})
    assert body["choices"][0]["finish_reason"] == "tool_calls"
    assert upstream.bodies[0]["tools"][0]["name"] == "weather"


async def test_tool_calls_are_streamed(upstream, build):
    upstream.play = [
        claude.stream(claude.words("Wait."), claude.tool("weather", '{"city": "Zü', 'rich"}'), stop="tool_use")
    ]

    bodies = await answer(build(), asking(tools=[claude.TOOL], stream=True))

    calls = [call for body in bodies for call in body["choices"][0]["delta"].get("tool_calls") or ()]
    assert calls[0]["function"]["name"] == "weather" and {call["index"] for call in calls} == {0}
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"city": "Zürich"}
    assert bodies[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_the_request_itself_is_not_changed(upstream, build):
    upstream.play = [claude.message(claude.text("a"))]
    request = CHAT.parse(
        {"model": "m", "tools": [claude.TOOL],
         "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "q"}]}
    )  # fmt: skip
    before = json.dumps(request.raw)

    await answer(build(), request)

    assert json.dumps(request.raw) == before


async def test_closing_the_answer_closes_the_upstream_call_at_once(upstream, build):
    upstream.play = [streamed(claude.start(), *claude.words("The ", "sky ", "is "), forever=True)]
    async with aclosing(build().answer(asking(stream=True), "claude-3-5-haiku-20241022")) as deltas:
        first = await anext(deltas)

    await asyncio.wait_for(upstream.left.wait(), 2)
    assert first.raw["choices"][0]["delta"]["content"] == "The "


async def test_hanging_up_does_not_wait_for_the_garbage_collector(upstream, build):
    """Something else, such as a traceback, may still hold the stream."""
    upstream.play = [streamed(claude.start(), *claude.words("The ", "sky "), forever=True)]
    provider = build()
    await provider.prepare()
    call = CALLS["chat.completions"]
    arguments = provider._arguments(asking(stream=True), "claude-3-5-haiku-20241022", call)
    pieces, _ = await provider._open(call.function, arguments)

    await _hang_up(pieces)

    await asyncio.wait_for(upstream.left.wait(), 2)
    assert pieces is not None


async def test_cancelling_before_the_first_piece_closes_the_upstream_call_at_once(upstream, build):
    upstream.play = [streamed(forever=True)]
    waiting = asyncio.create_task(answer(build(), asking(stream=True)))
    await asyncio.wait_for(upstream.asked.wait(), 10)
    await asyncio.sleep(0.1)

    waiting.cancel()

    await asyncio.wait_for(upstream.left.wait(), 2)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_stream_that_breaks_off_is_not_told_as_complete(upstream, build):
    """litellm itself makes up an end with the reason "stop"."""
    upstream.play = [streamed(claude.start(), *claude.words("half of "))]

    error = await failure(build(), asking(stream=True))

    assert error.message == "Provider 'p' ended its stream in the middle of the answer."


async def test_an_error_in_the_middle_of_a_stream_is_told_without_its_words(upstream, build):
    oops = claude.event("error", error={"type": "overloaded_error", "message": "you said hunter2"})
    upstream.play = [streamed(claude.start(), *claude.words("half of "), oops)]

    error = await failure(build(), asking(stream=True))

    assert (error.status, error.message) == (502, "Provider 'p' broke off its answer.")


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_the_providers_own_4xx_keeps_status_and_words(upstream, build, status):
    upstream.play = [claude.error(status, "max_tokens: too large")]

    error = await failure(build(retries=2))

    assert isinstance(error, ProviderRefused)
    assert (error.message, error.type) == ("max_tokens: too large", "invalid_request_error")
    assert len(upstream.bodies) == 1
    assert error.status == status


async def test_a_rate_limit_is_tried_again_and_then_keeps_its_status_and_header(upstream, build):
    upstream.play = [claude.error(429, "Slow down.", "rate_limit_error", Retry_After="0.001")]

    error = await failure(build(retries=2))

    assert isinstance(error, ProviderRefused)
    assert (error.status, error.message, error.retry_after) == (429, "Slow down.", "0.001")
    assert len(upstream.bodies) == 3


@pytest.mark.parametrize("status", [401, 403])
async def test_our_own_bad_key_is_not_told_as_the_callers(upstream, build, status):
    upstream.play = [claude.error(status, f"invalid x-api-key {KEY}", "authentication_error")]

    assert (await failure(build(retries=2))).code == "provider_credentials_refused"


@pytest.mark.parametrize("status", [500, 503, 529])
async def test_a_passing_failure_is_tried_again_by_us_and_not_by_litellm(upstream, build, status):
    upstream.play = [claude.error(status, "overloaded", "overloaded_error"), claude.message(claude.text("at last"))]
    assert len(await answer(build(retries=1))) == 1
    upstream.play, upstream.bodies[:] = [claude.error(status, "overloaded", "overloaded_error")], []

    error = await failure(build(retries=1))

    assert (error.status, len(upstream.bodies)) == (502, 2)


async def test_another_try_sends_the_same_again(upstream, build):
    upstream.play = [claude.error(500, "oops"), claude.message(claude.text("at last"))]
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "q"}]

    await answer(build(retries=1), CHAT.parse({"model": "m", "messages": messages, "tools": [claude.TOOL]}))

    assert "Be kind." in json.dumps(upstream.bodies[0])
    assert upstream.bodies[1] == upstream.bodies[0]


async def test_a_server_that_is_not_there_is_told_by_name(build):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await failure(build(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}"))

    assert (error.status, error.message) == (502, "Provider 'p' did not answer the request.")


async def test_silence_is_told(upstream, build):
    upstream.play = [streamed(forever=True)]

    error = await failure(build(idle_timeout=0.2), asking(stream=True))

    assert (error.status, error.message) == (502, "Provider 'p' was silent for too long.")


async def test_a_parameter_that_the_provider_does_not_support_is_refused_not_dropped(upstream, build):
    upstream.play = [claude.message(claude.text("a"))]

    error = await failure(build(), asking(seed=3))

    assert (error.status, error.code, error.param, upstream.bodies) == (400, "unsupported_parameter", "seed", [])


async def test_a_body_cannot_reach_litellms_own_options(upstream, build):
    upstream.play = [claude.message(claude.text("a"))]

    error = await failure(build(), asking(mock_response="I am not real"))

    assert (error.status, error.param, upstream.bodies) == (400, "mock_response", [])


async def test_headers_and_options_of_the_configuration_are_used(upstream, build):
    upstream.play = [claude.message(claude.text("a"))]

    await answer(build(headers={"X-Team": "sec"}, options={"api_version": "2024-01-01"}))

    assert upstream.headers[0]["X-Team"] == "sec"


async def test_closing_one_provider_leaves_the_others_usable(upstream, build):
    upstream.play = [claude.message(claude.text("a"))]
    one, other = build(), build(name="q")
    await answer(one)
    await one.aclose()

    assert len(await answer(other)) == 1


@pytest.mark.parametrize("prefix", ["", "anthropic", "/", "a b/"])
def test_a_prefix_that_names_no_provider_is_refused(prefix):
    with pytest.raises(ConfigurationError, match="provider 'p': model_prefix"):
        LiteLLMProvider(name="p", model_prefix=prefix)


def test_secrets_stay_out_of_the_representation():
    shown = repr(LiteLLMProvider(name="p", model_prefix="a/", api_key=KEY, headers={"k": KEY}, options={"k": KEY}))

    assert "'p'" in shown and KEY not in shown


def test_neither_loading_litellm_nor_answering_connects_anywhere_else(tmp_path):
    """No price list, no update, no proxy: a fresh process, in which every address that is asked for is written down."""
    (tmp_path / ".env").write_text("FROM_DOTENV=1\n")
    script = textwrap.dedent("""
        import asyncio, os, sys
        seen = []
        def guard(event, args):
            if event == "socket.getaddrinfo": seen.append(str(args[0]))
            if event in ("socket.connect", "socket.sendto"): seen.append(str(args[1]))
        sys.addaudithook(guard)
        sys.path.insert(0, sys.argv[1])
        from gateway.providers.litellm import LiteLLMProvider
        from tests.providers import claude
        from tests.providers.played import asking, playing
        assert "litellm" not in sys.modules
        async def main():
            async with playing() as upstream:
                upstream.play = [claude.message(claude.text("a")), claude.stream(claude.words("b"))]
                provider = LiteLLMProvider(name="p", model_prefix="anthropic/", base_url=upstream.url, api_key="k")
                await provider.prepare()
                loaded = list(seen)
                for stream in (False, True):
                    async for _ in provider.answer(asking(stream=stream), "claude-3-5-haiku-20241022"): pass
                await provider.aclose()
            print(loaded, {address.split(",")[0].strip("('") for address in seen}, os.environ.get("FROM_DOTENV"))
        asyncio.run(main())
    """)
    environment = {"PATH": "/usr/bin", "HTTP_PROXY": "http://192.0.2.1:9", "ALL_PROXY": "http://192.0.2.1:9"}
    root = str(Path(__file__).parents[2])

    done = subprocess.run(
        [sys.executable, "-c", script, root], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "[] {'127.0.0.1'} None"


def vectors(*embeddings: list[float]) -> dict:
    data = [{"object": "embedding", "index": n, "embedding": one} for n, one in enumerate(embeddings)]
    return {"object": "list", "data": data, "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


async def test_embeddings_come_in_openais_shape(upstream, build):
    upstream.play = [whole(vectors([0.5, 1.0]))]
    request = EMBEDDINGS.parse({"model": "m", "input": ["a"]})

    (body,) = await answer(build(model_prefix="openai/"), request)

    assert body["data"] == [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}]
    assert EMBEDDINGS.is_answer(body) and body["usage"]["prompt_tokens"] == 1
    assert upstream.bodies[0] == {"model": "claude-3-5-haiku-20241022", "input": ["a"]}


async def test_embeddings_are_translated(upstream, build):
    upstream.play = [whole({"id": "x", "embeddings": {"float": [[0.1, 0.2]]}, "texts": ["a"],
                            "meta": {"billed_units": {"input_tokens": 3}}})]  # fmt: skip

    (body,) = await answer(build(model_prefix="cohere/"), EMBEDDINGS.parse({"model": "m", "input": "a"}))

    assert body["data"][0]["embedding"] == [0.1, 0.2]
    assert upstream.bodies[0]["texts"] == ["a"]


async def test_rankings_come_in_coheres_shape(upstream, build):
    results = [{"index": 1, "relevance_score": 0.5}, {"index": 0, "relevance_score": 0.4}]
    upstream.play = [whole({"id": "r", "results": results, "meta": {"api_version": {"version": "2"}}})]
    request = RERANK.parse({"model": "m", "query": "q", "documents": ["a", {"text": "b"}], "top_n": 2})

    (body,) = await answer(build(model_prefix="cohere/"), request)

    assert body["results"] == results
    assert (upstream.paths, upstream.bodies[0]["top_n"]) == (["/v2/rerank"], 2)


@pytest.mark.parametrize("scene", [(400, ProviderRefused), (500, ProviderFailed)])
async def test_other_dialects_fail_like_conversations(upstream, build, scene):
    status, kind = scene
    upstream.play = [whole({"message": "too big"}, status)]

    with pytest.raises(kind) as caught:
        await answer(build(model_prefix="cohere/"), RERANK.parse({"model": "m", "query": "q", "documents": ["a"]}))

    assert caught.value.status == (400 if status == 400 else 502)


async def test_a_field_of_another_dialect_is_refused(upstream, build):
    request = EMBEDDINGS.parse({"model": "m", "input": "a", "temperature": 1})

    assert (await failure(build(model_prefix="openai/"), request)).param == "temperature"
