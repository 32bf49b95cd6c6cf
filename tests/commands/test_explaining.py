import io
import json
from pathlib import Path

from rich.console import Console

from gateway.commands.explaining import explained, show_explained
from gateway.commands.options import ledger_of, settings_of
from tests.commands.running import first_response, run


def test_each_rule_is_told_as_it_stood_with_what_it_read(config: str):
    response = first_response(config)

    told = json.loads(run("policy", "explain", response, "--config", config, "--json"))

    assert told["rules"] and told["destinations"][0]["provider"]
    for one in told["rules"]:
        assert one["text"]["id"] == one["rule"] and one["text"]["owner"] and one["text"]["mode"] == one["mode"]
        assert one["values"].keys() >= {name for name, *_ in one["text"]["match"]}
        assert one["times"] >= 1
    shown = run("policy", "explain", response, "--config", config)
    assert "as it stood" in shown and "[restricted]" in shown and "Operator" not in shown


def test_a_table_has_every_rule_that_spoke(config: str):
    story = ledger_of(Path(config)).response(first_response(config), None)
    out = io.StringIO()
    rules = explained(settings_of(Path(config)), story)
    show_explained(Console(file=out, width=240), rules)

    assert rules
    assert all(one.rule in out.getvalue() for one in rules)
