from contextlib import closing

import pytest

from gateway.domain.documents import How
from gateway.stores import owndocuments
from gateway.stores.opening import open_store
from tests.stores.material import activated, chunk, document, edges, entering, ingested, run, told


@pytest.fixture
def store(database):
    with closing(open_store(database.prepared())) as store:
        yield store


def declared(name):
    return chunk(name, how=How.DECLARED)


def theirs(store, person="jane"):
    def asked(ask):
        numbers = owndocuments.declared(ask, "acme", person)
        return owndocuments.named(ask, "acme", owndocuments.alone(ask, "acme", numbers, person))

    return [one.document for one in store.look(asked).values()]


def test_only_what_nobody_else_declared_and_what_entered_in_no_other_way_is_theirs(store):
    store.append([ingested(entering(document("kb.md")))])
    store.append(run(*edges(*map(declared, ("own.md", "kb.md", "both.md", "found.md"))), end_user="jane"))
    store.append(run(*edges(declared("both.md")), end_user="john"))
    store.append(run(*edges(chunk("found.md", how=How.RETRIEVED)), end_user="jane"))

    assert theirs(store) == ["own.md"]
    assert theirs(store, "john") == []


def test_people_who_were_erased_do_not_count_but_nobody_who_never_had_a_name_does(store):
    store.append(run(*edges(declared("both.md"), declared("any.md")), end_user="john"))
    store.append(run(*edges(declared("both.md"), declared("any.md")), end_user="jane"))
    store.append(run(*edges(declared("any.md")), end_user=""))

    def erased(ask):
        ask.run("UPDATE response SET end_user = '' WHERE seq = ?", (0,))
        ask.run("DELETE FROM salt WHERE event = ?", (0,))
        return activated()

    before = theirs(store)
    store.amend(erased)
    numbers = store.look(lambda ask: owndocuments.declared(ask, "acme", "jane"))
    untouched = store.look(lambda ask: owndocuments.untouched(ask, "acme", numbers, "jane"))

    assert (before, theirs(store), untouched) == ([], ["both.md"], [])


def test_the_parts_lose_their_names_with_the_entries_that_brought_them(store):
    store.append(run(*edges(declared("own.md")), end_user="jane"))
    store.append(run(*edges(chunk("own.md", 7, how=How.DECLARED)), end_user="jane"))
    named = store.look(lambda ask: owndocuments.named(ask, "acme", owndocuments.declared(ask, "acme", "jane")))
    parts = store.look(lambda ask: owndocuments.parts(ask, named))
    renamed = []

    def change(ask):
        renamed.append(parts.rename(ask, {2}))
        chunks = ask.rows("SELECT digest FROM chunk ORDER BY id")
        renamed.append([bytes(row[0])[1:].startswith(b"erased:") or b"erased:" in bytes(row[0]) for row in chunks])
        renamed.append([one.document for one in parts.rename(ask, {0}).values()])
        return activated()

    store.amend(change)

    assert (len(parts.chunks), {*parts.chunks.values()}) == (2, {0, 2})
    assert renamed == [{}, [False, True], ["own.md"]]


def test_what_was_theirs_before_is_looked_at_from_there_on(store):
    """Also what spans tell later of a response that was there before."""
    other = run(*edges(declared("else.md")), end_user="john")
    store.append([*other, *run(*edges(declared("own.md")), end_user="jane")])
    numbers = store.look(lambda ask: owndocuments.declared(ask, "acme", "jane"))

    def still():
        return store.look(lambda ask: owndocuments.alone(ask, "acme", numbers, "jane", 4))

    before = still()
    store.append(run(*edges(declared("own.md")), end_user="jane"))
    again = still()
    store.append([told(other[0], chunk("own.md", how=How.TRACED))])
    late = still()
    store.append(run(*edges(declared("own.md")), end_user="mary"))

    assert (before, again, late, still()) == (numbers, numbers, [], [])
