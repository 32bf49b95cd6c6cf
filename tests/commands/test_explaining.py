import json

import pytest

from tests.commands.running import first_response, run


def test_each_rule_is_told_as_it_stood_with_what_it_read(config: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "240")  # narrower tables break long names
    response = first_response(config)

    explained = json.loads(run("policy", "explain", response, "--config", config, "--json"))
    told = run("policy", "explain", response, "--config", config)

    assert explained["rules"] and explained["destinations"][0]["provider"]
    for one in explained["rules"]:
        assert one["text"]["id"] == one["rule"] and one["text"]["owner"] and one["text"]["mode"] == one["mode"]
        assert one["values"].keys() >= {name for name, *_ in one["text"]["match"]}
        assert one["times"] >= 1
        assert one["rule"] in told
    assert "as it stood" in told
