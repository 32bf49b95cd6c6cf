"""A document of many texts goes in several transactions."""

from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.erasures import HoldsIt
from gateway.domain.principals import Principal, Role
from gateway.stores import documented, erasing
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.holding import placed
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.texts import SQLTexts
from tests.stores.databases import rows
from tests.stores.material import chunk, document, edges, entering, faults, ingested, run

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
TEXTS = [f"Chapter {number} of the handbook." for number in range(7)]


@pytest.fixture
def url(database):
    return database.prepared()


@pytest.fixture
def store(url):
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document("book.md"), *TEXTS), entering(document("other.md"), TEXTS[0]))])
        store.append(run(*edges(chunk("book.md", text=TEXTS[0])), end_user="jane"))
        yield store


def test_its_texts_go_in_small_transactions_and_the_log_is_whole_after_each(url, store, monkeypatch):
    monkeypatch.setattr(documented, "PAGE", 3)
    monkeypatch.setattr(erasing, "REST", 0)
    amend, problems = store.amend, []

    def watched(change):
        index = amend(change)
        with closing(open_ledger(url)) as ledger:
            problems.extend(faults(ledger))
        return index

    store.amend = watched
    eraser = Eraser(store, default_masters(parsed(url)))
    would, _ = eraser.document(ADMIN, "book.md", dry_run=True)
    done, _ = eraser.document(ADMIN, "book.md")
    again, _ = eraser.document(ADMIN, "book.md")
    with closing(SQLTexts(url)) as texts:
        kept = texts.kept("acme", [*map(digest, TEXTS)])

    assert (would.texts, done.texts, again.texts, again.index) == (7, 7, 0, None)
    assert rows(url, "SELECT COUNT(*) FROM erasure") == [(3,)]
    assert problems == []
    assert [*kept.values()] == [TEXTS[0]]


@pytest.mark.parametrize(
    ("kind", "target"), [("document", "book.md"), ("chunk", digest(TEXTS[3])), ("subject", "jane"), ("response", "")]
)
def test_whoever_it_was_used_for_may_hold_it(store, url, kind, target):
    with closing(open_ledger(url)) as ledger:
        page, _ = ledger.responses("acme", limit=1)
    store.append([placed(ADMIN, kind, target or page[0].id)])
    eraser = Eraser(store, default_masters(parsed(url)))
    with pytest.raises(HoldsIt, match="Nothing was erased: the legal hold"):
        eraser.document(ADMIN, "book.md")
    store.append([placed(ADMIN, "subject", "somebody else"), placed(ADMIN, "response", "0193")])

    assert eraser.document(ADMIN, "other.md")[0].texts == 1
