import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.policy.jsonschema import json_schema

SHIPPED = Path(__file__).parents[2] / "policies"
RULE = {"id": "r", "target": "chunk", "effect": "flag"}


class AsText(yaml.SafeLoader):
    """YAML 1.2 as editors read it: only true and false are booleans, and dates are text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] not in {"timestamp", "bool"}]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


AsText.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def errors(document):
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(document)]


def test_the_shipped_schema_is_that_of_the_language():
    """Renew it with `python -m gateway.policy.jsonschema > policies/policy.schema.json`."""
    assert json.loads((SHIPPED / "policy.schema.json").read_text()) == json_schema()


def test_it_is_a_json_schema():
    Draft202012Validator.check_schema(json_schema())

    assert errors({"version": 1}) == []


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.name)
def test_editors_find_nothing_wrong_with_the_shipped_policies(file):
    assert errors(yaml.load(file.read_text(), AsText)) == []


@pytest.mark.parametrize(
    "rule",
    [
        {**RULE, "match": {"chunk.anything": {"eq": 1}}},
        {**RULE, "effect": {"route": {"to": "x"}}},
        {**RULE, "match": {"chunk.classification": {"gte": "internal"}, "chunk.tags": {"contains": "a"}}},
    ],
)
def test_editors_accept_what_loads(rule):
    assert errors({"version": 1, "rules": [rule]}) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "r", "target": "chunk"},
        {**RULE, "mode": "enforced"},
        {**RULE, "effect": "allow"},
        {**RULE, "effect": "route"},
        {**RULE, "colour": "red"},
        {**RULE, "match": {"finding.entity": "JWT"}},
        {**RULE, "match": {"user.porpoise": "x"}},
        {**RULE, "match": {"chunk.classification": "cosmic"}},
        {**RULE, "match": {"dest.self_hosted": "yes"}},
        {**RULE, "match": {"chunk.license": {"lt": "MIT"}}},
    ],
)
def test_editors_mark_what_does_not_load(rule):
    assert errors({"version": 1, "rules": [rule]}) != []
