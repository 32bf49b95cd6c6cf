import json
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, RunEvent, RunState
from gateway.stores.opening import open_store
from tests.commands.running import run
from tests.stores.material import run as recorded


@pytest.fixture
def house(config: str) -> str:
    """The demo, in whose record one person more has asked."""
    with closing(open_store(f"sqlite:///{Path(config).parent}/lineward.db")) as store:
        store.append(recorded(end_user="jane", tenant=tenant_of(Path(config))))
    return config


def tenant_of(config: Path) -> str:
    return str(yaml.safe_load(config.read_text())["applications"][0]["tenant"])


def test_a_person_is_shown_held_and_erased(house: str):
    tenant = tenant_of(Path(house))
    given = ("--tenant", tenant, "--config", house)
    told = json.loads(run("subject", "jane", *given, "--json"))
    shown = run("subject", "jane", *given)
    placed = run("hold", "place", "subject", "jane", "--reason", "case 17", *given)
    listed = json.loads(run("hold", "list", "--config", house, "--json"))["data"]
    run("hold", "release", listed[0]["id"], "--config", house)
    would = run("erase", "jane", "--dry-run", *given)
    done = json.loads(run("erase", "jane", *given, "--json"))
    verified = run("verify", "--config", house)
    again = run("erase", "jane", *given, code=1)

    assert told["total"] == 1 and told["responses"][0]["record"]["answer"] == "You may."
    assert "support-bot" in shown
    assert "Legal hold" in placed and listed[0]["reason"] == "case 17"
    assert "Would erase: 1 responses" in would
    assert (done["responses"], done["entries"], done["rebuilt"]) == (1, 4, True)
    assert f"entry {done['index']} erased content: 4 entries redacted" in verified.replace("\n", " ")
    assert "Nothing of that name" in again
    assert b"jane" not in Path(house).with_name("lineward.db").read_bytes()


def test_a_hold_lies_on_something_and_an_incidents_is_freed_there(house: str):
    given = ("--tenant", tenant_of(Path(house)), "--config", house)
    for kind in ("response", "document"):
        run("hold", "place", kind, "a slip of the pen", *given, code=1)
    incident = json.loads(run("incident", "create", "Held", *given, "--json"))["id"]
    run("incident", "add", incident, "document/board/falcon-memo.md", "--config", house)
    run("incident", "hold", incident, "--reason", "case 18", "--config", house)
    run("hold", "release", incident, "--config", house, code=1)
    listed = json.loads(run("hold", "list", "--config", house, "--json"))["data"]

    assert [(one["id"], one["target"]) for one in listed] == [(incident, "board/falcon-memo.md")]


def test_a_hold_that_is_not_there_cannot_be_released(house: str):
    run("hold", "release", "none", "--config", house, code=1)
    assert "no legal hold" in run("hold", "list", "--config", house)


def test_what_people_wrote_of_somebody_is_shown_and_erased(house: str):
    tenant = tenant_of(Path(house))
    step = IncidentChanged(new_id(), IncidentStep.OPENED, Principal("soc", tenant), "Complaint of Jane Roe@acme")
    with closing(open_store(f"sqlite:///{Path(house).parent}/lineward.db")) as store:
        store.append([RunEvent(new_id(), RunState.COMPLETE, step, tenant)])
    given = ("Roe@ACME", "--tenant", tenant, "--config", house)
    shown = run("subject", *given)
    done = json.loads(run("erase", *given, "--json"))

    assert "Complaint of Jane" in shown and "incident" in shown
    assert (done["responses"], done["entries"]) == (0, 1)
    assert "Nothing is recorded" in run("subject", *given, code=1)
    run("verify", "--config", house)
