from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.digests import digest
from gateway.stores.contentkeys import TenantKey
from gateway.stores.lastuses import LastUses
from gateway.stores.opening import open_store
from gateway.stores.packing import pack_time
from tests.stores.material import chunk, document, edges, entering, ingested, run, told

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = {"acme": TenantKey(b"a" * 32), "umbrella": TenantKey(b"u" * 32)}


@pytest.fixture
def store(database):
    with closing(open_store(database.prepared())) as store:
        yield store


def use(store, days, *texts, tenant="acme", document="a.md"):
    used = edges(*(chunk(document, ordinal, text) for ordinal, text in enumerate(texts)))
    store.append([replace(event, at=START + timedelta(days=days)) for event in run(*used, tenant=tenant)])


def since(store, uses, days, *texts, tenant="acme"):
    names = {KEYS[tenant].text(digest(text)): text for text in texts}
    time = pack_time(START + timedelta(days=days))
    uses_of = store.look(lambda ask: (uses.learn(ask, KEYS), uses.since(ask, [*names], time))[1])
    return {names[name] for name in uses_of}


def test_a_text_counts_as_used_from_the_time_of_the_newest_response(store):
    use(store, 0, "Both.", "Once.")
    use(store, 5, "Both.")
    uses = LastUses()

    assert since(store, uses, 0, "Both.", "Once.", "Never.") == {"Both.", "Once."}
    assert since(store, uses, 1, "Both.", "Once.", "Never.") == {"Both."}
    assert since(store, uses, 6, "Both.", "Once.") == set()


def test_what_is_new_is_learnt_and_equal_texts_count_wherever_they_stand(store):
    use(store, 0, "Same.")
    uses = LastUses()
    before = since(store, uses, 1, "Same.", "New.")
    use(store, 2, "New.", "Same.", document="b.md")

    assert (before, since(store, uses, 1, "Same.", "New.")) == (set(), {"Same.", "New."})


def test_tenants_know_nothing_of_each_others_uses(store):
    use(store, 0, "Same.")
    use(store, 5, "Same.", tenant="umbrella")
    uses = LastUses()

    assert since(store, uses, 1, "Same.") == set()
    assert since(store, uses, 1, "Same.", tenant="umbrella") == {"Same."}


def test_a_clock_that_went_back_hides_no_use(store):
    use(store, 5, "Same.")
    use(store, 0, "Same.")

    assert since(store, LastUses(), 3, "Same.") == {"Same."}


def test_what_is_ingested_again_is_used_again(store):
    for days in (0, 5):
        event = ingested(entering(document(text="Same."), outcome="changed"))
        store.append([replace(event, at=START + timedelta(days=days))])

    assert since(store, LastUses(), 5, "Same.") == {"Same."}
    assert since(store, LastUses(), 6, "Same.") == set()


def test_what_was_told_later_is_used_when_it_was_told(store):
    start, end = (replace(event, at=START) for event in run())
    late = told(start, chunk("a.md", text="Told."))
    store.append([start, end, replace(late, at=START + timedelta(days=1))])

    assert since(store, LastUses(), 1, "Told.") == {"Told."}
    assert since(store, LastUses(), 2, "Told.") == set()
