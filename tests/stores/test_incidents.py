from contextlib import closing

import pytest

from gateway.domain.accesses import accessed
from gateway.domain.digests import new_id
from gateway.domain.incidents import subjects
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, Quarantined, RunEvent, RunState
from gateway.stores.incidents import SQLIncidents
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from tests.stores.material import KB, document, entering, faults, ingested

SOC = Principal("soc", "acme")
IDS = [new_id() for _ in range(3)]
VERSION = document("a.md", "Text.").version


def step(id, what, text="", items=()):
    return RunEvent(id, RunState.COMPLETE, IncidentChanged(id, what, SOC, text, items), "acme")


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document("a.md", "Text.")))])
        store.append([step(one, IncidentStep.OPENED, f"Number {number}") for number, one in enumerate(IDS)])
        store.append([step(IDS[0], IncidentStep.ADDED, items=("document/a.md", "response/0193", "odd"))])
        store.append([RunEvent(new_id(), RunState.COMPLETE, Quarantined(KB, "a.md", "wrong"), "acme")])
        store.append(
            [accessed(SOC, "read document", ["document/a.md"]), accessed(SOC, "read response", ["response/2"])]
        )
        store.append([accessed(SOC, "read incident", [f"incident/{IDS[0]}"])])
    return url


@pytest.fixture
def incidents(url):
    with closing(Questions(url)) as questions:
        yield SQLIncidents(questions)


def test_an_incident_is_told_to_its_tenant(incidents):
    found = incidents.incident(IDS[0], "acme")

    assert (found.title, subjects(found)) == ("Number 0", ["document/a.md", "response/0193", "odd"])
    assert incidents.incident(IDS[0], "rival") is None
    assert incidents.incident(new_id(), None) is None


def test_they_are_listed_newest_first(incidents):
    first, cursor = incidents.incidents("acme", limit=2)
    rest, last = incidents.incidents("acme", limit=2, cursor=cursor)

    assert [one.title for one in [*first, *rest]] == ["Number 2", "Number 1", "Number 0"]
    assert last == ""
    assert incidents.incidents("rival", limit=2) == ([], "")


def test_evidence_is_where_items_came_from_what_became_of_them_and_who_looked(incidents):
    evidence = incidents.evidence(incidents.incident(IDS[0], "acme"))

    assert evidence == [0, 5, 6, 8]


def test_evidence_of_a_version_is_where_it_was_first_seen(url, incidents):
    with closing(open_store(url)) as store:
        store.append([step(IDS[1], IncidentStep.ADDED, items=(f"version/{VERSION}",))])

    assert 0 in incidents.evidence(incidents.incident(IDS[1], "acme"))


def test_the_log_with_it_is_whole(url):
    with closing(open_ledger(url)) as ledger:
        assert faults(ledger) == []
