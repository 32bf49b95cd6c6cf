from datetime import date
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.policy import checking
from gateway.policy.checking import ready
from gateway.policy.loading import load

SHIPPED = Path(__file__).parents[2] / "policies"
TODAY = date(2026, 3, 1)
GOOD = """version: 1
rules:
- {id: r, owner: o@example.com, target: chunk, match: {chunk.license: MIT}, effect: flag}
tests:
- {given: {chunk: {license: MIT}}, expect: {flag: r}}
"""


def check(tmp_path, text):
    (tmp_path / "p.yaml").write_text(text)
    return checking.check(tmp_path, TODAY)


def run(tmp_path, text):
    (tmp_path / "p.yaml").write_text(text)
    return checking.test(tmp_path)


def test_policies_in_order_have_no_problem(tmp_path):
    assert check(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("owner: o@example.com, ", "", "It has no owner"),
        ("expect: {flag: r}", "expect: allow", "No test expects it."),
        ("effect: flag", "effect: flag, until: 2026-03-01", "It sleeps since 2026-03-01"),
        ("license: MIT}, e", "license: {in: []}}, e", "It can never apply: no value of chunk.license"),
    ],
)
def test_what_an_author_forgot_is_found_at_its_line(tmp_path, old, new, message):
    (problem,) = check(tmp_path, GOOD.replace(old, new))

    assert (problem.rule, problem.fatal, problem.at.line) == ("r", False, 3)
    assert problem.message.startswith(message)


def test_a_rule_that_ends_later_is_no_problem(tmp_path):
    assert check(tmp_path, GOOD.replace("effect: flag", "effect: flag, until: 2026-03-02")) == []


def test_a_rule_about_the_same_uses_as_another_is_found_once(tmp_path):
    double = "- {id: s, owner: o, target: chunk, match: {chunk.license: {in: [MIT]}}, effect: flag}\n"
    same = double.replace("id: s", "id: t").replace("{in: [MIT]}", "MIT")
    tests = "- {given: {chunk: {license: MIT}}, expect: {flag: s}}\n- {given: {chunk: {}}, expect: {flag: t}}\n"

    messages = [p.message for p in check(tmp_path, GOOD.replace("tests:\n", f"{double}{same}tests:\n{tests}"))]
    assert messages == ["It applies to the same uses as 'r'."]


@pytest.mark.parametrize("text", ["version: 1\nrule: []", GOOD.replace("flag: r}", "flag: s}"), "version: 1"])
def test_what_cannot_be_used_is_one_fatal_problem(tmp_path, text):
    (problem,) = check(tmp_path, text)

    assert problem.fatal
    assert "p.yaml" in problem.message or "no rule" in problem.message


def test_a_passing_test_says_so(tmp_path):
    (result,) = run(tmp_path, GOOD)

    assert (result.passed, result.expected, result.got, result.at.line) == (True, "flag: r", "flag: r", 5)


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ("chunk: {license: MIT}", "chunk: {}", "allow"),
        ("expect: {flag: r}", "expect: {deny: r}", "flag: r"),
        ("expect: {flag: r}", "expect: allow", "flag: r"),
        ("chunk: {license: MIT}", "chunk: {license: MIT, quarantined: true}", "drop_chunk: quarantine"),
    ],
)
def test_a_failing_test_says_what_came_instead(tmp_path, old, new, got):
    (result,) = run(tmp_path, GOOD.replace(old, new))

    assert (result.passed, result.got) == (False, got)


def test_a_rule_that_could_not_be_judged_does_not_pass_for_one_that_denied(tmp_path):
    text = GOOD.replace("chunk.license: MIT}, effect: flag", "user.purpose: x}, effect: deny").replace(
        "flag: r", "deny: r"
    )
    (result,) = run(tmp_path, text)

    assert (result.passed, result.got) == (False, "error: deny: r")
    assert result.reason == "Rule r cannot be judged: user.purpose is missing."


@pytest.mark.parametrize("sleep", ["mode: shadow", "mode: off", "until: 2020-01-01"])
def test_a_rule_is_tested_before_it_is_let_loose(tmp_path, sleep):
    (result,) = run(tmp_path, GOOD.replace("effect: flag", f"effect: flag, {sleep}"))

    assert result.passed


def test_the_rules_of_other_files_do_not_disturb_a_test(tmp_path):
    (tmp_path / "other.yaml").write_text("version: 1\nrules:\n- {id: other, target: chunk, effect: deny}")
    (result,) = run(tmp_path, GOOD)

    assert result.passed


def test_a_file_without_rules_shows_what_holds_without_any(tmp_path):
    given = "{chunk: {quarantined: true}}"
    text = f"version: 1\ntests: [{{name: t, given: {given}, expect: {{drop_chunk: quarantine}}}}]"
    (result,) = run(tmp_path, text)

    assert (result.passed, result.got) == (True, "drop_chunk: quarantine")


def test_the_shipped_policies_are_in_order_and_their_tests_pass():
    failed = [result for result in checking.test(SHIPPED) if not result.passed]

    assert checking.check(SHIPPED) == []
    assert failed == []


@pytest.mark.parametrize("rule", load(SHIPPED).rules, ids=lambda rule: rule.id)
def test_each_shipped_rule_says_whom_it_protects_and_is_tested_both_ways(rule):
    lines = Path(rule.at.file).read_text().splitlines()
    above = "\n".join(lines[: rule.at.line - 1])
    results = [r for r in checking.test(SHIPPED) if r.at.file == rule.at.file]

    assert "# Protects" in above
    assert rule.explain.text != f"Rule {rule.id} applies."
    assert rule.owner.endswith("@example.com")
    assert any(result.expected.endswith(f": {rule.id}") for result in results)
    assert any(not result.expected.endswith(f": {rule.id}") for result in results)


RULE = "- {id: r, owner: o@example.com, target: chunk, match: {chunk.license: MIT}, effect: flag}"
EXPECTED = "tests:\n- {given: {chunk: {license: MIT}}, expect: {flag: r}}\n"


def files(rule, tests=EXPECTED):
    return {"p.yaml": f"version: 1\nrules:\n{rule}\n{tests}"}


def test_what_is_in_order_is_ready():
    assert [rule.id for rule in ready(files(RULE)).rules] == ["r"]


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
@pytest.mark.parametrize(
    ("rule", "tests", "sentence"),
    [
        (RULE.replace("owner: o@example.com, ", ""), EXPECTED, "p.yaml:3: Rule 'r': It has no owner"),
        (RULE, "", "p.yaml:3: Rule 'r': No test expects it"),
        (RULE.replace("MIT", "{in: []}"), EXPECTED, "p.yaml:3: Rule 'r': It can never apply"),
        (
            RULE,
            EXPECTED.replace("license: MIT", "license: GPL"),
            "p.yaml:5: This test expects 'flag: r'",
        ),
        (RULE.replace("license:", "licence:"), EXPECTED, "p.yaml:3.*did you mean"),
        (RULE.replace("MIT", "{gt: 3}"), EXPECTED, "p.yaml:3.*no operator"),
        (RULE.replace("effect: flag", "effect: flagg"), EXPECTED, "p.yaml:3"),
    ],
)
def test_what_is_not_in_order_is_refused_with_file_line_and_a_sentence(mode, rule, tests, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        ready(files(rule.replace("target", f"mode: {mode}, target"), tests))


def test_a_rule_that_is_off_may_wait_for_its_owner_and_its_test():
    draft = "- {id: draft, mode: off, target: chunk, match: {chunk.license: {in: []}}, effect: deny}"

    assert len(ready(files(f"{RULE}\n{draft}")).rules) == 2


def test_a_gateway_that_is_not_strict_asks_only_to_be_understood():
    rule = RULE.replace("owner: o@example.com, ", "")

    assert ready(files(rule, ""), strict=False).rules
    with pytest.raises(ConfigurationError):
        ready(files(rule.replace("effect", "efect"), ""), strict=False)


@pytest.mark.parametrize("text", ["", "version: 1\n", "version: 1\nrules: []\n"])
def test_a_set_without_rules_is_refused_before_it_refuses_everything(text):
    with pytest.raises(ConfigurationError, match="no rule"):
        ready({"p.yaml": text})
    assert ready({"p.yaml": text}, strict=False).rules == ()
