"""Erasing everywhere, with parts that write down what they were asked."""

from contextlib import closing

import pytest

from gateway.domain.principals import Principal
from gateway.erasing import Erasing
from gateway.stores.connecting import parsed
from gateway.stores.erasing import Eraser
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_store
from tests.stores.material import run

BY = Principal("privacy", "acme")


class Asked:
    """Whatever is asked to forget."""

    def __init__(self, *, is_due=False, behind=1):
        self.is_due, self.count, self.chunks = is_due, behind, []
        self.people = []
        self.cleaned = []

    def forget_person(self, tenant, end_user):
        self.people.append((tenant, end_user))
        return 0

    def due(self):
        return self.is_due

    def remove(self, then):
        then()
        self.cleaned.append("index")
        return 0

    def behind(self):
        return self.count

    def forget(self, chunks=None):
        self.chunks.append(chunks)
        self.cleaned.append("chunks")
        return 0

    def close(self):
        self.cleaned.append("closed")


def test_whatever_was_derived_or_kept_beside_forgets_too_and_a_dry_run_asks_nobody(database):
    url, asked = database.prepared(), Asked()
    start, end = run(end_user="jane")
    with closing(open_store(url)) as store:
        store.append([start, end])
        erasing = Erasing(Eraser(store, default_masters(parsed(url))), asked, [asked], asked, asked, [url])
        erasing.subject(BY, "jane", dry_run=True)
        before = [*asked.people, *asked.cleaned]
        done = erasing.subject(BY, "jane", rebuild=True)
        erasing.close()

    assert before == []
    assert (asked.people, asked.cleaned) == ([("acme", "jane")], ["chunks", "index", "closed"])
    assert done.rebuilt


@pytest.mark.parametrize("is_due", [True, False])
def test_what_an_erasure_was_kept_from_doing_is_finished(database, is_due):
    url, asked = database.prepared(), Asked(is_due=is_due)
    with closing(open_store(url)) as store:
        erasing = Erasing(Eraser(store, default_masters(parsed(url))), asked, [asked], asked, asked, [url])
        finished = erasing.finish()

    assert (finished, asked.people) == (is_due, [])
    assert asked.cleaned == (["chunks", "index"] if is_due else [])


@pytest.mark.parametrize(("behind", "looked_at"), [(1, {1}), (2, None)])
def test_only_what_it_touched_is_looked_at_unless_somebody_else_erased_too(database, behind, looked_at):
    url, asked = database.prepared(), Asked(behind=behind)
    with closing(open_store(url)) as store:
        store.append(run(end_user="jane"))
        erasing = Erasing(Eraser(store, default_masters(parsed(url))), asked, [asked], asked, asked, [url])
        erasing.subject(BY, "jane")

    assert asked.chunks == [looked_at]
