import asyncio
import json
import socket
from contextlib import aclosing

import pytest
from aiohttp import web

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ConfigurationError, ProviderFailed, ProviderRefused
from gateway.providers.openai import OpenAIProvider
from tests.providers.played import Played, asking, chunk, events, said, streamed, whole

KEY = "sk-upstream-secret"


@pytest.fixture
async def build(upstream: Played):
    """A way to make providers of the played server; they are closed at the end."""
    built: list[OpenAIProvider] = []

    def make(**fields) -> OpenAIProvider:
        defaults = {"name": "p", "base_url": f"{upstream.url}/v1", "api_key": KEY, "retries": 0, "backoff": 0.001}
        built.append(OpenAIProvider(**{**defaults, **fields}))
        return built[-1]

    yield make
    for provider in built:
        await provider.aclose()


async def answer(provider: OpenAIProvider, request: ChatRequest | None = None, model: str = "served") -> list[Delta]:
    return [delta async for delta in provider.answer(request or asking(), model)]


async def failure(provider: OpenAIProvider, request: ChatRequest | None = None) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        await answer(provider, request)
    assert KEY not in caught.value.message and "What is blue" not in caught.value.message
    return caught.value


async def test_the_request_goes_out_untouched_but_for_the_model(upstream, build):
    upstream.play = [whole(said("hi"))]
    request = asking("é😀", temperature=0.1, new_parameter={"deep": [1, None]})

    await answer(build(headers={"OpenAI-Organization": "org"}), request)

    assert upstream.bodies == [{**request.raw, "model": "served"}]
    assert upstream.paths == ["/v1/chat/completions"]
    assert upstream.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert (upstream.headers[0]["Content-Type"], upstream.headers[0]["OpenAI-Organization"]) == (
        "application/json",
        "org",
    )


@pytest.mark.parametrize("value", ["\ud83d", 2**70], ids=["lone surrogate", "large number"])
async def test_what_only_the_standard_library_can_encode_goes_out_too(upstream, build, value):
    upstream.play = [whole(said("hi"))]

    await answer(build(), asking("q", seed=value))

    assert upstream.bodies[0]["seed"] == value


async def test_without_a_key_no_authorization_is_sent(upstream, build):
    upstream.play = [whole(said("hi"))]

    await answer(build(api_key=""))

    assert "Authorization" not in upstream.headers[0]


async def test_a_query_in_the_base_url_stays(upstream, build):
    upstream.play = [whole(said("hi"))]

    await answer(build(base_url=f"{upstream.url}/openai/v1/?api-version=preview"))

    assert upstream.paths == ["/openai/v1/chat/completions?api-version=preview"]


async def test_the_content_type_decides_whether_it_is_a_stream(upstream, build):
    """A provider that cannot stream answers a streaming request with a body."""
    upstream.play = [whole(said("whole"))]

    deltas = await answer(build(), asking(stream=True))

    assert [delta.raw for delta in deltas] == [said("whole")]


async def test_every_event_is_one_delta_with_the_bytes_that_arrived(upstream, build):
    bodies = [chunk({"role": "assistant"}), chunk({"content": "é😀"}), chunk({}, "stop"), {"choices": [], "usage": {}}]
    stream = b"".join(events(bodies))
    upstream.play = [streamed(*(stream[at : at + 7] for at in range(0, len(stream), 7)))]

    deltas = await answer(build(), asking(stream=True))

    assert [delta.raw for delta in deltas] == bodies
    assert [delta.wire for delta in deltas] == [json.dumps(body).encode() for body in bodies]


async def test_an_event_is_handed_on_before_the_next_arrives(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"})], done=False), forever=True)]

    async with aclosing(build().answer(asking(stream=True), "m")) as deltas:
        first = await asyncio.wait_for(anext(deltas), 2)

    assert first.raw == chunk({"content": "a"})


async def test_closing_the_answer_closes_the_upstream_call_at_once(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"})], done=False), forever=True)]
    deltas = build().answer(asking(stream=True), "m")
    await anext(deltas)

    await deltas.aclose()

    await asyncio.wait_for(upstream.left.wait(), 2)


async def test_cancelling_before_the_first_byte_closes_the_upstream_call_at_once(upstream, build):
    upstream.play = [streamed(forever=True)]
    waiting = asyncio.create_task(answer(build(), asking(stream=True)))
    await asyncio.wait_for(upstream.asked.wait(), 2)

    waiting.cancel()

    await asyncio.wait_for(upstream.left.wait(), 2)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_slow_caller_slows_the_provider_down(upstream, build):
    """What the caller does not take stays in the provider: buffers do not grow with the answer."""
    event, sent = b'data: {"choices": [], "pad": "%b"}\n\n' % (b"x" * 100_000), []

    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(400):
            await response.write(event)
            sent.append(number)
        await response.write(b"data: [DONE]\n\n")
        return response

    upstream.play = [play]
    deltas = build(idle_timeout=0.2).answer(asking(stream=True), "m")
    await anext(deltas)
    await asyncio.sleep(0.5)  # longer than the idle timeout: the caller's own slowness is no silence
    in_flight = len(sent)
    rest = [delta async for delta in deltas]

    assert in_flight < 200
    assert len(rest) == 399


async def test_connections_are_kept_for_the_next_answer(upstream, build):
    upstream.play = [
        whole(said("1")),
        streamed(*events([chunk({}, "stop")])),
        whole({"error": {}}, 400),
        whole(said("2")),
    ]
    provider = build()

    await answer(provider)
    await answer(provider)
    with pytest.raises(ProviderRefused):
        await answer(provider)
    await answer(provider)

    assert len(set(upstream.peers)) == 1


async def test_a_server_that_lingers_after_done_does_not_hold_up_the_answer(upstream, build):
    upstream.play = [streamed(*events([chunk({}, "stop")]), forever=True)]

    deltas = await asyncio.wait_for(answer(build(), asking(stream=True)), 2)

    assert len(deltas) == 1


async def test_no_proxy_of_the_environment_is_used(upstream, build, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    upstream.play = [whole(said("direct"))]

    assert len(await answer(build())) == 1


async def test_a_redirect_is_not_followed(upstream, build):
    """The prompt goes to the configured address or nowhere."""
    upstream.play = [whole(b"", 307, Location=f"{upstream.url}/elsewhere")]

    error = await failure(build())

    assert (error.status, len(upstream.bodies)) == (502, 1)
    assert error.message == "Provider 'p' did not answer the request (HTTP 307)."


async def test_no_cookie_is_carried_from_one_answer_to_the_next(upstream, build):
    upstream.play = [whole(said("hi"), Set_Cookie="who=alice; Path=/")]
    provider = build(base_url=f"{upstream.url.replace('127.0.0.1', 'localhost')}/v1")

    await answer(provider)
    await answer(provider)

    assert "Cookie" not in upstream.headers[1]


async def test_the_providers_own_4xx_keeps_status_words_and_fields(upstream, build):
    own = {
        "message": "maximum context length",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "too_long",
    }
    upstream.play = [whole({"error": own}, 400)]

    error = await failure(build(retries=2))

    assert isinstance(error, ProviderRefused)
    assert (error.status, len(upstream.bodies)) == (400, 1)
    assert {"message": error.message, "type": error.type, "param": error.param, "code": error.code} == own


async def test_a_rate_limit_is_tried_again_and_then_keeps_its_status_and_header(upstream, build):
    upstream.play = [whole({"error": {"message": "Slow down."}}, 429, Retry_After="0.001")]

    error = await failure(build(retries=2))

    assert isinstance(error, ProviderRefused)
    assert (error.status, error.retry_after, error.type, len(upstream.bodies)) == (429, "0.001", "rate_limit_error", 3)


@pytest.mark.parametrize("status", [500, 502, 503, 529])
async def test_a_passing_failure_is_tried_again(upstream, build, status):
    upstream.play = [whole(b"<html>", status), whole({"error": {"message": "no"}}, status), whole(said("at last"))]

    deltas = await answer(build(retries=2))

    assert [delta.raw for delta in deltas] == [said("at last")]


async def test_a_web_page_never_reaches_the_caller(upstream, build):
    upstream.play = [whole(b"<html>nginx</html>", 404)]

    error = await failure(build())

    assert (error.status, error.message) == (404, "Provider 'p' refused the request (HTTP 404).")


async def test_our_own_bad_key_is_not_told_as_the_callers(upstream, build):
    upstream.play = [whole({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401)]

    error = await failure(build(retries=2))

    assert (error.status, error.code, len(upstream.bodies)) == (502, "provider_credentials_refused", 1)


async def test_a_server_that_is_not_there_is_told_by_name(build):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await failure(build(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1"))

    assert (error.status, error.message) == (502, "Provider 'p' cannot be reached.")


async def test_a_connection_that_breaks_before_the_first_byte_is_tried_again(upstream, build):
    async def hang_up(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    upstream.play = [hang_up, streamed(cut=True), whole(said("at last"))]

    deltas = await answer(build(retries=2))

    assert [delta.raw for delta in deltas] == [said("at last")]


async def test_a_connection_that_breaks_after_the_first_byte_is_not_tried_again(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"})], done=False), pause=0.05, cut=True), whole(said("b"))]

    error = await failure(build(retries=2), asking(stream=True))

    assert error.message == "Provider 'p' broke off its answer."
    assert len(upstream.bodies) == 1


async def test_a_stream_that_ends_early_but_politely_is_broken_too(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"})], done=False))]

    error = await failure(build(), asking(stream=True))

    assert error.message == "Provider 'p' ended its stream in the middle of the answer."


@pytest.mark.parametrize("play", [streamed(forever=True), None], ids=["headers only", "nothing"])
async def test_silence_before_the_first_byte_is_tried_again_and_then_told(upstream, build, play):
    async def nothing(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    upstream.play = [play or nothing]

    error = await failure(build(first_byte_timeout=0.1, retries=1))

    assert (error.message, len(upstream.bodies)) == ("Provider 'p' was silent for too long.", 2)


async def test_silence_in_the_middle_of_an_answer_ends_it(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"})], done=False), forever=True)]

    error = await failure(build(idle_timeout=0.1), asking(stream=True))

    assert error.message == "Provider 'p' was silent for too long."
    await asyncio.wait_for(upstream.left.wait(), 2)


async def test_an_answer_may_take_longer_than_the_first_byte_timeout(upstream, build):
    upstream.play = [streamed(*events([chunk({"content": "a"}), chunk({}, "stop")]), pause=0.15)]

    assert len(await answer(build(first_byte_timeout=0.1), asking(stream=True))) == 2


async def test_an_answer_past_the_limit_is_not_kept_in_memory(upstream, build):
    upstream.play = [whole(said("x" * 5000)), streamed(*events([chunk({"content": "x" * 5000})]))]
    provider = build(max_bytes=1000)

    assert "too long" in (await failure(provider)).message
    assert "too long" in (await failure(provider, asking(stream=True))).message


async def test_a_failing_provider_is_left_alone_for_a_while(upstream, build):
    upstream.play = [whole(b"", 500)]
    provider = build(circuit_failures=2)
    await failure(provider)
    await failure(provider)

    error = await failure(provider)

    assert (error.code, len(upstream.bodies)) == ("provider_circuit_open", 2)


async def test_after_closing_a_later_answer_connects_anew(upstream, build):
    upstream.play = [whole(said("hi"))]
    provider = build()
    await answer(provider)
    await provider.aclose()

    assert len(await answer(provider)) == 1


@pytest.mark.parametrize("url", ["api.openai.com/v1", "ftp://x/v1", ""])
def test_an_address_that_is_no_url_is_refused_at_once(url):
    with pytest.raises(ConfigurationError, match="provider 'p': base_url must begin with http"):
        OpenAIProvider(name="p", base_url=url)


def test_a_key_that_cannot_be_a_header_is_refused_without_telling_it():
    with pytest.raises(ConfigurationError, match="api_key must be printable") as caught:
        OpenAIProvider(name="p", base_url="http://x/v1", api_key=f"{KEY}\n")

    assert KEY not in str(caught.value)


def test_secrets_stay_out_of_the_representation():
    shown = repr(OpenAIProvider(name="p", base_url="http://x/v1", api_key=KEY, headers={"api-key": KEY}))

    assert "'p'" in shown and KEY not in shown
