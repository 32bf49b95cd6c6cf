from contextlib import closing

import pytest

from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentStep
from gateway.incidents import Closed, Incidents
from gateway.lineage.bundles import sealed, verify_sealed
from gateway.stores.incidents import SQLIncidents
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from tests.stores.material import run

SOC = Principal("soc", "acme")


@pytest.fixture
def house(database):
    url = database.prepared()
    with (
        closing(open_store(url)) as store, closing(open_ledger(url)) as ledger, closing(Questions(url)) as questions,
        closing(SQLLog(url, "example.com/log")) as log,
    ):  # fmt: skip
        asked = run()
        store.append(asked)
        yield store, Incidents(SQLIncidents(questions), ledger, log), asked[0].run


def opened(store, incidents) -> str:
    event = incidents.opened(SOC, "A leak")
    store.append([event])
    return event.run


def test_items_are_what_is_known(house):
    store, incidents, response = house
    case = opened(store, incidents)

    event = incidents.filled(case, SOC, "acme", [f"response/{response}", "document/page-1.md", f"response/{response}"])

    assert event.body.items == [f"response/{response}", "document/page-1.md"]
    for item, error in (
        ("response/0", NotFound),
        ("document/no.md", NotFound),
        ("x", BadRequest),
        ("run/1", BadRequest),
    ):
        with pytest.raises(error):
            incidents.filled(case, SOC, "acme", [item])
    with pytest.raises(NotFound):
        incidents.filled(case, SOC, "rival", [f"response/{response}"])


def test_a_closed_incident_is_not_changed(house):
    store, incidents, _ = house
    case = opened(store, incidents)
    store.append([incidents.noted(case, SOC, "acme", IncidentStep.CLOSED, "")])

    with pytest.raises(Closed):
        incidents.noted(case, SOC, "acme", IncidentStep.NOTED, "late")


def test_a_note_says_something(house):
    store, incidents, _ = house
    case = opened(store, incidents)

    for step, text in ((IncidentStep.NOTED, ""), (IncidentStep.HELD, " "), (IncidentStep.NOTED, "x" * 10_001)):
        with pytest.raises(BadRequest):
            incidents.noted(case, SOC, "acme", step, text)


def test_its_bundle_holds_steps_and_responses_and_verifies(house):
    store, incidents, response = house
    case = opened(store, incidents)
    store.append([incidents.filled(case, SOC, "acme", [f"response/{response}"])])
    seen: list[tuple[int, int]] = []

    bundle = incidents.bundle(case, "acme")
    found = verify_sealed(sealed(bundle, None), step=lambda done, of: seen.append((done, of)))

    assert [entry.type for entry, _ in bundle.entries] == ["intent", "outcome", "incident", "incident"]
    assert (found.kind, found.id, len(found.entries)) == ("incident", case, 4)
    assert found.problems == ["nobody whose key is known signed this bundle as it is"]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
