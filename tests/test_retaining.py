"""Retention everywhere, with an index that writes down what it was asked."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.principals import Principal, Role
from gateway.retaining import Retaining
from gateway.stores.connecting import parsed
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_store
from gateway.stores.retaining import Retention
from tests.stores.databases import rows
from tests.stores.material import run

BY = Principal("lineward", "", frozenset({Role.ADMIN}))
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


class Index:
    """What follows the record, or is kept from it."""

    def __init__(self, due=False, fails=False):
        self.is_due = due
        self.fails = fails
        self.asked = []

    def due(self):
        return self.is_due

    def remove(self, then):
        self.asked.append("remove")
        if self.fails:
            raise LineageUnavailable("the index is locked")
        then()
        return 0

    def forget(self):
        self.asked.append("forget chunks")
        return 0

    def close(self):
        self.asked.append("close")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/lineage.db"


@pytest.fixture
def store(url):
    with closing(open_store(url)) as store:
        store.append([replace(event, at=NOW - timedelta(days=40)) for event in run(end_user="jane")])
        yield store


def retaining(store, url, index, days=30):
    return Retaining(Retention(store, default_masters(parsed(url)), timedelta(days=days)), index, index, [url])


def test_a_dry_run_asks_nobody_and_the_run_reaches_index_and_files(store, url):
    index = Index()
    one = retaining(store, url, index)
    would = one.run(BY, dry_run=True, now=NOW)
    before = [*index.asked]
    done = one.run(BY, rebuild=True, now=NOW)
    one.close()

    assert (would.texts, before) == (3, [])
    assert (done.texts, done.rebuilt, index.asked) == (3, True, ["remove", "forget chunks", "close", "close"])


def test_what_an_earlier_run_was_kept_from_doing_the_next_one_does(store, url):
    """Texts were removed, keys and index were not."""
    with pytest.raises(LineageUnavailable):
        retaining(store, url, Index(fails=True)).run(BY, now=NOW)
    store.amend(lambda ask: ask.run(_LEFT, ()) or run()[0])
    index = Index(due=True)
    done = retaining(store, url, index).run(BY, now=NOW)

    assert (done.texts, index.asked) == (0, ["remove", "forget chunks"])
    assert done.index is not None
    assert rows(url, "SELECT owner FROM content_key WHERE kind = 'document' AND id = 99") == []


_LEFT = """INSERT INTO content_key (id, tenant, kind, owner, master, wrapped)
    SELECT 99, tenant, 'document', 'x', master, wrapped FROM content_key WHERE kind = 'tenant'"""
