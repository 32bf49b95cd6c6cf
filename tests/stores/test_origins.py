from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.documents import ChunkState, Source
from gateway.stores.opening import open_store
from gateway.stores.origins import SQLOrigins
from gateway.stores.questions import Questions
from tests.stores.material import KB, chunk, document, edges, entering, ingested, run


@pytest.fixture
def origins(url):
    with closing(Questions(url)) as questions:
        yield SQLOrigins(questions)


def of(one):
    """A chunk of the document *one*."""
    return chunk(one.id, text=one.text, source=one.source, version=one.version, url=one.url)


def test_each_chunk_of_a_response_comes_from_the_ingest_before_it(url, origins):
    first, second = document(), document(text="The second text.")
    earlier, later = ingested(entering(first)), ingested(entering(first))
    start, end = run(*edges(of(first)), *edges(chunk("never.md"), state=ChunkState.DROPPED))
    with closing(open_store(url)) as store:
        store.append([earlier, start, end, later, ingested(entering(second))])
    known, unknown = origins.of_response(start.run, "acme")

    assert (known.at, known.collection, known.document) == (earlier.at, "kb", first.id)
    assert (unknown.at, unknown.collection, unknown.state) == (start.at, "", ChunkState.DROPPED)
    assert origins.of_response(start.run, "rival") is None


def test_chunks_on_their_way_come_from_the_last_ingest_of_their_version(url, origins):
    one = document()
    event, again = ingested(entering(one)), ingested(entering(one, outcome="changed"))
    with closing(open_store(url)) as store:
        store.append([event, again])
    known, unknown, foreign = (
        origins.of_chunks([of(one)], "acme")[0],
        origins.of_chunks([of(replace(one, version="sha256:other"))], "acme")[0],
        origins.of_chunks([of(one)], "rival")[0],
    )

    assert (known.at, known.collection) == (again.at, "kb")
    assert (unknown.at, foreign.at) == (None, None)


def test_a_document_has_its_current_version_in_each_source(url, origins):
    first, second = document(), document(text="The second text.")
    elsewhere = document(source=Source("s3://kb", "x"))
    last = ingested(entering(second, outcome="changed"))
    with closing(open_store(url)) as store:
        store.append([ingested(entering(first), entering(elsewhere)), last, *run(*edges(chunk("declared.md")))])
        store.append([ingested(entering(first), tenant="rival")])
    found = {(one.tenant, one.source): one.version for one in origins.of_document(first.id, None)}

    assert found == {
        ("acme", KB): second.version,
        ("acme", elsewhere.source): elsewhere.version,
        ("rival", KB): first.version,
    }
    assert [one.tenant for one in origins.of_document(first.id, "rival")] == ["rival"]
    assert [(one.at, one.source) for one in origins.of_document("declared.md", "acme")] == [(None, KB)]
    assert origins.tenants_of(KB, None) == ["acme", "rival"]


def test_the_parts_of_datasets_are_found_by_source_name_address_and_collection(url, origins):
    by_source, by_name = document(source=Source("s3://kb", "x")), document("deep/a.pdf", source=Source("s3://kb", "y"))
    with closing(open_store(url)) as store:
        store.append([ingested(entering(by_source), entering(by_name))])
        store.append([*run(*edges(chunk("7", url="https://wiki.example/p/1")))])
        store.append([ingested(entering(document("theirs.md")), tenant="rival")])

    def found(*datasets, collections=frozenset()):
        return {part.document for part in origins.parts([Source(*one) for one in datasets], collections, "acme")}

    assert found(("s3://kb", "x")) == {by_source.id}
    assert found(("s3://kb", "y/deep/a.pdf")) == {by_name.id}
    assert found(("https://wiki.example", "p/1")) == {"7"}
    assert found(collections={"kb"}) == {by_source.id, by_name.id}
    assert found(("db", "nothing"), collections={"other"}) == set()


def test_the_parts_of_a_source_are_all_that_it_has(url, origins):
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document())), ingested(entering(document(text="The second text.")))])
    parts = [*origins.parts([KB], frozenset(), "acme")]

    assert [part.whole for part in parts] == [True, True]
    assert len({part.version for part in parts}) == 2
