from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.documents import Document, How, Source
from gateway.domain.errors import ContextUnavailable
from gateway.domain.facts import NONE, Facts
from gateway.stores.graph import SQLGraph
from gateway.stores.opening import open_store
from gateway.stores.origins import SQLOrigins
from gateway.stores.questions import Questions
from gateway.travelling import Travelling
from gateway.upstream import Upstreams
from tests.domain.reported import KB, TABLE, dataset, dataset_event, run_event, tags
from tests.stores.material import chunk, reported

COLLECTION = Source(*KB)


class Clock:
    """Stands still unless it is moved."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/lineage.db")) as store:
        yield store


@pytest.fixture
def upstreams(store, tmp_path):
    with closing(Questions(f"sqlite:///{tmp_path}/lineage.db")) as questions:
        yield Upstreams(SQLGraph(questions), SQLOrigins(questions))


@pytest.fixture
def travelling(upstreams, clock):
    return Travelling(upstreams, {"data_class": "classification"}, clock=clock)


def piece(how=How.RETRIEVED, **more):
    return chunk("refund.md", source=COLLECTION, how=how, labels=more.pop("labels", NONE), **more)


def tagged(*pairs, **more):
    return reported(run_event([dataset(TABLE, tags=tags(*pairs))], [KB], **more))


async def test_what_enters_has_the_data_of_now_and_is_not_remembered(travelling, store):
    one = piece()
    entering = Document(one.source, one.document, one.text, one.version)
    nothing = await travelling.entering([entering], "acme")
    store.append([tagged(("pii", ""), ("classification", "confidential"))])
    travelling.heard()
    found = await travelling.entering([entering, replace(entering, source=Source("file", "elsewhere"))], "acme")

    assert nothing == [NONE]
    assert found == [Facts(classification="confidential", tags=("pii", "classification=confidential")), NONE]
    assert await travelling.entering([entering], "rival") == [NONE]
    assert travelling.remembered(one, "acme", "internal") is one


async def labels(travelling, one=None, tenant="acme", unlabelled="internal"):
    [labelled] = await travelling.labelled([one or piece()], tenant, unlabelled)
    return labelled.labels


async def test_without_any_report_chunks_stay_as_they_are(travelling):
    pieces = [piece(), piece()]

    assert await travelling.labelled(pieces, "acme", "internal") is pieces


@pytest.mark.parametrize("how", list(How))
async def test_tags_of_a_table_reach_the_chunks_of_what_was_made_of_it_however_they_come(store, travelling, how):
    store.append([tagged(("pii", "true"), ("data_class", "restricted"))])

    assert await labels(travelling, piece(how)) == Facts(
        tags=("pii", "data_class=restricted"), classification="restricted"
    )


async def test_a_chunks_own_labels_are_only_tightened(store, travelling):
    store.append([tagged(("classification", "confidential"))])
    strict, loose = (piece(labels=Facts(classification=word)) for word in ("restricted", "public"))

    assert (await labels(travelling, strict))["classification"] == "restricted"
    assert (await labels(travelling, loose))["classification"] == "confidential"


async def test_nothing_travels_to_another_tenant(store, travelling):
    store.append([tagged(("pii", "true"))])

    assert await labels(travelling, tenant="rival") == NONE


async def test_what_is_reported_holds_at_once_here_and_soon_elsewhere(store, travelling, clock):
    assert await labels(travelling) == NONE
    store.append([tagged(("pii", "true"))])
    assert await labels(travelling) == NONE
    travelling.heard()
    assert await labels(travelling) == Facts(tags=("pii",))

    store.append([reported(dataset_event(TABLE, at="2026-11-21T00:00:00Z", tags=tags(("gdpr", "true"))))])
    clock.now += 1.0
    assert set((await labels(travelling))["tags"]) == {"pii", "gdpr"}


async def test_what_is_remembered_is_not_asked_for_again(store, travelling, upstreams):
    store.append([tagged(("pii", "true"))])
    one = piece()
    await labels(travelling, one)

    assert travelling.remembered(one, "acme", None).labels == Facts(tags=("pii",))
    assert travelling.remembered(replace(one, document="another"), "acme", None).labels == NONE


async def test_chunks_without_what_travels_to_them_are_not_judged(store, travelling, upstreams):
    store.append([tagged(("pii", "true"))])
    upstreams.graph._questions.close()

    with pytest.raises(ContextUnavailable, match="upstream"):
        await labels(travelling)
