"""Rules that can never apply, found without running them on anything real."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from gateway.domain.facts import Value
from gateway.policy.attributes import Kind
from gateway.policy.conditions import Condition, conjunction
from gateway.policy.readings import Reading, Unreadable
from gateway.policy.rules import Rule


def unreachable(rule: Rule) -> str | None:
    """Return a sentence that says why *rule* can never apply, `None` if it can or if nobody knows."""
    if rule.when is not None and not rule.when.references and not _holds_always(rule):
        return "'when' is false whatever it reads."
    for name in dict.fromkeys(c.attribute.name for c in rule.conditions):
        conditions = [c for c in rule.conditions if c.attribute.name == name]
        if not any(c.reads_now for c in conditions) and not _satisfiable(conditions):
            return f"no value of {name} meets all its conditions."
    return None


def _holds_always(rule: Rule) -> bool:
    try:
        return rule.when is None or rule.when.holds(Reading({}))
    except Unreadable:
        return True


def _satisfiable(conditions: Sequence[Condition]) -> bool:
    """Return whether some value, or none at all, meets *conditions*, all of the same attribute."""
    attribute = conditions[0].attribute
    holds = conjunction(conditions)
    if any(holds(Reading({attribute.name: witness})) for witness in _witnesses(conditions)):
        return True
    return not attribute.required and holds(Reading({}))


def _witnesses(conditions: Sequence[Condition]) -> Iterator[Value]:
    """Yield values of which one meets *conditions* if any does: what they mention, and what lies beside and between."""
    attribute = conditions[0].attribute
    mentioned = [v for c in conditions for v in (c.operand if isinstance(c.operand, frozenset) else [c.operand])]
    if attribute.kind is Kind.BOOL:
        yield from (True, False)
    elif attribute.kind is Kind.LIST:
        yield tuple(v for v in mentioned if isinstance(v, str))
    elif attribute.kind is Kind.STRING:
        yield from attribute.choices or (*(v for v in mentioned if isinstance(v, str)), "another value")
    elif attribute.kind is Kind.TIMESTAMP:
        yield from _moments([v for v in mentioned if isinstance(v, datetime)])
    else:
        found = _numbers([v for v in mentioned if isinstance(v, int | float) and not isinstance(v, bool)])
        yield from (v for v in found if attribute.kind is Kind.DOUBLE or v == int(v))


def _numbers(mentioned: Sequence[float]) -> Iterator[float]:
    ordered = sorted(mentioned) or [0]
    yield from (ordered[0] - 1, ordered[-1] + 1, *ordered)
    yield from (value + 1 for value in ordered)
    yield from ((low + high) / 2 for low, high in pairwise(ordered))


def _moments(mentioned: Sequence[datetime]) -> Iterator[Value]:
    ordered = sorted(mentioned) or [datetime(2026, 1, 1, tzinfo=UTC)]
    step = timedelta(microseconds=1)
    yield from ordered
    yield from (moment - step for moment in ordered if moment.year > 1)
    yield from (moment + step for moment in ordered if moment.year < 9999)
