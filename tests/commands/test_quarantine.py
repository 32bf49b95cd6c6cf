import json
from pathlib import Path

import pytest

from gateway.cli import app
from tests.commands.running import run, runner


@pytest.fixture
def page(config: str, tmp_path: Path) -> str:
    """A document that only these tests know."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "contained.md").write_text("A page that is soon out of use.")
    run("ingest", str(tmp_path / "docs"), "--config", config)
    return "contained.md"


def test_a_document_is_taken_out_of_use_and_given_back(config: str, page: str):
    first = run("quarantine", page, "--reason", "wrong numbers", "--config", config)
    during = json.loads(run("contained", page, "--config", config, "--json"))
    shown = run("contained", page, "--config", config)
    last = json.loads(run("release", page, "--reason", "corrected", "--config", config, "--json"))
    after = run("contained", page, "--config", config)

    assert "out of use" in " ".join(first.split())
    assert during["quarantined"] and during["history"][0]["reason"] == "wrong numbers"
    assert during["history"][0]["application"] == "lineward"
    assert "no prompt has held it since" in shown
    assert last["quarantined"] is False
    assert "in use" in after and "corrected" in after


def test_what_is_not_known_cannot_be_contained(config: str):
    result = runner.invoke(app, ["quarantine", "no.md", "--reason", "x", "--config", config])

    assert "No document" in result.exception.message


def test_a_reason_is_asked_for(config: str, page: str):
    assert runner.invoke(app, ["quarantine", page, "--config", config]).exit_code == 2
