import json

from gateway.cli import app
from tests.commands.running import run, runner


def test_a_recorded_prompt_is_asked_again(config: str):
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))
    told = next(one["response"] for one in impact["responses"] if {"sent", "masked"} & {*one["states"]})

    found = json.loads(run("replay", told, "--config", config, "--json"))
    record = json.loads(run("trace", found["response"], "--config", config, "--json"))

    assert found["difference"]["prompt"] == []  # with the marks that it had around what strangers wrote
    assert (record["replays"], record["application"]) == (told, "lineward")
    assert "replays" in run("replay", told, "--config", config)


def test_what_is_not_there_is_said(config: str):
    told = runner.invoke(app, ["replay", "0193", "--config", config])

    assert (told.exit_code, "No response" in told.stderr) == (1, True)
