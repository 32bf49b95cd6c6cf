"""What every embedder promises; a new one is added to EMBEDDERS."""

import math
from collections.abc import Iterator

import pytest

from gateway.embedders.onnx import OnnxEmbedder
from gateway.embedders.openai import OpenAIEmbedder
from tests.embedders.serving import EmbeddingServer

EMBEDDERS = {"onnx": lambda _: OnnxEmbedder(), "openai": lambda url: OpenAIEmbedder(base_url=url, model="minilm")}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where a service embeds with the same model."""
    with EmbeddingServer() as server:
        yield server.url


@pytest.fixture(params=EMBEDDERS)
async def embedder(request, url):
    embedder = EMBEDDERS[request.param](url)
    yield embedder
    await embedder.aclose()


def cosine(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


async def test_there_is_one_vector_for_each_text_in_order(embedder):
    texts = ["A cat sat on the mat.", "x" * 3_000, "Quarterly revenue rose."]

    together = await embedder.embed(texts)
    alone = [(await embedder.embed([text]))[0] for text in texts]

    assert len(together) == 3
    assert all(cosine(a, b) > 0.999 for a, b in zip(together, alone, strict=True))


async def test_vectors_have_unit_length_and_one_dimension(embedder):
    vectors = await embedder.embed(["one", "two words", "", "日本語 \ud800"])

    assert len({len(vector) for vector in vectors}) == 1
    assert all(math.isclose(cosine(vector, vector), 1, abs_tol=1e-5) for vector in vectors)


async def test_nearness_is_nearness_of_meaning(embedder):
    question, near, far = await embedder.embed(
        ["How do I get my money back?", "Refunds are paid within ten days.", "The reactor uses liquid sodium."]
    )

    assert cosine(question, near) > cosine(question, far) + 0.1


async def test_no_texts_give_no_vectors(embedder):
    assert list(await embedder.embed([])) == []


async def test_the_version_is_a_name(embedder, url):
    assert embedder.version
    assert embedder.version in {make(url).version for make in EMBEDDERS.values()}
