from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.digests import digest
from gateway.stores.keeping import beginning, day
from gateway.stores.opening import open_store
from gateway.stores.packing import pack_time
from gateway.stores.texts import SQLTexts
from tests.stores.databases import rows
from tests.stores.material import chunk, document, edges, entering, ingested, run


def test_an_equal_text_is_stored_once_for_each_whose_it_is(url):
    store = open_store(url)
    store.append([event for who in ("u-1", "u-1", "u-2") for event in run(end_user=who, application="a")])
    store.append([*run(end_user="u-1", application="b"), ingested(entering(document("x.md"), "Same.", "Same."))])
    store.close()

    assert len(rows(url, "SELECT key FROM sealed_text")) == 1 + 2 + 2 + 1
    with closing(SQLTexts(url)) as texts:
        assert texts.kept("acme", [digest("You may."), digest("Same."), digest("?")]) == {
            digest("You may."): "You may.",
            digest("Same."): "Same.",
        }
        assert texts.kept("umbrella", [digest("You may.")]) == {}


def test_no_text_and_no_digest_of_one_stands_among_the_texts(url):
    store = open_store(url)
    store.append(run())
    store.close()
    stored = b"".join(part for row in rows(url, "SELECT name, text FROM sealed_text") for part in row) + b"".join(
        part for row in rows(url, "SELECT owner, wrapped FROM content_key") for part in row
    )

    assert b"You may." not in stored
    assert bytes.fromhex(digest("You may.")[7:]) not in stored


def test_what_was_said_is_marked_with_the_day_of_its_last_use_and_a_chunk_with_the_day_it_came(url):
    """Whoever remembers that it is there, and whoever does not."""
    store = open_store(url)
    start, end = run(*edges(chunk()))
    store.append([start, end])
    first = day(pack_time(start.at))
    for days in (3, 3, 1):
        again = run(*edges(chunk()))
        if days == 1:
            store.close()
            store = open_store(url)
        store.append([replace(event, at=start.at + timedelta(days=days)) for event in again])
        marked = {*rows(url, "SELECT kind, used FROM sealed_text JOIN content_key ON key = id")}

        assert marked == {("subject", first + 3), ("document", first)}
    store.close()


def test_an_outcome_finds_whose_it_is_in_another_process(url):
    start, end = run(end_user="u-7")
    for event in (start, end):
        store = open_store(url)
        store.append([event])
        store.close()
    keys = rows(url, "SELECT COUNT(*) FROM content_key WHERE kind = 'subject'")

    assert keys == [(1,)]


def test_a_day_begins_at_midnight_in_utc():
    first = pack_time(datetime(2026, 6, 30, tzinfo=UTC))

    assert beginning(day(first + 1)) == first
    assert day(first - 1) == day(first) - 1
