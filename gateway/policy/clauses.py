"""The clauses of a rule: `match`, `when`, `effect`, `explain` and its days, each from its YAML to its typed form."""

import re
from collections.abc import Mapping
from datetime import date
from string import Formatter

from gateway.domain.decisions import Effect, Target
from gateway.domain.facts import NONE, Facts, Value
from gateway.policy.attributes import NOW, Attribute, Kind
from gateway.policy.conditions import OPERATORS, Condition, Operand, Operator, ordered
from gateway.policy.expressions import CELExpression, ExpressionError, compiled
from gateway.policy.nodes import At, Block, Listing, Node, Scalar, scalar
from gateway.policy.rules import Explanation
from gateway.policy.suggestions import near, no_attribute
from gateway.policy.values import timestamp, typed

EFFECTS: Mapping[Effect, tuple[Target, ...]] = {
    Effect.DENY: tuple(Target),
    Effect.FLAG: tuple(Target),
    Effect.QUARANTINE: (Target.INGEST, Target.CHUNK),
    Effect.DROP_CHUNK: (Target.CHUNK, Target.FINDING),
    Effect.ROUTE: (Target.REQUEST, Target.CHUNK, Target.PROMPT, Target.FINDING),
    Effect.MASK: (Target.CHUNK, Target.PROMPT, Target.FINDING, Target.RESPONSE, Target.TOOL_CALL),
    Effect.PSEUDONYMISE: (Target.FINDING,),
    Effect.HASH: (Target.CHUNK, Target.PROMPT, Target.FINDING, Target.RESPONSE, Target.TOOL_CALL),
    Effect.FENCE: (Target.CHUNK,),
    Effect.CITE: (Target.CHUNK, Target.RESPONSE),
}
"""What each effect can be done to. `allow` is none: rules restrict."""

PARAMETERS: Mapping[Effect, str] = {Effect.ROUTE: "to"}
"""The one thing that an effect needs to know."""

_ORDER = (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)
_SETS = (Operator.IN, Operator.NOT_IN, Operator.INTERSECTS)


def conditions(match: Block | None, visible: Mapping[str, Attribute]) -> tuple[Condition, ...]:
    """Return the conditions of a `match` block over the *visible* attributes."""
    found: list[Condition] = []
    if match is None:
        return ()
    for name, node in match.entries.items():
        attribute = visible.get(name)
        if attribute is None or name == NOW:
            match.keys[name].fail(no_attribute(name, visible.keys() - {NOW}))
        if isinstance(node, Block):
            if not node.entries:
                node.at.fail(f"{name!r} needs an operator.")
            found += [_condition(attribute, operator, node) for operator in node.keys]
        else:
            found.append(_equality(attribute, node))
    return tuple(found)


def when(rule: Block, visible: Mapping[str, Attribute]) -> CELExpression | None:
    """Return the compiled `when` of a *rule*, if it has one."""
    text = rule.scalar("when")
    if text is None:
        return None
    try:
        return compiled(text.text.strip(), visible)
    except ExpressionError as error:
        text.at.fail(str(error))


def effect(rule: Block, target: Target, what: str) -> tuple[Effect, Facts]:
    """Return the effect of a *rule* on its *target*, and its parameters."""
    node = rule.entries.get("effect")
    name, parameters = (node, None) if isinstance(node, Scalar) else _parametrised(rule, what)
    kind = Effect(name.one_of([*EFFECTS], "effect"))
    if target not in EFFECTS[kind]:
        name.at.fail(f"{kind.value!r} cannot be done to a {target.value}{near('', _possible(target))}")
    needed = PARAMETERS.get(kind)
    if parameters is None:
        if needed:
            name.at.fail(f"{kind.value!r} needs to know {needed!r}: write {{{kind.value}: {{{needed}: ...}}}}.")
        return kind, NONE
    parameters.only([needed] if needed else [], f"{kind.value!r}")
    return kind, Facts({needed: parameters.required(needed, repr(kind.value)).text}) if needed else NONE


def explanation(rule: Block, visible: Mapping[str, Attribute]) -> Explanation:
    """Return the explanation of a *rule*; without one it says only that the rule applies."""
    node = rule.scalar("explain")
    if node is None:
        text = f"Rule {rule.text('id')} applies."
        return Explanation(text, ((text, None),))
    try:
        parsed = list(Formatter().parse(node.text))
    except ValueError:
        node.at.fail("The braces of this explanation are not paired; write '{{' for a brace.")
    for _, name, form, conversion in parsed:
        if name is not None and (name not in visible or form or conversion):
            node.at.fail(no_attribute(name, visible))
    return Explanation(node.text, tuple((words, name) for words, name, _, _ in parsed))


def period(rule: Block) -> tuple[date | None, date | None]:
    """Return the day from which a *rule* acts, and the one from which it sleeps again, if it says them."""
    since, until = _day(rule, "since"), _day(rule, "until")
    if since and until and until <= since:
        rule.keys["until"].fail(f"It would end on {until}, before it begins on {since}.")
    return since, until


def _day(rule: Block, key: str) -> date | None:
    node = rule.scalar(key)
    if node is None:
        return None
    try:
        return date.fromisoformat(node.text)
    except ValueError:
        node.at.fail(f"{node.text!r} is no date such as 2026-12-31.")


def value(attribute: Attribute, node: Scalar) -> Value:
    """Return what *node* says as a value of the attribute's type, for `contains` and its like of its items' type."""
    parsed = _parsed(attribute.kind, node)
    result = None if parsed is None else typed(attribute)(parsed)
    if result is None:
        hint = near(node.text, attribute.choices) if attribute.choices else "."
        node.at.fail(f"{node.text!r} is no value of {attribute.name!r}, which is {attribute.sentence}{hint}")
    return result


def _equality(attribute: Attribute, node: Node) -> Condition:
    if isinstance(node, Listing):
        node.at.fail(f"Which operator? Write {attribute.name}: {{in: [...]}}, or intersects for a list.")
    allowed = OPERATORS[attribute.kind]
    if Operator.EQ not in allowed:
        node.at.fail(f"A list is not compared as a whole{near('', allowed)}")
    return Condition(attribute, Operator.EQ, _operand(attribute, scalar(node, attribute.name)))


def _condition(attribute: Attribute, name: str, block: Block) -> Condition:
    at, node = block.keys[name], block.entries[name]
    allowed = [*OPERATORS[attribute.kind], *(_ORDER if attribute.choices else ())]
    if name not in allowed:
        at.fail(f"{name!r} is no operator for {attribute.name!r}, which is {attribute.sentence}{near(name, allowed)}")
    operator = Operator(name)
    if operator is Operator.EXISTS:
        return Condition(attribute, operator, value(Attribute("exists", Kind.BOOL), scalar(node, "'exists'")))
    if operator in _SETS:
        return Condition(attribute, operator, _set(attribute, operator, node, at))
    operand = _operand(_item(attribute), scalar(node, repr(name)))
    if attribute.choices and operator in _ORDER:
        return Condition(attribute, Operator.IN, ordered(attribute, operator, str(operand)))
    return Condition(attribute, operator, operand)


def _set(attribute: Attribute, operator: Operator, node: Node, at: At) -> frozenset[Value]:
    if not isinstance(node, Listing):
        at.fail(f"{operator.value!r} needs a list.")
    return frozenset(value(_item(attribute), item) for item in node.scalars)


def _item(attribute: Attribute) -> Attribute:
    """Return the attribute as which one value among several is read: an item of a list is a string."""
    if attribute.kind is Kind.LIST:
        return Attribute(attribute.name, Kind.STRING, attribute.required, attribute.choices)
    return attribute


def _operand(attribute: Attribute, node: Scalar) -> Operand:
    if attribute.kind is Kind.TIMESTAMP and node.plain and node.text == NOW:
        return NOW
    return value(attribute, node)


_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")


def _parsed(kind: Kind, node: Scalar) -> Value | None:
    """Return what the text of *node* is as a *kind*; YAML's own guesses about types play no part."""
    text = node.text
    if kind is Kind.STRING:
        return text if text or not node.plain else None
    if kind is Kind.BOOL:
        return {"true": True, "false": False}.get(text.lower())
    if kind is Kind.TIMESTAMP:
        return timestamp(text)
    if kind is Kind.INT:
        return int(text) if _INTEGER.fullmatch(text) else None
    return float(text) if _NUMBER.fullmatch(text) else None


def _parametrised(rule: Block, what: str) -> tuple[Scalar, Block]:
    node = rule.entries.get("effect")
    if node is None:
        rule.at.fail(f"{what} needs 'effect'.")
    if not isinstance(node, Block) or len(node.entries) != 1:
        node.at.fail("An effect is one name, or one name with its parameters: {route: {to: ...}}.")
    ((name, parameters),) = node.entries.items()
    if not isinstance(parameters, Block):
        parameters.at.fail(f"The parameters of {name!r} are keys and values: {{route: {{to: ...}}}}.")
    return Scalar(node.keys[name], name), parameters


def _possible(target: Target) -> list[str]:
    return [kind for kind, targets in EFFECTS.items() if target in targets]
