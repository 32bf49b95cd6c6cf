from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import chromadb
import pytest
from chromadb.config import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.retrievers.entries import chunk, entry_ids, metadata, stamp

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(
    TEXT,
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
    st.lists(TEXT, max_size=3).map(tuple),
)
CHUNKS = st.builds(
    Chunk,
    source=st.builds(Source, TEXT, TEXT),
    document=TEXT,
    version=TEXT,
    ordinal=st.integers(0, 10_000),
    text=TEXT,
    how=st.just(How.RETRIEVED),
    title=st.none() | TEXT,
    url=st.none() | TEXT,
    labels=st.dictionaries(TEXT, VALUES, max_size=4).map(Facts),
    score=st.just(0.5),
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    client = chromadb.PersistentClient(tmp_path_factory.mktemp("entries"), Settings(anonymized_telemetry=False))
    yield client.get_or_create_collection("entries", embedding_function=None)
    client.close()


def types(labels):
    return {name: type(value) for name, value in labels.items()}


@given(original=CHUNKS)
def test_a_chunk_comes_back_from_its_entry(original):
    back = chunk(original.text, metadata("acme", original), 0.5)

    assert back == original
    assert types(back.labels) == types(original.labels)


@settings(max_examples=50)
@given(original=CHUNKS)
def test_chroma_keeps_what_an_entry_says(collection, original):
    """To the last bit and type: Chroma itself loses empty lists, and rounds fractions and large integers."""
    collection.upsert(ids=["one"], embeddings=[[1.0]], documents=[original.text], metadatas=[metadata("t", original)])
    found = collection.get(ids=["one"], include=["documents", "metadatas"])
    collection.delete(ids=["one"])

    back = chunk(found["documents"][0], found["metadatas"][0], 0.5)

    assert back == original
    assert types(back.labels) == types(original.labels)


ONE = Chunk(Source("file", "/kb"), "a.md", "v1", 0, "text", How.RETRIEVED, title="T", labels=Facts(trust="web", n=1))


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, source=Source("file", "/other")),
        replace(ONE, source=Source("file/", "kb")),
        replace(ONE, document="b.md"),
        replace(ONE, version="v2"),
        replace(ONE, text="other", digest=""),
        replace(ONE, title=None),
        replace(ONE, url="https://example.com"),
        replace(ONE, labels=Facts(trust="web")),
        replace(ONE, labels=Facts(trust="web", n=1.0)),
        replace(ONE, labels=Facts(trust="web", n=True)),
        replace(ONE, labels=Facts(trust=("web",), n=1)),
    ],
)
def test_what_differs_has_other_ids(other):
    assert entry_ids("acme", [other]) != entry_ids("acme", [ONE])


def test_ids_are_the_tenant_s_own_and_the_same_each_time():
    turned = replace(ONE, labels=Facts(n=1, trust="web"))

    assert entry_ids("acme", [ONE]) == entry_ids("acme", [turned])
    assert entry_ids("acme", [ONE]) != entry_ids("rival", [ONE])


def test_one_chunk_more_changes_the_stamp_of_all():
    second = replace(ONE, ordinal=1, text="more", digest="")

    assert stamp([ONE, second]) != stamp([ONE])
    assert len({*entry_ids("acme", [ONE, second]), *entry_ids("acme", [ONE])}) == 3


def test_labels_can_be_filtered_by():
    said = metadata(
        "acme", replace(ONE, labels=Facts(readers=("hr",), expires_at=datetime(1970, 1, 1, 0, 1, tzinfo=UTC)))
    )

    assert said["label.readers"] == ["hr"]
    assert said["time.expires_at"] == 60_000_000
    assert said["tenant"] == "acme"


def test_a_text_that_was_changed_behind_our_back_is_told_by_its_digest():
    assert chunk("tampered", metadata("acme", ONE), 1).digest != ONE.digest
