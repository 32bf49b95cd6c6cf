from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.errors import ConfigurationError
from gateway.stores import resealing
from gateway.stores.asides import Aside
from gateway.stores.compression import compressor
from gateway.stores.connecting import parsed
from gateway.stores.masters import Masters, default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.packing import pack_digest
from gateway.stores.resealing import Resealing
from gateway.stores.texts import SQLTexts
from tests.stores.databases import rows
from tests.stores.earlier import in_the_clear, texts
from tests.stores.material import chunk, document, edges, entering, faults, ingested, run

EVENTS = [
    ingested(entering(document(), "one", "two")),
    *run(*edges(chunk("declared.md", text="What was declared."))),
    *run(end_user="u-2", tenant="umbrella"),
]


@pytest.fixture
def url(database):
    """A store that an earlier release has left, with a text that no entry speaks of."""
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(EVENTS)
    in_the_clear(url, EVENTS)
    with closing(Aside(url, "test")) as aside, aside.transaction() as ask:
        stray = ("acme", pack_digest(digest("Stray.")), compressor().pack_text(b"Stray."))
        ask.run("INSERT INTO blob VALUES (?, ?, ?)", stray)
    return url


def count(url, table):
    return rows(url, f"SELECT COUNT(*) FROM {table}")[0][0]


def is_whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger) == []


def test_texts_of_an_earlier_release_are_sealed_when_the_store_is_opened(url):
    open_store(url).close()
    wanted = {name: text for event in EVENTS if event.tenant == "acme" for name, text in texts(event).items()}
    with closing(SQLTexts(url)) as opened:
        found = opened.kept("acme", [*wanted, digest("Stray.")])

    assert found == wanted | {digest("Stray."): "Stray."}
    assert count(url, "blob") == 0
    assert is_whole(url)


def test_what_was_broken_off_is_done_when_it_is_opened_again(url, monkeypatch):
    monkeypatch.setattr(resealing, "PAGE", 2)
    first = Resealing(parsed(url), default_masters(parsed(url)))
    with first._transaction() as (cursor, ask):
        first._page(cursor, ask, 0)
    between = count(url, "sealed_text")
    open_store(url).close()

    assert 0 < between < count(url, "sealed_text")
    assert count(url, "blob") == 0
    assert is_whole(url)


def test_a_store_is_not_opened_without_the_keys_of_its_texts(url, tmp_path):
    """A new key beside the old texts would hide that the old key is lost."""
    open_store(url).close()
    with pytest.raises(ConfigurationError, match=r"is not in store\.key_file"):
        open_store(url, masters=Masters(tmp_path / "another.key"))

    assert not (tmp_path / "another.key").exists()


def test_all_keys_are_wrapped_anew_and_no_text_is_touched(url):
    open_store(url).close()
    masters = default_masters(parsed(url))
    query = "SELECT name, text FROM sealed_text ORDER BY name"
    before = rows(url, query)
    name = masters.rotate()
    done = Resealing(parsed(url), masters).rewrap()
    masters.drop([name])
    after, wrapping = rows(url, query), rows(url, "SELECT DISTINCT master FROM content_key")

    assert done == count(url, "content_key")
    assert Resealing(parsed(url), masters).rewrap() == 0
    assert (after, wrapping) == (before, [(name,)])
    assert is_whole(url)
