import json
from pathlib import Path

from tests.commands.running import first_response, run

ROOT = Path(__file__).parents[2]


def test_two_files_are_compared_rule_by_rule(tmp_path: Path):
    rule = "- {id: r, target: chunk, match: {chunk.license: MIT}, effect: EFFECT}"
    for name, effect in (("a.yaml", "flag"), ("b.yaml", "deny")):
        (tmp_path / name).write_text(f"version: 1\nrules:\n{rule.replace('EFFECT', effect)}\n")
    a, b = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")

    told = run("policy", "diff", a, b, code=1)
    found = json.loads(run("policy", "diff", a, b, "--json", code=1))

    assert "flag" in told and "deny" in told
    assert found["changed"][0]["fields"] == [{"what": "effect", "before": "flag", "after": "deny"}]
    assert "alike" in run("policy", "diff", a, a)


def test_a_set_that_was_active_is_known_by_its_digest(config: str, tmp_path: Path):
    explained = json.loads(run("policy", "explain", first_response(config), "--config", config, "--json"))
    digest = explained["policy"].removeprefix("sha256:")[:12]
    (tmp_path / "p.yaml").write_text("version: 1\nrules:\n- {id: only, target: request, effect: flag}\n")

    assert "alike" in run("policy", "diff", digest, "--config", config)
    found = json.loads(run("policy", "diff", digest, str(tmp_path), "--config", config, "--json", code=1))

    assert found["before"] == explained["policy"]
    assert [rule["id"] for rule in found["added"]] == ["only"]
    assert "restricted-stays-in-house" in [rule["id"] for rule in found["removed"]]


def test_what_is_neither_a_file_nor_a_known_digest_is_told(config: str):
    run("policy", "diff", "nowhere", "--config", config, code=1)
    run("policy", "diff", "abcdef012345", "--config", config, code=1)


def test_the_schema_that_is_printed_is_the_one_that_is_published():
    assert json.loads(run("policy", "schema")) == json.loads((ROOT / "policies" / "policy.schema.json").read_text())
