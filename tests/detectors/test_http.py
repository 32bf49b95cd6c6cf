import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detectors.http import HTTPDetector
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from tests.detectors.service import analyzer, places, plain, serving

AT_HOME = HTTPDetector(
    url="http://127.0.0.1:9/find", entities=frozenset({"X"}), dialect="lineward", names={"EX": "X"}, timeout=5
)
both = pytest.mark.parametrize(("dialect", "answering"), [("lineward", plain), ("presidio", analyzer)])
SECRET = "the secret of x"


@asynccontextmanager
async def opened(url: str, **changes: object) -> AsyncIterator[HTTPDetector]:
    detector = replace(AT_HOME, url=url, **changes)
    await detector.prepare()
    try:
        yield detector
    finally:
        await detector.aclose()


def xs(detector: HTTPDetector, text: str) -> list[Finding]:
    name = detector.version.partition("/")[0]
    return [Finding("X", start, end, 0.85, name) for start, end in places(text)]


@both
async def test_findings_come_by_our_names_and_in_the_order_of_the_texts(dialect: str, answering) -> None:
    texts = ["ax", "", "é😀x", "x" * 3, "none"]
    async with serving(answering) as service, opened(service.url, dialect=dialect) as detector:
        together = await detector.find(texts)
        alone = [await detector.find([text]) for text in texts]

        assert together == [xs(detector, text) for text in texts]
        assert together == [found for (found,) in alone]


@both
async def test_any_texts_are_answered_in_any_batches(dialect: str, answering) -> None:
    async with serving(answering) as service, opened(service.url, dialect=dialect, batch_bytes=20) as detector:
        loop = asyncio.get_running_loop()

        @given(st.lists(st.text(st.characters(exclude_categories=()) | st.just("x")), max_size=6))
        @settings(max_examples=50)
        def same(texts: list[str]) -> None:
            found = asyncio.run_coroutine_threadsafe(detector.find(texts), loop).result()

            assert found == [xs(detector, text) for text in texts]

        await asyncio.to_thread(same)


async def test_offsets_hold_where_a_character_cannot_be_sent() -> None:
    text = "\ud83d\ude00x\ud800x"
    async with serving() as service, opened(service.url) as detector:
        assert await detector.find([text]) == [xs(detector, text)]


async def test_presidio_is_asked_about_one_text_as_it_always_could_be() -> None:
    async with serving(analyzer) as service, opened(service.url, dialect="presidio", language="de") as detector:
        await detector.find(["x"])
        await detector.find(["x", "", "y"])

    assert service.asked == [{"text": "x", "language": "de"}, {"text": ["x", "y"], "language": "de"}]


async def test_no_text_is_no_question() -> None:
    async with opened(AT_HOME.url) as detector:
        assert await detector.find([]) == []
        assert await detector.find([""]) == [[]]


async def test_what_is_not_asked_for_or_not_sure_enough_is_left_out() -> None:
    def unsure(_: dict) -> object:
        found = [("X", 0.5), ("X", 0.49), ("Y", 1.0), ("EX", 1)]
        return {"findings": [[{"entity": e, "start": 0, "end": 1, "score": s} for e, s in found]]}

    async with serving(unsure) as service, opened(service.url) as detector:
        (findings,) = await detector.find(["text"])

    assert [(one.entity, one.score) for one in findings] == [("X", 0.5), ("X", 1.0)]


async def test_configured_headers_are_sent_and_never_shown() -> None:
    async with serving() as service, opened(service.url, headers={"Authorization": "Bearer hidden"}) as detector:
        await detector.find(["x"])

        assert service.headers[0]["Authorization"] == "Bearer hidden"
        assert "hidden" not in repr(detector) + detector.version


WRONG = {
    "no list": {},
    "too few": {"findings": []},
    "too many": {"findings": [[], []]},
    "no findings": {"findings": [None]},
    "no object": {"findings": [[1]]},
    "no entity": {"findings": [[{"start": 0, "end": 1, "score": 1}]]},
    "no score": {"findings": [[{"entity": "X", "start": 0, "end": 1}]]},
    "sure beyond 1": {"findings": [[{"entity": "X", "start": 0, "end": 1, "score": 85}]]},
    "beyond the text": {"findings": [[{"entity": "X", "start": 0, "end": len(SECRET) + 1, "score": 1}]]},
    "before the text": {"findings": [[{"entity": "X", "start": -1, "end": 1, "score": 1}]]},
    "nothing": {"findings": [[{"entity": "X", "start": 1, "end": 1, "score": 1}]]},
    "an entity that does not count, beyond the text": {
        "findings": [[{"entity": "Y", "start": 0, "end": 99, "score": 1}]]
    },
    "another dialect": [[{"entity_type": "X", "start": 0, "end": 1, "score": 1}]],
    "a number": 1,
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG.keys())
async def test_an_answer_of_another_shape_is_refused(said: object) -> None:
    async with serving(lambda _: said) as service, opened(service.url) as detector:
        with pytest.raises(
            GuardUnavailable, match=r"^The detector http:127\.0\.0\.1:\d+ gave an answer that"
        ) as caught:
            await detector.find([SECRET])

    assert "secret" not in caught.value.message


async def elsewhere(_: dict) -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("/find")


REFUSALS = {
    "status 500": lambda _: web.json_response(plain({"texts": [SECRET]}), status=500),
    "status 201": lambda _: web.json_response(plain({"texts": [SECRET]}), status=201),
    "status 307": elsewhere,
    "is not JSON": lambda _: web.Response(text=SECRET),
    "more than 1000 bytes": lambda _: web.Response(body=b" " * 2_000),
}


@pytest.mark.parametrize("what", sorted(REFUSALS))
async def test_everything_but_an_answer_is_refused(what: str) -> None:
    async with serving(REFUSALS[what]) as service, opened(service.url, max_answer_bytes=1_000) as detector:
        with pytest.raises(GuardUnavailable, match=what) as caught:
            await detector.find([SECRET])

    assert len(service.asked) == 1
    assert "secret" not in caught.value.message


async def test_a_compressed_answer_is_refused() -> None:
    """Nobody has asked for one, and a few bytes could become more than there is memory."""

    def compressed(_: dict) -> web.Response:
        response = web.json_response(plain({"texts": [SECRET]}))
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with serving(compressed) as service, opened(service.url) as detector:
        with pytest.raises(GuardUnavailable, match="is not JSON"):
            await detector.find([SECRET])


async def test_a_service_that_is_not_there_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with opened(f"http://127.0.0.1:{closed.getsockname()[1]}/find") as detector:
            with pytest.raises(GuardUnavailable, match="cannot be reached"):
                await detector.find([SECRET])


async def test_a_service_that_is_silent_is_left_at_the_timeout() -> None:
    async def silent(_: dict) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.json_response(None)

    async with serving(silent) as service, opened(service.url, timeout=0.2) as detector:
        with pytest.raises(GuardUnavailable, match=r"did not answer within 0\.2 s"):
            await detector.find([SECRET])


async def test_more_than_it_may_hold_is_refused_at_once_and_connections_are_few() -> None:
    under_way: list[int] = []

    async def slow(asked: dict) -> web.StreamResponse:
        under_way.append(1)
        at_once = sum(under_way)
        await asyncio.sleep(0.1)
        under_way.append(-1)
        return web.json_response(plain(asked) if at_once <= 2 else None)

    async with serving(slow) as service, opened(service.url, max_connections=2, max_requests=5) as detector:
        results = await asyncio.gather(*(detector.find([f"x{n}"]) for n in range(6)), return_exceptions=True)

    assert results[:5] == [[xs(detector, "x")]] * 5
    assert "as much waiting as it may" in str(results[5])


async def test_a_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    """A service closes an idle connection whenever it likes, maybe just when it is used again."""
    connections = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        body = b'{"findings": [[]]}'
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await reader.readuntil(b"\r\n")  # the next request is not answered
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server, opened(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/find") as detector:
        found = [await detector.find(["x"]), await detector.find(["y"])]

    assert found == [[[]], [[]]]
    assert connections == 2


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with serving() as service, opened(service.url) as detector:
        assert await detector.find(["x"]) == [xs(detector, "x")]


def test_the_version_changes_with_place_revision_and_what_is_asked_for() -> None:
    changed = [
        {"url": "http://127.0.0.1:9/other"}, {"url": "http://elsewhere:9/find"}, {"revision": "2"}, {"language": "de"},
        {"dialect": "presidio"}, {"names": {}}, {"entities": frozenset({"X", "Z"})}, {"min_score": 0.1},
    ]  # fmt: skip
    versions = {replace(AT_HOME, **change).version for change in changed}

    assert len(versions | {AT_HOME.version}) == len(changed) + 1
    assert replace(AT_HOME, timeout=1, headers={"a": "b"}).version == AT_HOME.version
    assert "@2:" in replace(AT_HOME, revision="2").version


def test_a_password_in_the_url_is_not_told() -> None:
    detector = replace(AT_HOME, url="http://name:hidden@host/find?key=hidden")

    assert "hidden" not in detector.version


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"batch_bytes": 0}, "batch_bytes"),
        ({"entities": frozenset()}, "entities"),
        ({"headers": {"A": "b\r\nc: d"}}, "headers: A"),
        ({"min_score": 2}, "min_score"),
        ({"names": {"a": "B"}}, "'B' is not one of the entities"),
        ({"timeout": 0}, "timeout"),
        ({"url": "ftp://host/"}, "url"),
        ({"url": "http:///find"}, "url"),
    ],
)
def test_what_cannot_work_is_told_at_once(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        replace(AT_HOME, **change)
