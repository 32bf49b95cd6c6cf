from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.domain.erasures import Hold, HoldsIt
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import IncidentChanged, IncidentStep, RunEvent, RunState
from gateway.stores.holding import SQLHolds, placed, refuse, released
from gateway.stores.questions import Questions

SOC = Principal("soc", "acme", frozenset({Role.RESPONDER}))


@pytest.fixture
def holds(url, store):
    with closing(Questions(url)) as questions:
        yield SQLHolds(questions)


def test_a_hold_lies_there_until_it_is_released(store, holds):
    event = placed(SOC, "document", "kb/a.md", "case 17")
    store.append([event])
    (hold,) = holds.active("acme")
    store.append([released(SOC, hold)])

    assert (hold.id, hold.kind, hold.target, hold.reason) == (event.run, "document", "kb/a.md", "case 17")
    assert holds.active(None) == []


def test_another_tenant_neither_sees_nor_releases_it(store, holds):
    store.append([placed(SOC, "document", "kb/a.md")])
    (hold,) = holds.active(None)
    stranger = Hold(hold.id, hold.at, "umbrella", hold.kind, hold.target, "", hold.index)
    store.append([released(Principal("soc", "umbrella"), stranger)])

    assert holds.active("umbrella") == []
    assert holds.hold(hold.id, "umbrella") is None
    assert [one.id for one in holds.active("acme")] == [hold.id]


def changed(incident, step, *items):
    return RunEvent(new_id(), RunState.COMPLETE, IncidentChanged(incident, step, SOC, "why", items), "acme")


def test_what_belongs_to_a_held_incident_is_held(store, holds):
    incident, response = new_id(), new_id()
    store.append(
        [
            changed(incident, IncidentStep.OPENED),
            changed(incident, IncidentStep.ADDED, f"response/{response}", "document/kb/a.md"),
        ]
    )
    before = holds.active("acme")
    store.append([changed(incident, IncidentStep.HELD), changed(incident, IncidentStep.REMOVED, "document/kb/a.md")])
    held = [(one.id, one.kind, one.target) for one in holds.active("acme")]
    store.append([changed(incident, IncidentStep.FREED)])

    assert (before, held, holds.active("acme")) == ([], [(incident, "response", response)], [])


def test_a_refusal_names_the_hold_and_no_person(store, holds):
    store.append([placed(SOC, "subject", "jane@example.com", "case 17")])
    with pytest.raises(HoldsIt, match="case 17") as caught:
        refuse(holds.active("acme"), "subject", ["jane@example.com"])

    assert "jane" not in caught.value.message
    refuse(holds.active("acme"), "subject", ["john@example.com"])
