import json
from pathlib import Path

import pytest
import yaml

from tests.commands.running import first_response, run
from tests.exporters.conforming import check


@pytest.fixture
def telling(config: str, tmp_path: Path) -> str:
    """The demo's configuration with an exporter to a file."""
    settings = yaml.safe_load(Path(config).read_text())
    transport = {"type": "file", "log_file_path": f"{tmp_path}/events.jsonl", "append": True}
    settings["exporters"] = [{"kind": "openlineage", "mode": "on_demand", "transport": transport}]
    path = tmp_path / "gateway.yaml"
    path.write_text(yaml.safe_dump(settings))
    return str(path)


def test_a_response_is_printed_as_openlineage_without_any_exporter(config: str):
    response = first_response(config)
    event = json.loads(run("export", "openlineage", response, "--config", config))
    looks = json.loads(run("accesses", response, "--config", config, "--json"))["data"]

    check(event)
    assert event["run"]["runId"] == response
    assert "export openlineage" in [one["action"] for one in looks]


def test_a_response_is_sent_where_the_configuration_says(telling: str, tmp_path: Path):
    response = first_response(telling)
    run("export", "openlineage", response, "--send", "--config", telling)
    [event] = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]

    assert event["run"]["runId"] == response


def test_without_an_exporter_nothing_can_be_sent(config: str):
    run("export", "openlineage", first_response(config), "--send", "--config", config, code=1)


def test_what_is_not_recorded_is_not_exported(config: str):
    run("export", "openlineage", "0193", "--config", config, code=1)


def test_a_response_is_printed_as_prov(config: str):
    response = first_response(config)
    told = json.loads(run("export", "prov", response, "--config", config))

    assert f"generation:{response}" in told["activity"]
