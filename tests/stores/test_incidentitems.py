"""What happened to the items of an incident is part of its story."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import digest, new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, Quarantined, RunEvent, RunState
from gateway.domain.timelines import Span
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.timelines import SQLTimelines
from tests.stores.material import KB, chunk, document, edges, entering, ingested, run

SOC, RIVAL = Principal("soc", "acme"), Principal("soc", "rival")


@pytest.fixture
def url(database):
    return database.prepared()


@pytest.fixture
def store(url):
    with closing(open_store(url)) as store:
        yield store


def step(incident, step, *items, by=SOC, text=""):
    return RunEvent(new_id(), RunState.COMPLETE, IncidentChanged(incident, step, by, text, items), by.tenant)


def quarantined(name, by=SOC, **more):
    return RunEvent(new_id(), RunState.COMPLETE, Quarantined(KB, name, "bad", principal=by, **more), by.tenant)


def story(url, incident, tenant="acme", **more):
    with closing(Questions(url)) as questions:
        page, cursor = SQLTimelines(questions).timeline(Span(incident=incident, **more), tenant, limit=50)
    assert cursor == ""
    return [(one.type, one.id if one.type == "response" else one.what) for one in reversed(page)]


def test_the_story_of_an_incident_holds_that_of_its_items(url, store):
    """A document: since it came in; who looked at it and whom it fed, since it is an item."""
    incident, piece = new_id(), chunk("a.md", text="The first text.", version=digest("The first text."))
    before, answer, after = run(*edges(piece)), run(end_user="ann"), run(*edges(piece))
    store.append([ingested(entering(document("a.md"))), ingested(entering(document("b.md")))])
    store.append([*before, *answer, *run(end_user="somebody else")])
    store.append([accessed(SOC, "read document", ["document/a.md"])])
    store.append([step(incident, IncidentStep.OPENED, text="A leak")])
    store.append([step(incident, IncidentStep.ADDED, "document/a.md", f"response/{answer[0].run}")])
    store.append([*after, accessed(SOC, "read response", [f"response/{answer[0].run}"])])
    store.append([quarantined("a.md"), quarantined("b.md"), quarantined("a.md", by=RIVAL)])

    assert story(url, incident) == [
        ("ingest", "1 documents into kb"), ("response", answer[0].run), ("incident", "opened"),
        ("incident", "added 2 items"), ("response", after[0].run), ("access", "read response"),
        ("quarantine", "quarantined: bad"),
    ]  # fmt: skip
    assert story(url, incident, None) == story(url, incident)
    assert story(url, incident, "rival") == []
    assert story(url, incident, until=datetime(2020, 1, 1, tzinfo=UTC)) == []


def test_chunks_and_versions_are_told_of_and_what_was_removed_is_not(url, store):
    incident, other = new_id(), chunk("b.md")
    piece = chunk("a.md", text="The first text.", version=digest("The first text."))
    store.append([ingested(entering(document("a.md")))])
    store.append([step(incident, IncidentStep.OPENED, text="A leak")])
    store.append([step(incident, IncidentStep.ADDED, f"chunk/{piece.digest}", f"version/{piece.version}")])
    store.append([step(incident, IncidentStep.ADDED, "document/b.md", "source/file/kb", "nothing")])
    store.append([step(incident, IncidentStep.REMOVED, "document/b.md")])
    fed = run(*edges(piece))
    store.append([*fed, *run(*edges(other)), accessed(SOC, "read source", ["source/file/kb"])])

    assert story(url, incident) == [
        ("ingest", "1 documents into kb"), ("incident", "opened"), ("incident", "added 2 items"),
        ("incident", "added 3 items"), ("incident", "removed 1 items"), ("response", fed[0].run),
        ("access", "read source"),
    ]  # fmt: skip
