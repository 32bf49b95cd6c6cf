"""The index of chunks follows the log, and what is kept; on both databases."""

from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.documents import ChunkState
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import RunState
from gateway.domain.searches import Match
from gateway.following import Following
from gateway.stores import chunkindexing, chunktables, segments
from gateway.stores.asides import Asked
from gateway.stores.chunktables import ChunkTables
from gateway.stores.connecting import parsed, reading
from gateway.stores.erasing import Eraser
from gateway.stores.holding import placed
from gateway.stores.masters import default_masters
from gateway.stores.retaining import Retention
from gateway.stores.segments import index_url
from gateway.stores.statements import Statements
from tests.stores.databases import read_whole, rows
from tests.stores.material import DROP, chunk, document, edges, ended, entering, ingested, intent, started, told
from tests.stores.searchable import searchable_chunks

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
LATER = datetime.now(UTC) + timedelta(days=100)


@pytest.fixture
def record(database):
    with ExitStack() as stack:
        yield searchable_chunks(database.prepared(), stack)


def indexed(record, tenant="acme"):
    """The chunks that have a place in the index, and those that have it without a text."""
    address = parsed(index_url(record.url))
    with closing(reading(address)) as connection:
        ask = Asked(connection.cursor(), sqlite=address.drivername == "sqlite")
        there = [entry for one in segments.segments(ChunkTables(ask), tenant, {}) for entry in one.entries.tolist()]
        return there, sorted(chunktables.textless(ask, there))


def asked(record, *used, **more):
    start = started(intent(*used, **more))
    record.store.append([start, ended(start)])
    return start


def retain(record):
    retention = Retention(record.store, default_masters(parsed(record.url)), timedelta(days=30))
    return retention.run(Principal("lineward", "", frozenset({Role.ADMIN})), now=LATER)


def test_chunks_of_ingests_and_of_requests_are_indexed_by_tenant(record):
    record.enter("a.md", "The blue kettle.", "The red kettle.")
    record.enter("b.md", "The green kettle.", tenant="rival")
    start = asked(record, *edges(chunk("c.md", text="The pasted kettle.")))
    record.store.append([told(start, chunk("d.md", text="The traced kettle."))])
    done = record.catch_up()

    assert done == 5
    assert indexed(record) == ([1, 2, 4, 5], [5])
    assert indexed(record, "rival") == ([3], [])
    assert record.found("kettle") == [("c.md", 0), ("a.md", 1), ("a.md", 0)]


def test_a_text_that_is_kept_later_is_found_from_then_on(record):
    """At first a policy dropped the chunk; later it was sent."""
    secret = chunk("secret.md", text="The combination is in the piano.")
    asked(record, *edges(secret, decision=DROP, state=ChunkState.DROPPED))
    record.catch_up()
    before = indexed(record), record.found("piano")
    asked(record, *edges(secret))
    record.catch_up()

    assert before == (([1], [1]), [])
    assert indexed(record) == ([1], [])
    assert record.found("piano") == [("secret.md", 0)]


def test_a_version_that_comes_back_is_found_again(record):
    record.enter("a.md", "The old toaster.")
    record.enter("a.md", "The new toaster.", outcome="changed")
    record.catch_up()
    retain(record)
    record.catch_up()
    gone = indexed(record), record.found("old toaster", match=Match.PHRASE)
    record.enter("a.md", "The old toaster.", outcome="changed")
    record.catch_up()

    assert gone == (([1, 2], [1]), [])
    assert indexed(record) == ([1, 2], [])
    assert [hit.current for hit in record.find("old toaster").data] == [True]


def test_retention_leaves_what_is_held(record):
    record.enter("a.md", "The old toaster.")
    record.enter("a.md", "The new toaster.", outcome="changed")
    record.store.append([placed(ADMIN, "document", "a.md", "a case")])
    record.catch_up()
    retain(record)
    record.catch_up()

    assert indexed(record) == ([1, 2], [])


@pytest.mark.parametrize("told_by", ["log", "eraser"])
def test_the_texts_of_an_erased_document_are_forgotten(record, told_by):
    record.enter("a.md", "The blue kettle.", "The red kettle.")
    record.enter("b.md", "The green kettle.")
    record.catch_up()
    before = rows(index_url(record.url), "SELECT lists FROM chunk_posting")
    Eraser(record.store, default_masters(parsed(record.url))).document(ADMIN, "a.md")
    forgotten = record.indexer.forget() if told_by == "eraser" else record.catch_up() and 2

    assert forgotten == 2
    assert indexed(record) == ([1, 2, 3], [1, 2])
    assert rows(index_url(record.url), "SELECT lists FROM chunk_posting") != before
    assert record.found("kettle") == [("b.md", 0)]
    assert record.indexer.forget() == 0


def test_what_a_follower_has_in_hand_when_it_is_erased_goes_with_the_next_entries(record):
    record.enter("a.md", "The blue kettle.")
    write = record.indexer.passed(0, 1)
    Eraser(record.store, default_masters(parsed(record.url))).document(ADMIN, "a.md")
    record.indexer.forget()
    record.cursors.lead(chunktables.NAME)
    record.cursors.move(chunktables.NAME, 0, 1, write)
    between = indexed(record)
    record.catch_up()

    assert between == ([1], [])
    assert indexed(record) == ([1], [1])


def test_the_index_is_made_again_and_is_the_same(record, monkeypatch):
    monkeypatch.setattr(chunkindexing, "PAGE", 2)
    record.enter("a.md", *(f"Kettle number {number}." for number in range(5)))
    record.catch_up()
    before = indexed(record), record.found("kettle number")
    Following.restart(record.following)
    empty = indexed(record)
    record.catch_up()

    assert empty == ([], [])
    assert (indexed(record), record.found("kettle number")) == before
    assert record.indexer.forget() == 0


def test_entries_that_bring_no_chunk_are_passed_over(record):
    asked(record)
    record.store.append([ended(started(), state=RunState.FAIL)])

    assert record.catch_up() == 3
    assert indexed(record) == ([], [])


def test_the_same_text_in_many_documents_is_found_in_all(record):
    record.store.append([ingested(*(entering(document(f"{at}.md", "One clause.")) for at in range(3)))])
    record.catch_up()

    assert record.found("one clause") == [("2.md", 0), ("1.md", 0), ("0.md", 0)]


@pytest.mark.parametrize("question", ["_came", "_one", "_used", "_entered", "_all"])
def test_what_is_asked_of_the_record_reads_no_whole_table(record, question):
    statement = Statements(parsed(record.url)).compiled(getattr(chunkindexing, question)(False))

    assert read_whole(record.url, statement) == set()


def test_a_chunk_without_letters_and_thousands_of_others_have_their_places(record, monkeypatch):
    monkeypatch.setattr(chunktables, "TOGETHER", 3)
    record.enter("a.md", *(f"Kettle {number}." if number % 4 else "* * *" for number in range(9)))
    record.catch_up()

    assert indexed(record) == ([*range(1, 10)], [])
    assert record.found("kettle 7") == [("a.md", 7)]
