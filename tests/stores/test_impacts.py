from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import ChunkState, Source
from gateway.domain.subjects import Kind, Subject
from gateway.stores import impacts, origins
from gateway.stores.impacts import impact, impact_of_parts
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.stores.material import DROP, chunk, edges, run

WIKI = Source("wiki", "hr")


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    shared = {"text": "The same words stand on two pages of two sources."}
    pages = [chunk(**shared), chunk("other.md", **shared, source=WIKI), chunk("third.md", source=WIKI)]
    with closing(open_store(url)) as store:
        for number in range(30):
            store.append(run(*edges(pages[number % 3]), end_user=f"u-{number % 2}"))
        store.append(run(*edges(*pages[:2], state=ChunkState.DROPPED, decision=DROP)))
        store.append(run(*edges(pages[0]), tenant="rival"))
    return url


@pytest.fixture
def ask(url):
    with closing(Questions(url)) as questions, questions.asking("acme") as ask:
        yield ask


SHARED = digest("The same words stand on two pages of two sources.")
SUBJECTS = {
    "chunk": (Subject(Kind.CHUNK, SHARED), {"sent": 20, "dropped": 1}),
    "version": (Subject(Kind.VERSION, digest("the text of page-1.md")), {"sent": 10, "dropped": 1}),
    "document": (Subject.document("third.md"), {"sent": 10}),
    "source": (Subject(Kind.SOURCE, "wiki/hr"), {"sent": 20, "dropped": 1}),
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_each_response_counts_once_whatever_is_asked_about(ask, kind):
    subject, states = SUBJECTS[kind]

    found = impact(ask, subject, limit=50)

    assert (found.kind, found.by_state, found.total) == (kind, states, sum(states.values()))
    assert sum(found.end_users.values()) == sum(found.days.values()) == states["sent"]
    assert len(found.responses) == found.total
    assert found.complete


@pytest.mark.parametrize("kind", SUBJECTS)
def test_bounded_work_gives_the_same_pages_and_says_that_it_stopped_counting(ask, kind, monkeypatch):
    subject, _ = SUBJECTS[kind]
    whole = impact(ask, subject, limit=50)
    monkeypatch.setattr(impacts, "BOUND", 7)
    seen, cursor = [], ""
    while True:
        page = impact(ask, subject, limit=4, cursor=cursor)
        seen += page.responses
        if not (cursor := page.cursor):
            break

    assert seen == list(whole.responses)
    assert not page.complete
    assert 0 < page.total <= 8


def test_sources_and_versions_that_something_upstream_reached_are_asked_about_together(ask):
    dataset = Subject(Kind.DATASET, "warehouse/orders")
    numbers = {(row.source.name, row.document): row for row in parts(ask)}
    wiki, page = numbers["hr", "third.md"].number, numbers["kb", "page-1.md"].version

    found = impact_of_parts(ask, dataset, [wiki], [page], limit=5)
    many = impact_of_parts(ask, dataset, [*range(900, 1000), wiki], [*range(900, 970), page], limit=5)
    nothing = impact_of_parts(ask, dataset, [], [], limit=5)

    assert (found.subject, found.kind, found.total) == ("warehouse/orders", "dataset", 31)
    assert many == found
    assert (nothing.total, nothing.responses, nothing.by_state) == (0, [], {})


def parts(ask):
    return [origins._part(row) for name in ("page-1.md", "third.md") for row in ask(origins._named, name=name)]


@pytest.mark.parametrize("kind", [Kind.CHUNK, Kind.VERSION, Kind.DOCUMENT, Kind.SOURCE])
def test_of_what_is_not_there_nothing_is_known(ask, kind):
    assert impact(ask, Subject(kind, "nowhere"), limit=5) is None
