"""The closed conditions of a rule's `match` block: small enough to be compiled, compared and turned into filters."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, cast

from gateway.domain.facts import Value
from gateway.policy.attributes import NOW, Attribute, Kind
from gateway.policy.readings import Reading, Unreadable

Operand: TypeAlias = Value | frozenset[Value]
Test: TypeAlias = Callable[[Reading], bool]


class Operator(StrEnum):
    """How a value is compared, the cheapest first."""

    EXISTS = "exists"
    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    INTERSECTS = "intersects"


_EQUALITY = (Operator.EXISTS, Operator.EQ, Operator.NE)
_ORDER = (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)
_MEMBERSHIP = (Operator.IN, Operator.NOT_IN)

OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.STRING: (*_EQUALITY, *_MEMBERSHIP),
    Kind.INT: (*_EQUALITY, *_MEMBERSHIP, *_ORDER),
    Kind.DOUBLE: (*_EQUALITY, *_MEMBERSHIP, *_ORDER),
    Kind.BOOL: _EQUALITY,
    Kind.TIMESTAMP: (*_EQUALITY, *_ORDER),
    Kind.LIST: (Operator.EXISTS, Operator.CONTAINS, Operator.INTERSECTS),
}
"""What each type can be asked. A string with choices has an order too: that of its choices."""

_COMPARISONS: dict[Operator, Callable[[Operand, Operand], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.IN: lambda value, members: value in cast("frozenset[Value]", members),
    Operator.NOT_IN: lambda value, members: value not in cast("frozenset[Value]", members),
    Operator.CONTAINS: lambda values, member: member in cast("tuple[str, ...]", values),
    Operator.INTERSECTS: lambda values, members: (
        not cast("frozenset[Value]", members).isdisjoint(cast("tuple[str, ...]", values))
    ),
    Operator.EXISTS: lambda _, wanted: bool(wanted),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One attribute, one operator, and what it is compared with."""

    attribute: Attribute
    operator: Operator
    operand: Operand
    """A value of the attribute's type (for `contains` a string), a set of them, or `now`; for `exists` a boolean."""

    @property
    def reads_now(self) -> bool:
        """Whether it compares with the minute of the question."""
        return self.attribute.kind is Kind.TIMESTAMP and self.operand == NOW

    @property
    def holds_if_absent(self) -> bool:
        """Whether it asks for the attribute's absence."""
        return self.operator is Operator.EXISTS and not self.operand


def ordered(attribute: Attribute, comparison: Operator, choice: str) -> frozenset[Value]:
    """Return the choices of *attribute* that compare so with *choice*."""
    rank, compare = attribute.choices.index(choice), _COMPARISONS[comparison]
    return frozenset(name for position, name in enumerate(attribute.choices) if compare(position, rank))


def conjunction(conditions: Sequence[Condition]) -> Test:
    """Return the function that says whether all of *conditions* hold, asking the cheapest first.

    It raises `Unreadable` only if every condition that can be asked holds.
    """
    cheapest_first = sorted(conditions, key=lambda c: (c.reads_now, list(Operator).index(c.operator)))
    checks = tuple((c.attribute.name, _COMPARISONS[c.operator], c.operand, c.reads_now, c) for c in cheapest_first)

    def holds(reading: Reading) -> bool:
        values = reading.values
        unreadable: Unreadable | None = None
        for name, compare, operand, timed, condition in checks:
            value = values.get(name)
            if value is not None:
                if not compare(value, values[NOW] if timed else operand):
                    return False
            elif problem := reading.problem(condition.attribute):
                unreadable = unreadable or Unreadable(name, problem)
            elif not condition.holds_if_absent:
                return False
        if unreadable:
            raise unreadable
        return True

    return holds
