import json

from tests.commands.running import run


def test_what_left_is_told_by_type_and_fate(config: str):
    told = json.loads(run("exposure", "--config", config, "--json"))
    shown = run("exposure", "--since", "2026-01-01", "--config", config)

    assert {one["left"] for one in told["data"]} <= {"unmasked", "masked", "withheld"}
    assert told["data"] and "EMAIL" in shown
    assert "Nothing was found" in run("exposure", "--until", "2020-01-01", "--config", config)
