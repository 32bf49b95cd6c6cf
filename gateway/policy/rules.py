"""One rule as its author wrote it: typed, frozen, and nothing of the machinery that evaluates it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.domain.decisions import Effect, Mode, Target
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.json import JSON, Object
from gateway.policy.attributes import NOW
from gateway.policy.conditions import Condition, Operand
from gateway.policy.expressions import Expression
from gateway.policy.nodes import At

_DAY = 24 * 60

LONGEST_VALUE = 200
"""Characters of one value in an explanation; labels may be any length."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence with attributes in it."""

    text: str
    parts: tuple[tuple[str, str | None], ...]
    """Words, and the attribute that follows them."""

    def filled(self, values: Mapping[str, Value]) -> str:
        """Return the sentence with *values*; an attribute without one is `(unknown)`."""
        return "".join(words + (_written(values.get(name)) if name else "") for words, name in self.parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One restriction on the uses of its target."""

    id: str
    target: Target
    effect: Effect
    at: At = field(compare=False)
    """Where it stands."""
    mode: Mode = Mode.ENFORCE
    since: date | None = None
    """The day, in UTC, before which the rule sleeps."""
    until: date | None = None
    """The day, in UTC, from which the rule sleeps."""
    owner: str | None = None
    conditions: tuple[Condition, ...] = ()
    when: Expression | None = None
    explain: Explanation = Explanation("", ())
    parameters: Facts = NONE
    """What its effect needs to know: `to`, the provider, for `route`."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Full names of the attributes that decide whether it applies, each once, in order."""
        names = [c.attribute.name for c in self.conditions]
        names += self.when.references if self.when else ()
        return tuple(dict.fromkeys(names))

    @property
    def step(self) -> int:
        """Minutes after which it may judge the same use otherwise, whatever that carries; 0 if it does not."""
        if NOW in self.reads:
            return 1
        return 0 if self.since is self.until is None else _DAY

    def is_awake(self, today: date) -> bool:
        """Return whether it has begun and not ended on the day *today* in UTC."""
        return (self.since is None or self.since <= today) and (self.until is None or today < self.until)

    @property
    def moments(self) -> frozenset[str]:
        """Full names of the attributes that it compares with `now`."""
        return frozenset(c.attribute.name for c in self.conditions if c.reads_now)

    @property
    def canonical(self) -> Object:
        """Everything about it that matters, alike for all ways to write the same rule."""
        return {
            "id": self.id,
            "target": self.target,
            "effect": self.effect,
            "mode": self.mode,
            "until": self.until.isoformat() if self.until else None,
            **({"since": self.since.isoformat()} if self.since else {}),
            "owner": self.owner,
            "match": sorted((_condition(c) for c in self.conditions), key=str),
            "when": self.when.text if self.when else None,
            "explain": self.explain.text,
            "parameters": {name: _json(value) for name, value in self.parameters.items()},
        }


def _condition(condition: Condition) -> JSON:
    return [condition.attribute.name, condition.operator, _json(condition.operand)]


def _json(operand: Operand) -> JSON:
    if isinstance(operand, frozenset | tuple):
        return [_json(item) for item in sorted(operand, key=str)]
    return operand.isoformat() if isinstance(operand, datetime) else operand


def _written(value: Value | None) -> str:
    if value is None:
        return "(unknown)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        value = ", ".join(value) or "nobody"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
