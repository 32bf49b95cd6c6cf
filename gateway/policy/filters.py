"""Rules as filters of a search, as far as they can be: what a filter leaves out, rules refuse; pure.

A rule about chunks that refuses becomes a filter if its `match` says all: no `when`. What it reads of the user and the
destination is decided at once; what it reads of the chunk becomes a comparison, turned round. Whatever a comparison in
a vector store would decide otherwise than the engine is left to the engine: `when`, times, fractions, the order of
numbers, and the absence of an attribute that rules may do without. So nothing that rules allow is left out.

Rules that deny are filters like those that drop. A search must not hide with them what it would have found: it uses a
filter only for what takes the places of chunks that are refused, and nothing is refused for the sake of a chunk that
only came to fill a place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias, cast

from gateway.domain.decisions import REFUSING, Mode, Target
from gateway.domain.documents import How
from gateway.domain.facts import Facts, Value
from gateway.domain.filters import Compared, Comparison, Filter, all_of, any_of
from gateway.policy.attributes import NOW, Attribute, Kind
from gateway.policy.conditions import Condition, Operand, Operator, conjunction
from gateway.policy.engine import PolicySet
from gateway.policy.licences import DERIVED
from gateway.policy.readings import Reader, Reading, Unreadable
from gateway.policy.rules import Rule

Spared: TypeAlias = Filter | Literal["all", "none", "unknown"]
"""Of which chunks a condition is false: those that pass a filter, all, none, or those that only the engine can tell."""

_CHUNK = "chunk."
_UNFILTERED = frozenset({
    "chunk.source", "chunk.tenant", "chunk.title", "chunk.url", "chunk.version", *(f"chunk.{name}" for name in DERIVED),
})  # fmt: skip
"""What no filter says of a chunk, or says of another thing than a label of that name."""


def admitted(policies: PolicySet, user: Facts, dest: Facts) -> Filter | None:
    """Return what every chunk passes that *policies* allow *user* to have found for *dest*; `None` for everything.

    What passes has still to be judged.
    """
    reader = Reader(policies.schema, policies.defaults.values)
    reading = reader.reading("chunk", Facts(how=How.RETRIEVED.value), user, dest)
    partial = _Partial(reading, policies.defaults.values)
    today = datetime.fromtimestamp(policies.clock(), UTC).date()
    rules = [rule for rule in policies.rules if _refuses(rule) and rule.is_awake(today)]
    return all_of([partial.rule(rule) for rule in rules])


def _refuses(rule: Rule) -> bool:
    enforced = rule.target is Target.CHUNK and rule.mode is Mode.ENFORCE
    return enforced and rule.effect in REFUSING and rule.when is None


@dataclass(frozen=True, slots=True)
class _Partial:
    """What can be said of conditions before any chunk is known."""

    reading: Reading
    """The user, the destination, and how a chunk is found."""
    defaults: Mapping[str, Value]

    def rule(self, rule: Rule) -> Filter | None:
        """Return what passes whatever *rule* does not refuse: one of its conditions is false. `None` is no filter."""
        spared = [self.condition(condition) for condition in rule.conditions]
        if "all" in spared or "unknown" in spared:
            return None
        filters = [cast("Filter", one) for one in spared if one != "none"]
        return any_of(filters) if filters else None

    def condition(self, condition: Condition) -> Spared:
        """Return of which chunks *condition* is false."""
        attribute = condition.attribute
        if attribute.name == NOW or attribute.name in _UNFILTERED or condition.reads_now:
            return "unknown"
        if attribute.name == "chunk.how" or not attribute.name.startswith(_CHUNK):
            return "none" if _may_hold(condition, self.reading) else "all"
        return self._of_chunk(condition)

    def _of_chunk(self, condition: Condition) -> Spared:
        attribute = condition.attribute
        if attribute.choices:
            return self._of_choices(condition)
        if attribute.kind is Kind.BOOL:
            return self._without(condition, frozenset(one for one in (False, True) if _holds(condition, one)))
        operand = _members(condition.operand)
        match condition.operator, attribute.kind:
            case ((Operator.EQ | Operator.IN), (Kind.STRING | Kind.INT)):
                return self._without(condition, operand)
            case ((Operator.NE | Operator.NOT_IN), Kind.STRING) if not self._spares_absent(condition):
                return _compared(attribute, Comparison.IN, operand)
            case ((Operator.CONTAINS | Operator.INTERSECTS), Kind.LIST):
                return _compared(attribute, Comparison.LACKS, operand)
        return "unknown"

    def _of_choices(self, condition: Condition) -> Spared:
        """A word that is none of the choices cannot be judged, which is a refusal too."""
        choices = frozenset(condition.attribute.choices)
        refused = frozenset(one for one in choices if _holds(condition, one))
        if self._spares_absent(condition):
            return self._without(condition, cast("frozenset[Value]", refused)) if refused else "all"
        return _compared(condition.attribute, Comparison.IN, choices - refused) if choices - refused else "none"

    def _without(self, condition: Condition, refused: frozenset[Value]) -> Spared:
        whole = all(not isinstance(value, int) or abs(value) < 2**63 for value in refused)
        return _compared(condition.attribute, Comparison.NIN, refused) if refused and whole else "unknown"

    def _spares_absent(self, condition: Condition) -> bool:
        """Return whether a chunk without the attribute is certainly none to which *condition* applies."""
        default = self.defaults.get(condition.attribute.name)
        if default is not None:
            return not _holds(condition, default)
        return not condition.attribute.required and not condition.holds_if_absent


def _compared(attribute: Attribute, comparison: Comparison, values: frozenset[Value] | frozenset[str]) -> Spared:
    if not values:
        return "unknown"
    return Compared(attribute.name.removeprefix(_CHUNK), comparison, tuple(sorted(values, key=str)))


def _members(operand: Operand) -> frozenset[Value]:
    return operand if isinstance(operand, frozenset) else frozenset({operand})


def _holds(condition: Condition, value: Value) -> bool:
    return conjunction([condition])(Reading({condition.attribute.name: value}))


def _may_hold(condition: Condition, reading: Reading) -> bool:
    """Return whether *condition* holds; one that cannot be judged refuses, as if it did."""
    try:
        return conjunction([condition])(reading)
    except Unreadable:
        return True
