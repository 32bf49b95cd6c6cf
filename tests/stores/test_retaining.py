"""Texts that are old enough go, all else stays, and the log says up to which day."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.digests import digest
from gateway.domain.principals import Principal, Role
from gateway.stores import retaining
from gateway.stores.connecting import parsed
from gateway.stores.holding import placed
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.retaining import Retention
from gateway.stores.texts import SQLTexts
from tests.stores.databases import alter, rows
from tests.stores.material import chunk, document, edges, entering, faults, ingested, run

BY = Principal("lineward", "", frozenset({Role.ADMIN}))
SOC = Principal("soc", "acme")
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OLD, NEW = NOW - timedelta(days=100), NOW - timedelta(days=10)
DECLARED, SHARED, OUTDATED, CURRENT = "Declared once.", "Used again.", "The old version.", "The version of today."


def at(when, *events):
    return [replace(event, at=when) for event in events]


def response(who, answer, when, *texts):
    used = edges(*(chunk(f"{text}.md", text=text) for text in texts))
    start, end = run(*used, end_user=who)
    body = replace(end.body, released=digest(answer), content={digest(answer): answer})
    return at(when, start, replace(end, body=body))


@pytest.fixture
def store(url):
    with closing(open_store(url)) as store:
        kb = document(text=OUTDATED)
        store.append(at(OLD, ingested(entering(kb)), ingested(entering(document(text=CURRENT), outcome="changed"))))
        store.append(response("old", "Said long ago.", OLD, DECLARED, SHARED))
        store.append(response("old", "Said to both.", OLD))
        store.append(response("old", "Said to both.", NEW, SHARED))
        store.append(response("new", "Said lately.", NEW))
        yield store


def retain(store, url, days=30, **more):
    return Retention(store, default_masters(parsed(url)), timedelta(days=days)).run(BY, now=NOW, **more)


def kept(url):
    texts = "Said long ago.", "Said to both.", "Said lately.", DECLARED, SHARED, OUTDATED, CURRENT
    with closing(SQLTexts(url)) as opened:
        return {*opened.kept("acme", [*map(digest, texts)]).values()}


def whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def test_what_nothing_has_used_since_goes_and_every_proof_holds(store, url):
    before = kept(url)
    done = retain(store, url)

    assert before - kept(url) == {"Said long ago.", DECLARED, OUTDATED}
    assert (done.kind, done.texts) == ("retention", 3)
    assert done.index is not None
    assert whole(url) == []


def test_a_record_stays_although_its_texts_are_gone(store, url):
    with closing(open_ledger(url)) as ledger:
        before, _ = ledger.responses("acme", limit=9)
        retain(store, url)
        after, _ = ledger.responses("acme", limit=9)

    assert [replace(one, question="") for one in before] == [replace(one, question="") for one in after]


def test_a_dry_run_counts_and_a_second_run_finds_nothing(store, url):
    would = retain(store, url, dry_run=True)
    untouched = len(kept(url)) == 7
    retain(store, url)
    again = retain(store, url)

    assert (would.texts, would.index, untouched) == (3, None, True)
    assert (again.texts, again.index) == (0, None)


def test_many_texts_are_removed_in_small_transactions(store, url, monkeypatch):
    monkeypatch.setattr(retaining, "PAGE", 1)
    done = retain(store, url)
    ((entries,),) = rows(url, "SELECT COUNT(*) FROM erasure")

    assert done.texts == 3
    assert entries >= 3
    assert whole(url) == []


def test_keys_that_seal_nothing_any_more_are_shredded(store, url):
    count = "SELECT COUNT(*) FROM content_key WHERE kind = 'document'"
    before = rows(url, count)
    retain(store, url)

    assert (before, rows(url, count)) == ([(3,)], [(2,)])


@pytest.mark.parametrize(
    ("kind", "target", "stays"),
    [
        ("subject", "old", {"Said long ago."}),
        ("document", f"{DECLARED}.md", {DECLARED}),
        ("document", "page-1.md", {OUTDATED}),
    ],
)
def test_what_is_held_stays(store, url, kind, target, stays):
    store.append([placed(SOC, kind, target)])
    retain(store, url)

    assert stays <= kept(url)
    assert len(kept(url)) == 4 + len(stays)


def test_a_held_response_keeps_all_that_it_was_made_of(store, url):
    with closing(open_ledger(url)) as ledger:
        page, _ = ledger.responses("acme", limit=9)
    store.append([placed(SOC, "response", page[-1].id)])
    retain(store, url)

    assert {"Said long ago.", DECLARED} <= kept(url)
    assert OUTDATED not in kept(url)


def test_a_text_comes_back_when_it_is_used_again(store, url):
    """What the writer remembers to be there is not there any more."""
    retain(store, url)
    store.append(response("old", "Said long ago.", NOW, DECLARED))

    assert {"Said long ago.", DECLARED} <= kept(url)
    assert whole(url) == []


def test_a_younger_text_that_is_missing_is_a_fault_all_the_same(store, url):
    retain(store, url)
    alter(url, "DELETE FROM sealed_text WHERE used = (SELECT MAX(used) FROM sealed_text)")

    assert any("is missing" in fault.problem for fault in whole(url))


def test_a_version_that_came_again_and_went_again_keeps_its_texts_as_long_as_any(store, url):
    """The entry that brought it again says that they are there."""
    again = ingested(entering(document(text=OUTDATED), outcome="changed"))
    store.append(at(NEW, again, ingested(entering(document(text=CURRENT), outcome="changed"))))
    retain(store, url)

    assert OUTDATED in kept(url)
    assert whole(url) == []


def test_a_version_that_comes_again_while_texts_are_removed_keeps_them(store, url, monkeypatch):
    monkeypatch.setattr(retaining, "PAGE", 1)
    amend = store.amend
    coming = [*at(NOW, ingested(entering(document(text=OUTDATED), outcome="changed")))]

    def interrupted(change):
        if coming:
            store.append([coming.pop()])
        return amend(change)

    monkeypatch.setattr(store, "amend", interrupted)
    retain(store, url)

    assert OUTDATED in kept(url)
    assert whole(url) == []
