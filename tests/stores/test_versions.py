from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.versions import COMPANIONS_MAX, SQLVersions
from tests.stores.material import chunk, document, edges, entering, ingested, run

MANY = [entering(document(f"page-{number}.md", f"Text {number}.")) for number in range(COMPANIONS_MAX + 5)]


@pytest.fixture
def versions(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document("a.md", "Whole."), "One.", "Two."), entering(document("b.md", "B.")))])
        store.append(run(*edges(chunk("declared.md", text="One."), chunk("c.md"))))
        store.append([ingested(*MANY)])
    with closing(Questions(url)) as questions:
        yield SQLVersions(questions)


def test_a_versions_chunks_come_in_order(versions):
    found = versions.chunks("a.md", digest("Whole."), "acme")

    assert [(one.ordinal, one.digest, one.tenant) for one in found] == [
        (0, digest("One."), "acme"), (1, digest("Two."), "acme"),
    ]  # fmt: skip
    assert versions.chunks("a.md", digest("Whole."), "rival") == []
    assert versions.chunks("a.md", digest("Other."), None) == []


def test_a_chunk_tells_in_every_place_how_it_came_in_and_with_what(versions):
    ingest, request = versions.origins(digest("One."), "acme")

    assert (ingest.document, ingest.by, ingest.application, ingest.collection) == ("a.md", "ingest", "indexer", "kb")
    assert ingest.companions == ["a.md", "b.md"]
    assert (request.document, request.by, request.application) == ("declared.md", "request", "support-bot")
    assert request.companions == ["declared.md", "c.md"]
    assert ingest.index < request.index
    assert versions.origins(digest("One."), "rival") == []


def test_of_very_many_that_came_with_it_the_first_are_named(versions):
    (origin,) = versions.origins(digest("Text 7."), None)

    assert len(origin.companions) == COMPANIONS_MAX
    assert origin.companions_total == len(MANY)
