from contextlib import closing

import pytest

from gateway.stores import sealedtexts
from gateway.stores.connecting import parsed, reading
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.queries import Asking, Queries
from gateway.stores.sealedtexts import wrong
from gateway.stores.statements import Statements
from gateway.stores.texts import Texts
from tests.stores.databases import alter, dumped, literal, restore, rows
from tests.stores.material import faults, run

PEOPLE = ("u-1", "u-2", "u-3")


@pytest.fixture(scope="module")
def kept(database):
    """A log of three people with the same answer, and its dump."""
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([event for who in PEOPLE for event in run(end_user=who, question=f"May {who}?")])
    return url, dumped(url)


@pytest.fixture
def url(kept):
    url, dump = kept
    yield url
    restore(url, dump)


@pytest.fixture
def found(url):
    with closing(reading(parsed(url))) as connection:
        ask = Asking(Queries(Statements(parsed(url))), connection.cursor(), None)
        yield lambda: wrong(ask, Texts(ask, default_masters(parsed(url))))


def copies(url):
    """Where the answer stands that all three have."""
    [(shared,)] = rows(url, f"SELECT name FROM sealed_text GROUP BY name HAVING COUNT(*) = {len(PEOPLE)}")
    return [(shared, key) for (key,) in rows(url, f"SELECT key FROM sealed_text WHERE name = {literal(shared)}")]


def test_what_was_sealed_is_whole_page_by_page(found, monkeypatch):
    monkeypatch.setattr(sealedtexts, "PAGE", 2)

    assert found() == (0, "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sealed_text SET text = X'00'",
        "UPDATE sealed_text SET text = (SELECT text FROM sealed_text WHERE name <> {name} ORDER BY name LIMIT 1)",
        "UPDATE sealed_text SET name = X'00'",
        "UPDATE sealed_text SET key = 99",
    ],
)
@pytest.mark.parametrize("person", range(len(PEOPLE)))
def test_each_copy_of_a_text_that_several_have_is_looked_at(url, found, person, change):
    name, key = copies(url)[person]
    where = f"WHERE name = {literal(name)} AND key = {key}"
    changed = alter(url, f"{change.format(name=literal(name))} {where}")
    count, first = found()
    with closing(open_ledger(url)) as ledger:
        told = faults(ledger)[-1]

    assert (changed, count) == ([1], 1)
    assert f"(1) that were altered or moved, the first is {first}" in told.problem


def test_without_the_key_of_an_owner_his_texts_are_wrong(url, found):
    [(_, key), *_] = copies(url)
    alter(url, f"DELETE FROM content_key WHERE id = {key}")
    [(count,)] = rows(url, f"SELECT COUNT(*) FROM sealed_text WHERE key = {key}")

    assert found()[0] == count > 1


def test_an_erased_person_leaves_nothing_that_is_wrong(url, found):
    [(_, key), *_] = copies(url)
    alter(url, f"DELETE FROM sealed_text WHERE key = {key}", f"DELETE FROM content_key WHERE id = {key}")

    assert found() == (0, "")
