from contextlib import closing

import pytest

from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import Quarantined, RunEvent, RunState
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.quarantines import SQLQuarantines
from gateway.stores.questions import Questions
from tests.stores.material import KB, document, entering, faults, ingested

SOC = Principal("soc", "acme", frozenset({Role.RESPONDER}), end_user="ann")


def ordered(name: str, *, released: bool = False, tenant: str = "acme", source: Source = KB, **more):
    return RunEvent(new_id(), RunState.COMPLETE, Quarantined(source, name, "why", released, **more), tenant)


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document("a.md", "One."), "First.", "Second."))])
        store.append([ingested(entering(document("a.md", "Two."), "Third."))])
        store.append([ordered("a.md", principal=SOC), ordered("b.md"), ordered("a.md", tenant="rival")])
        store.append([ordered("b.md", released=True), ordered("c.md", rule="poison", owner="sec", run="0193")])
    return url


@pytest.fixture
def register(url):
    with closing(Questions(url)) as questions:
        yield SQLQuarantines(questions)


def test_the_last_word_about_a_document_holds_and_all_versions_are_meant(register):
    held = {(one.tenant, one.document): one.chunks for one in register.contained()}

    assert set(held) == {("acme", "a.md"), ("acme", "c.md"), ("rival", "a.md")}
    assert held["acme", "a.md"] == {digest("First."), digest("Second."), digest("Third.")}
    assert held["rival", "a.md"] == frozenset()


def test_its_version_changes_with_it(register, url):
    before = register.version()
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document("z.md")))])
        same = register.version()
        store.append([ordered("a.md", released=True)])

    assert (before == same, register.version() > before) == (True, True)


def test_history_tells_who_and_why_newest_first(register):
    page, cursor = register.history("acme", limit=2)
    rest, _ = register.history("acme", limit=9, cursor=cursor)
    (of_one,) = register.history(None, document="c.md")[0]

    assert [(one.document, one.released) for one in [*page, *rest]] == [
        ("c.md", False), ("b.md", True), ("b.md", False), ("a.md", False),
    ]  # fmt: skip
    assert (rest[-1].application, rest[-1].person, rest[-1].source) == ("soc", "ann", str(KB))
    assert (of_one.rule, of_one.owner, of_one.run) == ("poison", "sec", "0193")
    with pytest.raises(BadRequest):
        register.history("acme", cursor="x")


def test_places_are_where_a_document_of_that_name_is(register):
    assert register.places("a.md", "acme") == [("acme", KB)]
    assert register.places("a.md", "rival") == []


def test_the_log_with_it_is_whole(url):
    ledger = open_ledger(url)

    assert faults(ledger) == []
    ledger.close()
