import pytest

from gateway.domain.errors import ConfigurationError
from gateway.policy.allowances import allows
from gateway.policy.checking import check
from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse

RULES = "rules:\n- {id: r, owner: o@example.com, target: finding, match: {finding.entity: PERSON}, effect: mask}\n"


def policies(allow: str) -> PolicySet:
    return parse({"p.yaml": f"version: 1\nallow:\n{allow}\n{RULES}"}).policies


SWITCHBOARD = "- {entities: [PHONE_NUMBER], owner: o@example.com, explain: ours, values: ['+49 89 1234-0']}"
PRESS = (
    "- {entities: [EMAIL_ADDRESS, PERSON], ignore_case: true, values: [Support@Example.com],"
    " patterns: ['press-\\w+@example\\.com']}"
)


@pytest.mark.parametrize(
    ("entity", "value", "allowed"),
    [
        ("PHONE_NUMBER", "+49 89 1234-0", True),
        ("PHONE_NUMBER", "+49 89 1234-01", False),
        ("PHONE_NUMBER", " +49 89 1234-0", False),
        ("US_SSN", "+49 89 1234-0", False),
        ("EMAIL_ADDRESS", "SUPPORT@example.com", True),
        ("EMAIL_ADDRESS", "my-support@example.com", False),
        ("EMAIL_ADDRESS", "PRESS-de@example.com", True),
        ("EMAIL_ADDRESS", "press-de@example.com.evil.org", False),
        ("PERSON", "support@example.com", True),
        ("LOCATION", "support@example.com", False),
    ],
)
def test_a_named_value_is_allowed_for_its_entities_and_nothing_longer(entity: str, value: str, allowed: bool):
    assert policies(f"{SWITCHBOARD}\n{PRESS}").allows(entity, value) is allowed


def test_without_allowances_nothing_is_allowed():
    assert not PolicySet().allows("PERSON", "Ada")
    assert not allows([])("", "")


def test_allowances_of_all_files_hold_together():
    files = {"a.yaml": f"version: 1\nallow:\n{SWITCHBOARD}\n", "b.yaml": f"version: 1\nallow:\n{PRESS}\n{RULES}"}

    together = parse(files).policies

    assert [str(one.at) for one in together.allow] == ["a.yaml:3", "b.yaml:3"]


def test_the_digest_names_what_is_allowed_and_only_that():
    one, two = policies(f"{SWITCHBOARD}\n{PRESS}"), policies(f"{PRESS}\n\n{SWITCHBOARD} # moved")

    assert one.digest == two.digest
    assert one.digest != policies(SWITCHBOARD).digest
    assert (
        parse({"p.yaml": f"version: 1\n{RULES}"}).policies.digest
        == parse({"p.yaml": f"version: 1\nallow: []\n{RULES}"}).policies.digest
    )


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("{values: [a]}", "needs 'entities'"),
        ("{entities: [PERSON]}", "needs 'values' or 'patterns'"),
        ("{entities: [], values: [a]}", "needs 'entities'"),
        ("{entities: PERSON, values: [a]}", "'entities' must be a list"),
        ("{entities: [PERSON], values: ['']}", "is empty"),
        ("{entities: [PERSON], patterns: ['(?=a)']}", "RE2 does not read this pattern"),
        ("{entities: [PERSON], values: [a], ignore_case: yes}", "'yes' is no choice"),
        ("{entities: [PERSON], value: [a]}", "did you mean 'values'"),
    ],
)
def test_an_allowance_that_is_not_understood_is_told_with_its_line(item: str, sentence: str):
    with pytest.raises(ConfigurationError) as caught:
        policies(f"- {item}")

    assert "p.yaml:3: " in str(caught.value) and sentence in str(caught.value)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{entities: [PERSON], explain: ours, values: [a]}", "has no owner"),
        ("{entities: [PERSON], owner: o@example.com, values: [a]}", "does not explain"),
        ("{entities: [PERSON], owner: o@example.com, explain: all, patterns: [b, '.*']}", "nothing is found of PERSON"),
    ],
)
def test_check_finds_what_an_allowance_lacks(tmp_path, item: str, message: str):
    test = "tests:\n- {given: {finding: {entity: PERSON}}, expect: {mask: r}}\n"
    (tmp_path / "p.yaml").write_text(f"version: 1\nallow:\n- {item}\n{RULES}{test}")

    (problem,) = check(tmp_path)

    assert (problem.at.line, problem.fatal) == (3, False)
    assert message in problem.message
