import asyncio
import json
from collections.abc import Iterator

import pytest

from gateway.domain.errors import ConfigurationError, ContextUnavailable
from gateway.domain.facts import Facts
from gateway.embedders.openai import OpenAIEmbedder
from tests.embedders.serving import EmbeddingServer


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


@pytest.fixture
async def embedder(running: EmbeddingServer):
    running.texts.clear()
    running.says = None
    embedder = OpenAIEmbedder(base_url=running.url, model="minilm", api_key="sk-1", batch=2)
    yield embedder
    await embedder.aclose()


async def test_texts_are_sent_a_few_at_a_time_with_the_key(embedder: OpenAIEmbedder, running: EmbeddingServer):
    vectors = await embedder.embed(["one", "two", "three"])

    assert len(vectors) == 3
    assert running.texts == ["one", "two", "three"]
    assert running.keys[-2:] == ["Bearer sk-1"] * 2


def answer(*items: object) -> tuple[int, bytes]:
    return 200, json.dumps({"data": items}).encode()


@pytest.mark.parametrize(
    "says",
    [
        (500, b"{}"),
        (302, b""),
        (200, b"no JSON about the secret"),
        (200, b"[]"),
        answer(),
        answer({"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}),
        answer({"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}),
        answer({"index": 0, "embedding": [0.0]}, {"index": 1, "embedding": [1.0]}),
        answer({"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": [1.0]}),
        answer({"index": 0, "embedding": [True]}, {"index": 1, "embedding": [1.0]}),
        answer("one", "two"),
    ],
)
async def test_an_answer_that_is_none_is_told_without_the_texts(
    embedder: OpenAIEmbedder, running: EmbeddingServer, says: tuple[int, bytes]
):
    running.says = says

    with pytest.raises(ContextUnavailable, match=r"^The embedder 'openai' ") as caught:
        await embedder.embed(["the secret", "another"])

    assert "secret" not in caught.value.message


async def test_a_service_that_is_not_there_or_does_not_answer_in_time_is_told(running: EmbeddingServer):
    nobody = OpenAIEmbedder(base_url="http://127.0.0.1:9/v1", model="m")
    slow = OpenAIEmbedder(base_url=running.url, model="m", timeout=1e-9)

    with pytest.raises(ContextUnavailable, match="cannot be reached"):
        await nobody.embed(["text"])
    with pytest.raises(ContextUnavailable, match="did not answer within"):
        await slow.embed(["text"])
    await asyncio.gather(nobody.aclose(), slow.aclose())


def test_what_nobody_says_of_it_counts_as_its_worst():
    assert OpenAIEmbedder(base_url="https://api.example/v1", model="m").facts == Facts(
        provider="openai", model="m", self_hosted=False, zero_retention=False, trains_on_data=True
    )
    assert OpenAIEmbedder(base_url="https://api.example/v1", model="m", region="eu").facts["region"] == "eu"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"base_url": "api.example"}, "base_url"), ({"timeout": 0}, "timeout"), ({"api_key": "a\nb"}, "api_key")],
)
def test_a_configuration_that_cannot_work_is_refused(wrong: dict, why: str):
    with pytest.raises(ConfigurationError, match=why):
        OpenAIEmbedder(**{"base_url": "https://api.example/v1", "model": "m", **wrong})
