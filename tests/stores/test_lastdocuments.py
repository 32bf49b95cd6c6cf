"""Several people who declared the same document are erased at the same time: in whatever order, the log is whole."""

import random
import threading
from contextlib import closing
from dataclasses import replace
from itertools import cycle
from queue import SimpleQueue

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import How
from gateway.domain.erasures import HoldsIt
from gateway.domain.principals import Principal, Role
from gateway.stores import erasing, personal
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.holding import active, placed, released
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.texts import SQLTexts
from tests.stores.databases import rows
from tests.stores.material import chunk, edges, ended, faults, intent, outcome, started

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
TEXT, LATER = "The contract that both of them signed in March.", "The contract as it was in April."
LETTER, AGAIN = (chunk("contract.md", number, text, how=How.DECLARED) for number, text in enumerate((TEXT, LATER)))


def said(who, number, *used):
    start = started(intent(*edges(*used), end_user=who, question=f"Question {number} of {who}?"))
    return start, ended(start, outcome(f"Answer {number} to {who}."))


def whole(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def erase(who):
    return lambda store, url: Eraser(store, default_masters(parsed(url))).subject(ADMIN, who)


def declares(who, *numbers):
    def work(store, url):
        for number in numbers:
            store.append(said(who, number, LETTER, AGAIN))

    return work


def interleaved(url, works, order):
    """Let each of *works* do one transaction after the other, whose turn it is says *order*; verify after each."""
    go, told, alive, problems = [threading.Semaphore(0) for _ in works], SimpleQueue(), {*range(len(works))}, []

    def turn(number, one):
        def taken(*arguments):
            told.put((number, True))
            go[number].acquire()
            return one(*arguments)

        return taken

    def run(number):
        try:
            with closing(open_store(url)) as store:
                store.amend, store.append = turn(number, store.amend), turn(number, store.append)
                works[number](store, url)
        except Exception as exc:
            problems.append(exc)
        finally:
            told.put((number, False))

    threads = [threading.Thread(target=run, args=(number,)) for number in alive]
    for thread in threads:
        thread.start()
    waiting = {}
    with closing(open_ledger(url)) as ledger:
        for number in cycle(order):
            if number in alive:
                while waiting.keys() != alive:
                    one, waits = told.get()
                    waiting[one] = True
                    if not waits:
                        alive.discard(one)
                        del waiting[one]
                problems.extend(faults(ledger))
            if not alive:
                break
            if number in alive:
                del waiting[number]
                go[number].release()
    for thread in threads:
        thread.join()
    return problems


def kept(url):
    with closing(SQLTexts(url)) as texts:
        return {*texts.kept("acme", [digest(TEXT), digest(LATER)]).values()}


def named(url):
    return [name for (name,) in rows(url, "SELECT name FROM document ORDER BY id")]


@pytest.fixture
def url(database, monkeypatch):
    monkeypatch.setattr(personal, "PAGE", 2)
    monkeypatch.setattr(personal, "TEXTS", 2)
    monkeypatch.setattr(erasing, "REST", 0)
    return database.prepared()


@pytest.mark.parametrize("seed", [0, 5, 7, 15])
def test_in_whatever_order_they_are_erased_the_log_is_whole_and_the_last_one_takes_the_document(url, seed):
    draw = random.Random(seed)
    before = [
        said(draw.choice(["jane", "john"]), number, *draw.choice([(LETTER,), (LETTER, AGAIN), ()]))
        for number in range(draw.randint(2, 7))
    ]
    with closing(open_store(url)) as store:
        store.append([event for pair in (*before, said("jane", 8, LETTER)) for event in pair])
    works = [declares("john", 20, 21), erase("jane"), erase("john")]
    problems = interleaved(url, works, [draw.randrange(3) for _ in range(40)] + [0, 1, 2])
    with closing(open_store(url)) as store:
        erase("john")(store, url)

    assert problems == []
    assert whole(url) == []
    assert kept(url) == set()
    assert [name for name in named(url) if not name.startswith("erased:")] == []


def test_what_nobody_declared_stays_whoever_alone_was_fed_by_it(url):
    manual = chunk("manual.md", text="How the machine is started.", how=How.RECOGNISED)
    with closing(open_store(url)) as store:
        store.append([*said("jane", 1, LETTER, manual), *said("john", 2, replace(LETTER, how=How.RECOGNISED))])
        erase("jane")(store, url)
        between = named(url)
        erase("john")(store, url)

    assert between == ["contract.md", "manual.md"]
    assert (named(url), kept(url), whole(url)) == (["erased:1", "manual.md"], set(), [])


def test_evidence_of_somebody_who_was_erased_before_keeps_its_documents_while_it_is_held(url):
    """A hold on a response of theirs, which is nobody's by now, is a hold on what it was fed with."""
    first, answer = said("jane", 1, LETTER)
    with closing(open_store(url)) as store:
        store.append([first, answer, *said("john", 2, LETTER)])
        erase("jane")(store, url)
        store.append([placed(ADMIN, "response", first.run, "case 10")])
        with pytest.raises(HoldsIt, match="case 10"):
            erase("john")(store, url)

    assert (kept(url), named(url), whole(url)) == ({TEXT}, ["contract.md"], [])


def test_a_document_under_a_hold_stays_until_it_is_released(url):
    hold = placed(ADMIN, "document", "contract.md", "case 9")
    with closing(open_store(url)) as store:
        store.append([*said("jane", 1, LETTER), *said("john", 2, LETTER), hold])
        erase("jane")(store, url)
        with pytest.raises(HoldsIt, match="case 9"):
            erase("john")(store, url)
        between = kept(url)
        store.amend(lambda ask: released(ADMIN, active(ask, "acme")[0]))
        erase("john")(store, url)

    assert (between, kept(url), whole(url)) == ({TEXT}, set(), [])
