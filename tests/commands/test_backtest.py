import json
from pathlib import Path

from tests.commands.running import run

NO_YAML = """
version: 1
rules:
- {id: no-yaml, target: chunk, match: {chunk.source: python/pyyaml}, effect: deny, explain: "{chunk.document}"}
"""


def test_policies_are_tried_on_what_was_recorded(config: str, tmp_path: Path):
    (tmp_path / "p.yaml").write_text(NO_YAML)

    told = run("policy", "backtest", "--policies", str(tmp_path), "--config", config, code=1)
    report = json.loads(run("policy", "backtest", "--policies", str(tmp_path), "--config", config, "--json", code=1))

    assert "no-yaml" in told and "would be otherwise" in told
    assert report["responses"] == report["judged"] > 0
    assert report["by_rule"]["no-yaml"]["denied"] == report["by_how"]["denied"]
    assert report["substituted"] == report["unlike"] == 0
    accesses = json.loads(run("accesses", "--config", config, "--json"))
    assert "backtest policies" in [one["action"] for one in accesses["data"]]


def test_the_active_policies_change_nothing(config: str):
    report = json.loads(run("policy", "backtest", "--config", config, "--json"))

    assert (report["changed"], report["unjudged"], report["unlike"]) == (0, {}, 0)


def test_a_span_that_nobody_understands_is_wrong_usage(config: str):
    run("policy", "backtest", "--since", "yesterday", "--config", config, code=2)
    report = json.loads(
        run("policy", "backtest", "--since", "2026-01-01", "--until", "2w", "--config", config, "--json")
    )
    assert report["responses"] == 0
