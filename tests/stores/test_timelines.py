from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, PolicyActivated, RunEvent, RunState
from gateway.domain.timelines import Span
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.statements import Statements
from gateway.stores.timelines import _WAYS, SQLTimelines
from tests.stores.databases import read_whole
from tests.stores.material import activated, chunk, edges, run

SOC = Principal("soc", "acme")
INCIDENT = new_id()


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        for number in range(6):
            store.append([activated()])
            store.append(run(*edges(chunk(f"page-{number % 2}.md")), end_user=f"u-{number % 3}", conversation="c"))
        store.append([accessed(SOC, "read document", ["document/page-1.md"])])
        body = IncidentChanged(INCIDENT, IncidentStep.OPENED, SOC, "A leak")
        store.append([RunEvent(new_id(), RunState.COMPLETE, body, "acme")])
    return url


@pytest.fixture
def timelines(url):
    with closing(Questions(url)) as questions:
        yield SQLTimelines(questions)


def types(page):
    return [one.type for one in page]


def test_each_way_finds_what_concerns_it_newest_first(timelines):
    user, _ = timelines.timeline(Span(user="u-1"), "acme", limit=9)
    document, _ = timelines.timeline(Span(document="page-1.md"), "acme", limit=9)
    incident, _ = timelines.timeline(Span(incident=INCIDENT), "acme", limit=9)

    assert [one.person for one in user if one.type == "response"] == ["u-1", "u-1"]
    assert types(document) == ["access", "response", "response", "response"]
    assert (types(incident), incident[0].id) == (["incident"], INCIDENT)


def test_a_response_leads_to_what_its_caller_said_beside_it(timelines, url):
    """Others may give their conversation the same name."""
    (newest, *_), _ = timelines.timeline(Span(user="u-1"), "acme", limit=1)
    with closing(open_store(url)) as store:
        store.append([accessed(SOC, "read response", [f"response/{newest.id}"])])
        alone = run(end_user="u-1", conversation="")
        store.append(alone)
    found, _ = timelines.timeline(Span(response=newest.id), "acme", limit=9)
    by_itself, _ = timelines.timeline(Span(response=alone[0].run), "acme", limit=9)

    assert types(found) == ["access", "response", "response"]
    assert [one.person for one in found[1:]] == ["u-1", "u-1"] and found[1].id == newest.id
    assert [one.id for one in by_itself] == [alone[0].run]
    assert timelines.timeline(Span(response=newest.id), "rival", limit=9) == ([], "")


def test_only_another_policy_set_is_a_change(timelines, url):
    """A process that starts with the same set changes nothing."""
    page, _ = timelines.timeline(Span(conversation="c"), "acme", limit=9)
    with closing(open_store(url)) as store:
        store.append([RunEvent(new_id(), RunState.COMPLETE, PolicyActivated("sha256:other"), "")])
        store.append(run(*edges(chunk()), conversation="c"))
    later, _ = timelines.timeline(Span(conversation="c"), "acme", limit=9)

    assert types(page) == ["response"] * 6
    assert (types(later)[:2], later[1].what) == (["response", "policy"], "policy set sha256:other")


def test_another_tenant_sees_nothing_of_it(timelines):
    for span in (Span(user="u-1"), Span(document="page-1.md"), Span(incident=INCIDENT), Span(app="support-bot")):
        assert timelines.timeline(span, "rival", limit=9) == ([], "")


def test_of_a_time_before_everything_there_is_nothing(timelines):
    early = datetime(2020, 1, 1, tzinfo=UTC)

    assert timelines.timeline(Span(until=early), None, limit=9) == ([], "")
    assert len(timelines.timeline(Span(since=early, app="support-bot", user="u-0"), None, limit=9)[0]) >= 2


def test_pages_hold_everything_once(timelines):
    seen, cursor = [], ""
    while True:
        page, cursor = timelines.timeline(Span(), "acme", limit=4, cursor=cursor)
        seen += [one.index for one in page]
        if not cursor:
            break

    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) >= 6 + 6 + 2


@pytest.mark.parametrize("query", [query for queries in _WAYS.values() for query in queries])
def test_no_question_reads_all_edges_or_chunks(url, timelines, query):
    statement = Statements(parsed(url)).compiled(query(True))

    assert read_whole(url, statement) & {"edge", "chunk", "document_version", "access"} == set()
