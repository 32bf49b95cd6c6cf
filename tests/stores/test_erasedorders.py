"""What is erased with somebody was out of use, or had been held: the register works to the end, and tells of it."""

from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.domain.documents import How, Source
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import Quarantined, RunEvent, RunState
from gateway.stores import erasing, personal
from gateway.stores.connecting import parsed
from gateway.stores.erasedorders import GIVEN_UP, Orders
from gateway.stores.erasing import Eraser
from gateway.stores.holding import active, placed, released
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from gateway.stores.sought import Named
from tests.stores.databases import rows
from tests.stores.material import KB, chunk, document, edges, entering, faults, ingested, run

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
LETTER = chunk("letter.md", text="The letter of Jane.", how=How.DECLARED)


def quarantined(name, source=KB, *, gone=False):
    body = Quarantined(source, name, f"{name} tells lies", gone, principal=ADMIN)
    return RunEvent(new_id(), RunState.COMPLETE, body, "acme")


@pytest.fixture
def eraser(store, url, monkeypatch):
    monkeypatch.setattr(personal, "PAGE", 2)
    monkeypatch.setattr(erasing, "REST", 0)
    for _ in range(3):
        store.append(run(*edges(LETTER), end_user="jane"))
    store.append([placed(ADMIN, "document", "letter.md", "the letter")])
    store.amend(lambda ask: released(ADMIN, active(ask, "acme")[0]))
    store.append([quarantined("letter.md"), quarantined("letter.md", gone=True), quarantined("letter.md")])
    return Eraser(store, default_masters(parsed(url)))


def whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def test_a_document_is_out_of_use_until_it_is_gone_and_then_its_quarantine_is_given_up(url, store, eraser):
    amend, steps = store.amend, []

    def watched(change):
        index = amend(change)
        there = {digest for one in register.contained() for digest in one.chunks if one.tenant == "acme"}
        steps.append((bool(rows(url, "SELECT 1 FROM document WHERE name = 'letter.md'")), LETTER.digest in there))
        assert whole(url) == []
        return index

    with closing(Questions(url)) as questions:
        register = SQLQuarantines(questions)
        version, would = register.version(), eraser.subject(ADMIN, "jane", dry_run=True)[0]
        store.amend = watched
        done, _ = eraser.subject(ADMIN, "jane")
        entries, _ = register.history("acme", limit=9)
        left, changed = register.contained(), register.version() != version

    assert (would.given_up, done.given_up, done.entries) == (["letter.md"], ["letter.md"], would.entries)
    assert all(there == out_of_use for there, out_of_use in steps) and steps[0] == (True, True)
    assert [(one.document, one.released, one.reason) for one in entries] == [
        ("erased:1", True, GIVEN_UP), ("erased:1", False, ""), ("erased:1", True, ""), ("erased:1", False, "")
    ]  # fmt: skip
    assert ([*left], changed) == ([], True)
    assert {target for (target,) in rows(url, "SELECT target FROM hold")} == {"erased:1"}
    assert done.index is not None and rows(url, f"SELECT type FROM event WHERE idx = {done.index}") == [("erasure",)]


def test_where_it_broke_off_before_that_the_same_again_gives_it_up(url, store, eraser):
    amend = store.amend

    def breaking(change):
        if not rows(url, "SELECT 1 FROM document WHERE name = 'letter.md'"):
            raise KeyboardInterrupt
        return amend(change)

    store.amend = breaking
    with pytest.raises(KeyboardInterrupt):
        eraser.subject(ADMIN, "jane")
    store.amend = amend
    eraser.subject(ADMIN, "jane")
    with closing(Questions(url)) as questions:
        (last, *_), _ = SQLQuarantines(questions).history("acme", limit=1)

    assert (last.released, last.reason, whole(url)) == (True, GIVEN_UP, [])


def test_of_a_name_that_another_source_has_too_the_holds_stay_named(store):
    crm, letter = Source("web", "crm"), Named(KB, "letter.md")
    store.append([*run(*edges(LETTER), end_user="jane"), ingested(entering(document("letter.md", source=crm)))])
    store.append([placed(ADMIN, "document", "letter.md"), quarantined("letter.md"), quarantined("letter.md", crm)])
    one, both = (
        store.look(lambda ask, gone=gone: Orders.about(ask, "acme", gone))
        for gone in ({1: letter}, {1: letter, 2: Named(crm, "letter.md")})
    )

    assert (one.quarantines, one.holds) == ({4: 1}, {})
    assert (both.quarantines, len(both.holds)) == ({4: 1, 5: 2}, 1)
