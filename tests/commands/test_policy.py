import json
from pathlib import Path

from tests.commands.running import first_response, run


def test_explain_names_the_rule_and_the_values_it_read(config: str):
    response = first_response(config)

    told = run("policy", "explain", response, "--config", config)
    explained = json.loads(run("policy", "explain", response, "--config", config, "--json"))

    assert "restricted" in told and "patterns-1" in told
    assert explained["policy"].startswith("sha256:")
    assert explained["loaded"]["detectors"] == ["patterns-1", "secrets-1"]


def test_the_shipped_policies_are_in_order_and_pass_their_tests():
    assert "in order" in run("policy", "check", "policies")
    assert " 0 failed" in run("policy", "test", "policies")


def test_a_broken_policy_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "bad.yaml").write_text("version: 1\nrules:\n- {id: a, target: chunk, efect: deny}\n")

    problems = json.loads(run("policy", "check", str(tmp_path), "--json", code=1))

    assert "bad.yaml:3" in problems[0]["message"]


def test_check_with_a_configuration_tells_of_rules_that_nothing_there_can_follow(config: str, tmp_path: Path):
    rule = "{id: r, owner: o@example.com, target: finding, match: {finding.entity: PERSON}, effect: mask}"
    tests = "tests:\n- {given: {finding: {entity: PERSON}}, expect: {mask: r}}\n"
    (tmp_path / "p.yaml").write_text(f"version: 1\nrules:\n- {rule}\n{tests}")

    alone = json.loads(run("policy", "check", str(tmp_path), "--json"))
    (problem,) = json.loads(run("policy", "check", str(tmp_path), "--config", config, "--json", code=1))

    assert alone == []
    assert "p.yaml:3: rule 'r' is enforced, but no detector" in problem["message"]
    assert "in order" in run("policy", "check", "policies", "--config", config)
