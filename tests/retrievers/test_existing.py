import gc
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.chunking import Cut
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, ContextUnavailable
from gateway.retrievers import existing
from gateway.retrievers.chroma import ChromaAddress, close
from gateway.retrievers.existing import Existing
from tests.retrievers.server import chroma_server

PIECES = [
    ("a-0", "Ten days of leave.", {"source": "leave.md", "page": 0}),
    ("b-0", "Refunds take ten days.", {"source": "refunds.md", "title": "Refunds"}),
    ("a-1", "Ask your manager.", {"source": "leave.md", "page": 1}),
    ("lone", "Nobody knows where this is from.", None),
]


def fill(client, pieces=PIECES, name="docs"):
    collection = client.get_or_create_collection(name, embedding_function=None)
    collection.upsert(
        ids=[name for name, _, _ in pieces],
        documents=[text for _, text, _ in pieces],
        metadatas=[said for _, _, said in pieces],
        embeddings=[[float(at), 1.0] for at in range(len(pieces))],
    )
    return collection


@pytest.fixture
def folder(tmp_path) -> Path:
    address = ChromaAddress(tmp_path / "chroma")
    client = address.open()
    fill(client)
    close(client)
    return address.path


def told(found):
    return {one.document.id: [piece.text for piece in one.chunks] for one in found if isinstance(one, Cut)}


EXPECTED = {
    "leave.md": ["Ten days of leave.", "Ask your manager."],
    "refunds.md": ["Refunds take ten days."],
    "lone": ["Nobody knows where this is from."],
}


def test_the_documents_of_a_folder_come_whole_and_once(folder):
    found = list(Existing.parse(f"chroma:{folder}/docs").documents())

    assert told(found) == EXPECTED
    assert {one.document.source for one in found} == {Source("file", f"{folder}/docs")}


@pytest.mark.parametrize("page", [1, 2, 3])
def test_pages_do_not_part_documents(folder, page):
    client = ChromaAddress(folder).open()
    found = list(existing.documents(client.get_collection("docs", embedding_function=None), Source("file", "kb"), page))
    close(client)

    assert told(found) == EXPECTED


def test_entries_and_vectors_stay_as_they_are(folder):
    def content():
        client = ChromaAddress(folder).open()
        held = client.get_collection("docs", embedding_function=None).get(
            include=["documents", "metadatas", "embeddings"]
        )
        names = [one.name for one in client.list_collections()]
        close(client)
        return names, held["ids"], held["documents"], held["metadatas"], held["embeddings"].tolist()

    before = content()
    list(Existing.parse(f"chroma:{folder}/docs").documents())

    assert content() == before


def test_a_folder_of_another_version_of_chroma_is_not_upgraded(folder):
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as database, database:
        database.execute("DELETE FROM migrations WHERE rowid = (SELECT MAX(rowid) FROM migrations)")

    with pytest.raises(ContextUnavailable, match="'docs' cannot be read"):
        list(Existing.parse(f"chroma:{folder}/docs").documents())


def test_a_server_s_collection_has_its_openlineage_name(tmp_path):
    with chroma_server(tmp_path) as port:
        address = ChromaAddress(host="127.0.0.1", port=port)
        client = address.open()
        fill(client)
        close(client)

        found = list(Existing.parse(f"chroma://127.0.0.1:{port}/docs").documents())
        named = list(Existing.parse(f"chroma://127.0.0.1:{port}/docs").documents(Source("wiki", "all")))

    assert told(found) == EXPECTED
    assert found[0].document.source == Source(f"chroma://127.0.0.1:{port}", "default_tenant.default_database.docs")
    assert named[0].document.source == Source("wiki", "all")
    gc.collect()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("chroma://h:81/docs", Source("chroma://h:81", "default_tenant.default_database.docs")),
        ("chroma://h/t/d/docs", Source("chroma://h:8000", "t.d.docs")),
        ("chroma+https://h/docs", Source("chroma://h:443", "default_tenant.default_database.docs")),
        ("chroma:/data/chroma/docs", Source("file", "/data/chroma/docs")),
    ],
)
def test_addresses_are_read(text, source):
    assert Existing.parse(text).source == source


@pytest.mark.parametrize("text", ["chroma:kb", "chroma://h", "chroma://h:8000/a/b", "chroma://h:x/kb", "file:/x/y"])
def test_other_addresses_are_refused_with_the_forms_that_there_are(text):
    with pytest.raises(BadRequest, match="chroma://HOST:PORT/COLLECTION"):
        Existing.parse(text)


def test_what_is_not_there_is_not_made(tmp_path, folder):
    with pytest.raises(BadRequest, match="no folder of Chroma"):
        list(Existing.parse(f"chroma:{tmp_path}/absent/docs").documents())
    with pytest.raises(BadRequest, match="no collection 'other'"):
        list(Existing.parse(f"chroma:{folder}/other").documents())

    assert not (tmp_path / "absent").exists()


def test_the_gateway_s_own_collections_are_not_registered_again():
    with pytest.raises(BadRequest, match="collection of this gateway"):
        list(Existing.parse("chroma:/data/chroma/lineward.kb.0123").documents())


def test_a_server_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ContextUnavailable, match="'docs' cannot be read"):
        list(Existing.parse("chroma://127.0.0.1:1/docs").documents())


def test_entries_that_only_have_vectors_are_reported(folder):
    client = ChromaAddress(folder).open()
    collection = client.get_collection("docs", embedding_function=None)
    collection.add(ids=["v"], embeddings=[[1.0, 1.0]], metadatas=[{"source": "vectors.md"}])
    close(client)

    found = list(Existing.parse(f"chroma:{folder}/docs").documents())

    assert [one.message for one in found if isinstance(one, BadRequest)] == [
        f"vectors.md in file/{folder}/docs has no text, only vectors."
    ]
    assert told(found) == EXPECTED


def test_two_ways_to_the_same_name_are_reported_and_not_mixed(folder):
    client = ChromaAddress(folder).open()
    fill(client, [("c", "Another text.", {"file_path": "leave.md"})])
    close(client)

    found = list(Existing.parse(f"chroma:{folder}/docs").documents())

    assert told(found) == EXPECTED
    assert [one.code for one in found if isinstance(one, BadRequest)] == ["ambiguous"]
