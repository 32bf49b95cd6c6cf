"""The tests of policy files as typed questions: `given` facts, an expected answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.decisions import Effect, Target, Use
from gateway.domain.facts import Facts, Value
from gateway.policy.attributes import NOW, TARGETS, Kind, Schema
from gateway.policy.clauses import EFFECTS, value
from gateway.policy.licences import licence_facts
from gateway.policy.loading import Loaded
from gateway.policy.nodes import At, Block, Listing, Node, Scalar, block, scalar
from gateway.policy.standing import QUARANTINE, TENANT_ISOLATION
from gateway.policy.suggestions import near, no_attribute
from gateway.policy.values import timestamp

KEYS = ("name", "given", "expect")


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a policy file."""

    at: At
    name: str
    use: Use
    now: datetime | None
    expected: str
    """`allow`, or effect and rule: `drop_chunk: confidential-stays-in-house`."""

    @property
    def rule(self) -> str:
        """The rule that is expected to win; empty for `allow`."""
        return self.expected.partition(": ")[2]


def cases(loaded: Loaded) -> list[Case]:
    """Return the tests of all files. Raises `ConfigurationError` for one that makes no sense."""
    found: list[Case] = []
    for file in loaded.files:
        rules = [rule.id for rule in loaded.policies.rules if rule.at.file == file.name]
        known = (*rules, TENANT_ISOLATION, QUARANTINE)
        found += [_case(block, loaded.policies.schema, known) for block in file.root.blocks("tests")]
    return found


def _case(test: Block, schema: Schema, rules: tuple[str, ...]) -> Case:
    test.only(KEYS, "a test")
    given = test.block("given")
    if given is None:
        test.at.fail("A test needs 'given'.")
    target = _target(given)
    given.only([*(name for name in (*TARGETS, "user", "dest") if name in given.keys), NOW], "'given'")
    parts = {name: _facts(given, name, schema) for name in given.keys if name != NOW}
    subject = next(name for name, known in TARGETS.items() if known is target)
    use = Use(target, parts.get(subject, Facts()), parts.get("user", Facts()), parts.get("dest", Facts()))
    return Case(test.at, test.text("name"), use, _now(given), _expected(test, rules))


def _target(given: Block) -> Target:
    subjects = [name for name in given.keys if name in TARGETS]
    if len(subjects) != 1:
        given.at.fail(f"'given' needs one subject: one of {', '.join(TARGETS)}.")
    return TARGETS[subjects[0]]


def _facts(given: Block, namespace: str, schema: Schema) -> Facts:
    facts: dict[str, Value] = {}
    labels: Mapping[str, Node] = block(given.entries[namespace], repr(namespace)).entries
    for label, node in labels.items():
        name = f"{namespace}.{label}"
        attribute = schema.attributes.get(name)
        if attribute is None:
            node.at.fail(no_attribute(name, schema.attributes))
        if attribute.kind is Kind.LIST:
            if not isinstance(node, Listing):
                node.at.fail(f"{name!r} is {attribute.sentence}.")
            facts[label] = tuple(item.text for item in node.scalars)
        else:
            facts[label] = value(attribute, scalar(node, repr(name)))
    licence = facts.get("license")
    follows = licence_facts(licence) if isinstance(licence, str) else {}
    return Facts({**follows, **facts})


def _now(given: Block) -> datetime | None:
    node = given.scalar(NOW)
    if node is None:
        return None
    moment = timestamp(node.text)
    if moment is None:
        node.at.fail(f"{node.text!r} is no date or time with its UTC offset (RFC 3339).")
    return moment


def _expected(test: Block, rules: tuple[str, ...]) -> str:
    node = test.entries.get("expect")
    if node is None:
        test.at.fail("A test needs 'expect': allow, or {effect: rule}.")
    if isinstance(node, Scalar):
        return node.one_of([Effect.ALLOW], "expectation but {effect: rule}, or")
    if not isinstance(node, Block) or len(node.entries) != 1:
        node.at.fail("'expect' is allow, or {effect: rule}.")
    ((effect, rule),) = node.entries.items()
    Scalar(node.at, effect).one_of([*EFFECTS], "effect")
    name = scalar(rule, "The rule")
    if name.text not in rules:
        name.at.fail(f"This file has no rule {name.text!r}{near(name.text, rules)}")
    return f"{effect}: {name.text}"
