"""The erasure of a person who has a lot: many short transactions, whole in between, and begun again after kill -9."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import digest
from gateway.domain.documents import How
from gateway.domain.erasures import HoldsIt
from gateway.domain.principals import Principal, Role
from gateway.stores import erasing, personal
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.holding import placed
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.texts import SQLTexts
from tests.stores.databases import rows
from tests.stores.material import chunk, edges, ended, faults, intent, outcome, started

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
JANE, OWN = "jane.doe", "The letter of Jane, which she declared again and again."
KILLED = """
import sys
from gateway.stores import erasing, personal
from tests.stores.test_personal import ADMIN, JANE, eraser_of
from gateway.stores.opening import open_store
personal.PAGE, personal.TEXTS, erasing.REST = 2, 2, 0.05
print("begins", flush=True)
eraser_of(open_store(sys.argv[1]), sys.argv[1]).subject(ADMIN, JANE)
"""


def declared(name, text):
    return chunk(name, text=text, how=How.DECLARED)


def said(who, number, *used):
    start = started(intent(*edges(*used), end_user=who, question=f"Question {number} of {who}?"))
    return start, ended(start, outcome("It is covered." if number % 2 else f"Answer {number}."))


def eraser_of(store, url):
    return Eraser(store, default_masters(parsed(url)))


@pytest.fixture
def url(database):
    return database.prepared()


@pytest.fixture
def store(url):
    letter, terms = declared("letter.md", OWN), declared("terms.md", "The terms that hold for everybody.")
    with closing(open_store(url)) as store:
        for number in range(8):
            store.append(said(JANE, number, *([letter] if number % 3 else []), terms))
            store.append(said("john", number, terms))
        store.append([accessed(ADMIN, "export subject", [f"subject/{JANE}"]) for _ in range(5)])
        yield store


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(personal, "PAGE", 2)
    monkeypatch.setattr(personal, "TEXTS", 2)
    monkeypatch.setattr(erasing, "REST", 0)


def whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def left(url):
    """What still speaks of the person: responses, their document, texts, entries with a name."""
    with closing(SQLTexts(url)) as texts:
        kept = texts.kept("acme", [digest(OWN), digest("Question 3 of jane.doe?"), digest("Question 3 of john?")])
    ((responses,),) = rows(url, f"SELECT COUNT(*) FROM response WHERE end_user = '{JANE}'")
    ((documents,),) = rows(url, "SELECT COUNT(*) FROM document WHERE name = 'letter.md'")
    ((named,),) = rows(url, f"SELECT COUNT(*) FROM access WHERE subject = 'subject/{JANE}'")
    return responses, documents, [*kept.values()], named


GONE = (0, 0, ["Question 3 of john?"], 0)


def test_it_is_done_in_many_transactions_and_the_log_is_whole_after_each(url, store, small):
    """Each of them tells what it did; whoever verifies meanwhile finds nothing wrong."""
    eraser = eraser_of(store, url)
    amend, problems = store.amend, []

    def watched(change):
        index = amend(change)
        problems.extend(whole(url))
        return index

    store.amend = watched
    would, _ = eraser.subject(ADMIN, JANE, dry_run=True)
    done, documents = eraser.subject(ADMIN, JANE)
    ((told,),) = rows(url, "SELECT COUNT(*) FROM erasure")

    assert problems == []
    assert (done.responses, done.entries) == (8, 16 + 5)
    assert replace(done, index=None, opening="") == would
    assert [one.document for one in documents] == ["letter.md"]
    assert told >= 8 / 2 + 5 / 2 + done.texts / 2 - 3
    assert left(url) == GONE


@pytest.mark.parametrize("steps", [1, 3, 5, 9])
def test_wherever_it_breaks_off_the_same_again_finishes_it(url, store, small, steps):
    """Also what documents were theirs alone is known, although a part of the responses is nobody's by then."""
    eraser, amend, done = eraser_of(store, url), store.amend, []

    def breaking(change):
        done.append(True)
        if len(done) > steps:
            raise KeyboardInterrupt
        return amend(change)

    store.amend = breaking
    with pytest.raises(KeyboardInterrupt):
        eraser.subject(ADMIN, JANE)
    store.amend = amend
    between = whole(url)
    store.append(said(JANE, 99, declared("letter.md", OWN)))
    eraser.subject(ADMIN, JANE)

    assert (between, whole(url)) == ([], [])
    assert left(url) == GONE


def test_a_document_that_somebody_else_declares_meanwhile_stays(url, store, small):
    eraser, amend, done = eraser_of(store, url), store.amend, []

    def declaring(change):
        done.append(True)
        if len(done) == 5:
            store.append(said("john", 50, declared("letter.md", OWN)))
        return amend(change)

    store.amend = declaring
    eraser.subject(ADMIN, JANE)
    responses, documents, texts, named = left(url)

    assert (responses, documents, named) == (0, 1, 0)
    assert OWN in texts
    assert whole(url) == []


def test_a_hold_that_is_placed_meanwhile_stops_it_and_says_what_was_done(url, store, small):
    eraser, amend, done = eraser_of(store, url), store.amend, []

    def holding(change):
        done.append(True)
        if len(done) == 3:
            store.append([placed(ADMIN, "subject", JANE, "case 17")])
        return amend(change)

    store.amend = holding
    with pytest.raises(HoldsIt, match=r"Not everything was erased: the legal hold .* \(case 17\)"):
        eraser.subject(ADMIN, JANE)

    assert whole(url) == []
    assert (left(url)[0], left(url)[3]) == (8, 1)


def test_who_is_answered_meanwhile_keeps_the_key(url, store, small):
    """The text of a question whose answer is still to come can be read until then."""
    eraser, amend, done = eraser_of(store, url), store.amend, []
    start = started(intent(end_user=JANE, question="And what of my car?"))

    def asking(change):
        done.append(True)
        if len(done) == 5:
            store.append([start])
        return amend(change)

    store.amend = asking
    with pytest.raises(HoldsIt, match="Not everything was erased: 1 responses of this person are still running"):
        eraser.subject(ADMIN, JANE)
    between = whole(url)
    store.amend = amend
    store.append([ended(start)])
    eraser.subject(ADMIN, JANE)

    assert (between, whole(url), left(url)) == ([], [], GONE)


def test_what_broke_off_long_ago_is_no_reason_to_wait(url, store):
    store.append([replace(started(intent(end_user=JANE)), at=datetime.now(UTC) - timedelta(hours=2))])

    assert eraser_of(store, url).subject(ADMIN, JANE)[0].responses == 9
    assert whole(url) == []


@pytest.mark.parametrize("delay", [0.1, 0.35])
def test_after_kill_9_the_same_again_finishes_it(url, store, delay):
    store.close()
    other = subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline()
    time.sleep(delay)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    between = whole(url)
    with closing(open_store(url)) as again:
        eraser_of(again, url).subject(ADMIN, JANE)

    assert (between, whole(url)) == ([], [])
    assert left(url) == GONE
