from datetime import UTC, datetime

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.domain.filters import AllOf, AnyOf, Compared, Comparison
from gateway.retrievers.chroma import ChromaAddress, close
from gateway.retrievers.entries import metadata
from gateway.retrievers.wheres import where

DAY = datetime(2026, 3, 1, tzinfo=UTC)
ENTRIES = {
    "a": (Source("file", "kb/x"), Facts(team="hr", size=3, fit=0.5, open=True, tags=("x", "y"), expires_at=DAY)),
    "b": (Source("file/kb", "x"), Facts(team="ops", size=7, fit=0.75, open=False, tags=("y",))),
    "c": (Source("s3://bucket", "x"), Facts(size=5)),
}


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    client = ChromaAddress(tmp_path_factory.mktemp("chroma")).open()
    found = client.create_collection("all", embedding_function=None)
    said = [
        metadata(
            "acme", Chunk(source, name, "v", 0, name, How.RETRIEVED, digest(name), title=f"T {name}", labels=labels)
        )
        for name, (source, labels) in ENTRIES.items()
    ]
    found.add(ids=[*ENTRIES], embeddings=[[0.0, 1.0]] * len(ENTRIES), documents=[*ENTRIES], metadatas=said)
    yield found
    close(client)


def compared(key: str, comparison: str, *values: object) -> Compared:
    return Compared(key, Comparison(comparison), values)


@pytest.mark.parametrize(
    ("filtering", "passing"),
    [
        (compared("team", "eq", "hr"), "a"),
        (compared("team", "ne", "hr"), "bc"),
        (compared("team", "in", "hr", "ops"), "ab"),
        (compared("team", "nin", "hr", "ops"), "c"),
        (compared("size", "gt", 3), "bc"),
        (compared("size", "gte", 3), "abc"),
        (compared("size", "lt", 5), "a"),
        (compared("size", "lte", 5), "ac"),
        (compared("size", "in", 3, 0.5), "a"),
        (compared("fit", "eq", 0.5), "a"),
        (compared("fit", "in", 1, 0.5, 0.75), "ab"),
        (compared("fit", "nin", 1, 0.5), "bc"),
        (compared("open", "eq", True), "a"),
        (compared("open", "ne", True), "bc"),
        (compared("expires_at", "lte", DAY), "a"),
        (compared("expires_at", "gt", DAY), ""),
        (compared("tags", "lacks", "x"), "bc"),
        (compared("tags", "lacks", "x", "y"), "c"),
        (compared("tags", "eq", "x"), ""),
        (compared("document", "in", "a", "c"), "ac"),
        (compared("title", "eq", "T b"), "b"),
        (compared("source", "eq", "file/kb/x"), "ab"),
        (compared("source", "ne", "file/kb/x"), "c"),
        (compared("source", "in", "s3://bucket/x", "none/such"), "c"),
        (compared("source", "nin", "s3://bucket/x", "none/such"), "ab"),
        (AllOf((compared("size", "gt", 3), compared("team", "eq", "ops"))), "b"),
        (AnyOf((compared("size", "eq", 3), AllOf((compared("size", "gt", 3), compared("team", "ne", "ops"))))), "ac"),
    ],
    ids=str,
)
def test_a_filter_lets_through_in_chroma_what_it_says(collection, filtering, passing):
    assert sorted(collection.get(where=where(filtering))["ids"]) == [*passing]
