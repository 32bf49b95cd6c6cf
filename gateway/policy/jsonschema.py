"""The policy language as a JSON Schema (2020-12): editors complete and check policy files while they are written.

`python -m gateway.policy.jsonschema > policies/policy.schema.json` writes the one that is shipped. It knows less than
`loading.py`: not the types inside CEL, nor which attributes a file declares itself.
"""

import json
import sys

from gateway.domain.decisions import Effect, Mode, Target
from gateway.domain.json import JSON, Object
from gateway.policy.attributes import BUILT_IN, NOW, SUBJECTS, Attribute, Kind
from gateway.policy.clauses import EFFECTS, PARAMETERS
from gateway.policy.conditions import OPERATORS, Operator
from gateway.policy.expressions import LONGEST
from gateway.policy.loading import EXTENSIBLE

_ORDER: tuple[Operator, ...] = (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)
_MEMBERSHIP = (Operator.IN, Operator.NOT_IN, Operator.INTERSECTS)
_TEXT: Object = {"type": "string"}
_SCALARS: dict[Kind, Object] = {
    Kind.STRING: {"type": ["string", "number", "boolean"]},
    Kind.INT: {"type": "integer"},
    Kind.DOUBLE: {"type": "number"},
    Kind.BOOL: {"type": "boolean"},
    Kind.TIMESTAMP: _TEXT,
    Kind.LIST: _TEXT,
}


def json_schema() -> Object:
    """Return the schema of a policy file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lineward policies",
        **_closed(
            {
                "version": {"const": 1},
                "defaults": _closed({"unlabelled": _TEXT, "on_error": _enum(Effect.DENY, Effect.DROP_CHUNK)}),
                "schema": _closed({name: _types() for name in EXTENSIBLE}),
                "allow": {"type": "array", "items": _allowance()},
                "rules": {"type": "array", "items": _rule()},
                "tests": {"type": "array", "items": _test()},
            },
            "version",
        ),
        "$defs": {_key(a): _condition(a) for a in BUILT_IN.attributes.values()},
    }


def _allowance() -> Object:
    texts: Object = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
    properties: Object = {
        "entities": texts,
        "owner": _TEXT,
        "values": texts,
        "patterns": texts,
        "ignore_case": {"type": "boolean"},
        "explain": _TEXT,
    }
    return {**_closed(properties, "entities"), "anyOf": [{"required": ["values"]}, {"required": ["patterns"]}]}


def _rule() -> Object:
    properties: Object = {
        "id": {"type": "string", "minLength": 1},
        "owner": _TEXT,
        "mode": _enum(*Mode),
        "since": {"type": "string", "format": "date"},
        "until": {"type": "string", "format": "date"},
        "target": _enum(*Target),
        "match": {"type": "object"},
        "when": {"type": "string", "maxLength": LONGEST},
        "effect": {"anyOf": [_enum(*(kind for kind in EFFECTS if kind not in PARAMETERS)), *_parametrised()]},
        "explain": _TEXT,
    }
    return {**_closed(properties, "id", "target", "effect"), "allOf": [_of_target(target) for target in Target]}


def _of_target(target: Target) -> Object:
    """Return what holds for the rules of one target only: the attributes that they may read."""
    visible = BUILT_IN.visible(target)
    readable: Object = {name: {"$ref": f"#/$defs/{_key(a)}"} for name, a in visible.items() if name != NOW}
    declared = "|".join(name for name in ("chunk", "document", "dest") if name in (SUBJECTS[target], "dest"))
    match: Object = {
        "properties": readable,
        "patternProperties": {rf"^({declared})\.": True},
        "additionalProperties": False,
    }
    return {
        "if": {"properties": {"target": {"const": target.value}}, "required": ["target"]},
        "then": {"properties": {"match": match}},
    }


def _key(attribute: Attribute) -> str:
    """Return the name of the definition that attributes of the same type and choices share."""
    return "-".join([attribute.kind, *attribute.choices])


def _condition(attribute: Attribute) -> Object:
    item: Object = _enum(*attribute.choices) if attribute.choices else _SCALARS[attribute.kind]
    operators = [*OPERATORS[attribute.kind], *(_ORDER if attribute.choices else ())]
    operands: Object = {name.value: _operand(name, item) for name in operators}
    several: Object = {**_closed(operands), "minProperties": 1}
    return several if attribute.kind is Kind.LIST else {"anyOf": [item, several]}


def _operand(operator: Operator, item: Object) -> Object:
    if operator is Operator.EXISTS:
        return {"type": "boolean"}
    return {"type": "array", "items": item} if operator in _MEMBERSHIP else item


def _parametrised() -> list[JSON]:
    return [_closed({kind.value: _closed({needed: _TEXT}, needed)}, kind.value) for kind, needed in PARAMETERS.items()]


def _types() -> Object:
    names = [f"{kind.value}{optional}" for kind in Kind for optional in ("", "?")]
    choices: Object = {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}
    return {"type": "object", "additionalProperties": {"anyOf": [_enum(*names), choices]}}


def _test() -> Object:
    facts: Object = {"type": "object"}
    given = _closed({**dict.fromkeys((*SUBJECTS.values(), "user", "dest"), facts), NOW: _TEXT})
    effects = _closed({kind.value: _TEXT for kind in EFFECTS})
    one: Object = {**effects, "minProperties": 1, "maxProperties": 1}
    expect: Object = {"anyOf": [{"const": Effect.ALLOW.value}, one]}
    return _closed({"name": _TEXT, "given": given, "expect": expect}, "given", "expect")


def _closed(properties: Object, *required: str) -> Object:
    schema: Object = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": [*required]} if required else schema


def _enum(*names: str) -> Object:
    return {"enum": [str(name) for name in names]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
