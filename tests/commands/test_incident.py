import json
from pathlib import Path

import pytest
import yaml

from gateway.cli import app
from tests.commands.running import first_response, run, runner


def test_an_incident_is_gathered_held_shown_and_closed(config: str):
    response = first_response(config)
    made = json.loads(run("incident", "create", "A leak", "--config", config, "--json"))["id"]
    run("incident", "add", made, f"response/{response}", "document/board/falcon-memo.md", "--config", config)
    run("incident", "note", made, "Seen at noon.", "--config", config)
    run("incident", "hold", made, "--reason", "case 7", "--config", config)
    shown = run("incident", "show", made, "--config", config)
    run("incident", "free", made, "--reason", "over", "--config", config)
    run("incident", "add", made, "document/board/falcon-memo.md", "--remove", "--config", config)
    closed = json.loads(run("incident", "close", made, "--config", config, "--json"))

    assert "on hold" in shown and "Seen at noon." in shown and "falcon-memo" in shown
    assert (len(closed["items"]), closed["held"], bool(closed["closed_at"])) == (1, False, True)
    assert "A leak" in run("incident", "list", "--config", config)
    assert json.loads(run("incident", "list", "--limit", "1", "--config", config, "--json"))["data"]


def test_what_is_handed_over_is_verified_from_the_file_alone(config: str, tmp_path: Path):
    """The demo's log is not signed: the parts fit, and that nobody signed them is told."""
    made = json.loads(run("incident", "create", "Evidence", "--config", config, "--json"))["id"]
    run("incident", "add", made, f"response/{first_response(config)}", "--config", config)
    run("incident", "bundle", made, "-o", str(tmp_path / "incident.json"), "--config", config)

    verdict = json.loads(run("verify", str(tmp_path / "incident.json"), "--json", code=1))

    assert verdict["subject"] == f"the evidence bundle of incident {made}"
    assert [fault["problem"] for fault in verdict["faults"]] == [
        "nobody whose key is known signed this bundle as it is"
    ]


def test_among_several_tenants_one_is_named(config: str, tmp_path: Path):
    settings = yaml.safe_load(Path(config).read_text())
    other = {**settings["applications"][0], "name": "other", "tenant": "other", "key_sha256": "0" * 64}
    settings["applications"].append(other)
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(settings))

    result = runner.invoke(app, ["incident", "create", "x", "--config", str(tmp_path / "two.yaml")])
    made = run("incident", "create", "x", "--tenant", "other", "--config", str(tmp_path / "two.yaml"))

    assert "--tenant" in str(result.exception)
    assert "incident" in made


@pytest.mark.parametrize("command", [["show", "0"], ["note", "0", "x"], ["bundle", "0", "-o", "none.json"]])
def test_what_is_not_there_is_said(config: str, command: list[str]):
    result = runner.invoke(app, ["incident", *command, "--config", config])

    assert "No incident" in result.exception.message
