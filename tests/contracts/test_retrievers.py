"""What every retriever promises; a new one is added to RETRIEVERS, with a request that gives it occasion."""

import pytest

from gateway.chunking import chunks
from gateway.dialects.chat import CHAT
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, Source
from gateway.domain.principals import Principal
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex, ChromaRetriever
from gateway.retrievers.inline import InlineRetriever
from tests.retrievers.words import WordEmbedder

WHO = Principal("bot", "acme", collections=("kb",))
TEXTS = ("red apples", "blue plums")


def documents():
    return [Document(Source("file", "/kb"), text, text, digest(text)) for text in TEXTS]


async def inline(_):
    yield InlineRetriever(), {"documents": [{"id": text, "text": text} for text in TEXTS]}


async def chroma(folder):
    embedder = WordEmbedder()
    collections = ChromaCollections({"kb": ChromaAddress(folder)})
    await ChromaIndex(collections, embedder).put(
        "kb", "acme", [chunks(one) for one in documents()], await embedder.embed(TEXTS)
    )
    yield ChromaRetriever(collections, embedder), {"collections": ["kb"]}
    collections.close()


RETRIEVERS = {"inline": inline, "chroma": chroma}


@pytest.fixture(params=RETRIEVERS)
async def occasion(request, tmp_path):
    """Return a retriever, and the fields of a request that gives it occasion to find the texts."""
    async for retriever, fields in RETRIEVERS[request.param](tmp_path):
        yield retriever, fields


def question(**fields):
    return CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "red apples"}], **fields})


async def test_chunks_are_identified_best_first(occasion):
    retriever, fields = occasion

    found = await retriever.retrieve(question(**fields), WHO)

    assert [chunk.text for chunk in found] == list(TEXTS)
    for position, chunk in enumerate(found, 1):
        assert isinstance(chunk, Chunk)
        assert chunk.digest == digest(chunk.text)
        assert chunk.document == chunk.text
        assert chunk.rank in (0, position)


async def test_without_occasion_there_are_no_chunks(occasion):
    retriever, _ = occasion

    assert list(await retriever.retrieve(question(), WHO)) == []


async def test_the_request_is_left_as_it_is(occasion):
    retriever, fields = occasion
    request = question(**fields)

    await retriever.retrieve(request, WHO)

    assert request == question(**fields)
