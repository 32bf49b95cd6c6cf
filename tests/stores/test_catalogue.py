from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.documents import IngestedDocument, Source
from gateway.stores.additions import About, stored
from gateway.stores.catalogue import Catalogue
from gateway.stores.connecting import parsed, writing
from gateway.stores.opening import open_store
from gateway.stores.statements import Statements
from tests.stores.material import LABELS, chunk, document, edges, entering, ingested, intent, run, started


@pytest.fixture
def url(database):
    url = database.prepared()
    store = open_store(url)
    store.append(run(*edges(chunk(), chunk("b.md", 3))))
    store.close()
    return parsed(url)


@pytest.fixture
def cursor(url):
    with closing(writing(url)) as connection:
        yield connection.cursor()


@pytest.fixture
def catalogue(url):
    return Catalogue(Statements(url))


def asked(*chunks):
    return started(intent(*edges(*chunks)))


def test_what_is_known_keeps_its_number_and_adds_nothing(catalogue, cursor):
    first = catalogue.resolve(cursor, asked(chunk("b.md", 3), chunk()))
    again = catalogue.resolve(cursor, asked(chunk("b.md", 3), chunk()))

    assert first[0] == again[0] == [2, 1]
    assert first[1].dump() == again[1].dump() == b""


def test_what_is_new_gets_the_next_number_once(catalogue, cursor):
    numbers, additions = catalogue.resolve(cursor, asked(chunk("c.md"), chunk(), chunk("c.md"), chunk("c.md", 1)))

    assert numbers == [3, 1, 3, 4]
    assert [(new.id, new.name) for new in additions.documents] == [(3, "c.md")]
    assert [(new.id, new.document) for new in additions.versions] == [(3, 3)]
    assert [(new.id, new.version, new.ordinal) for new in additions.chunks] == [(3, 3, 0), (4, 3, 1)]
    assert additions.sources == []


def test_later_events_of_a_transaction_know_what_earlier_ones_added(catalogue, cursor):
    catalogue.resolve(cursor, asked(chunk("c.md", source=Source("s3://b", "k"))))
    numbers, additions = catalogue.resolve(cursor, asked(chunk("c.md", source=Source("s3://b", "k"))))

    assert numbers == [3]
    assert additions.dump() == b""


def test_what_was_rolled_back_is_added_again(catalogue, cursor):
    catalogue.resolve(cursor, asked(chunk("c.md")))
    catalogue.end(committed=False)
    numbers, additions = catalogue.resolve(cursor, asked(chunk("d.md")))

    assert numbers == [3]
    assert [new.name for new in additions.documents] == ["d.md"]


def test_what_another_process_added_is_known(catalogue, cursor, url):
    catalogue.resolve(cursor, asked(chunk()))
    catalogue.end(committed=True)
    other = open_store(url.render_as_string())
    other.append(run(*edges(chunk("c.md"))))
    other.close()
    numbers, additions = catalogue.resolve(cursor, asked(chunk("c.md"), chunk("d.md")))

    assert numbers == [3, 4]
    assert [new.name for new in additions.documents] == ["d.md"]


def test_tenants_share_no_entry(catalogue, cursor):
    numbers, additions = catalogue.resolve(cursor, started(intent(*edges(chunk())), tenant="other"))

    assert numbers == [3]
    assert len(additions.sources) == 1


def test_a_description_stands_with_the_version_and_with_a_chunk_only_if_it_differs(catalogue, cursor):
    special = chunk("c.md", 1, labels=LABELS | {"classification": "secret"})
    _, additions = catalogue.resolve(cursor, asked(chunk("c.md"), special))

    assert [new.about.labels is None for new in additions.chunks] == [True, False]
    assert additions.differing == {}


def test_how_a_known_chunk_was_described_is_noted_where_it_differs(catalogue, cursor):
    _, additions = catalogue.resolve(cursor, asked(chunk("b.md", 3), chunk(title="Another")))

    assert additions.differing.keys() == {1}
    assert additions.differing[1].title == "Another"


def test_an_ingest_gives_numbers_of_versions_that_entered(catalogue, cursor):
    entries = entering(document("c.md"), "x", "y"), entering(document("d.md"), outcome="unchanged")
    numbers, additions = catalogue.resolve(cursor, ingested(*entries))

    assert numbers == [3]
    assert [one.text for one in additions.texts] == ["x", "y"]
    assert all(new.kept for new in additions.chunks)


def test_how_an_ingest_described_a_known_chunk_is_noted_where_it_is_not_as_its_document(catalogue, cursor):
    page = document("pages.pdf", labels=LABELS | {"page": 1})
    catalogue.resolve(cursor, ingested(entering(page)))
    tight = LABELS | {"classification": "secret"}
    known = replace(entering(page).chunks[0], labels=tight | {"page": 1})
    again = IngestedDocument(replace(page, labels=tight), (known,), "changed")

    _, additions = catalogue.resolve(cursor, ingested(entering(document("new.md", "a b"), "a", "b"), again))

    assert additions.differing == {2: stored(About(known.title, known.url, known.labels))}
