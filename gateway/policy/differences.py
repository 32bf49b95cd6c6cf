"""What two policy sets have otherwise: rules, defaults, attributes and values that are allowed by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.digests import Digest
from gateway.domain.json import JSON, Object
from gateway.policy.attributes import BUILT_IN, Attribute
from gateway.policy.engine import PolicySet
from gateway.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that both have, each in its own way."""

    what: str
    """A field of a rule, a default, or the full name of an attribute."""
    before: JSON
    after: JSON


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule that both have under one id."""

    id: str
    fields: Sequence[Changed]


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done to one policy set to get another."""

    before: Digest
    after: Digest
    added: Sequence[Object]
    removed: Sequence[Object]
    changed: Sequence[ChangedRule]
    defaults: Sequence[Changed]
    schema: Sequence[Changed]
    """Attributes; `None` where a set does not declare one, or not otherwise than it is built in."""
    allowed: Sequence[Object]
    """Values allowed by name that were not before."""
    no_longer_allowed: Sequence[Object]

    @property
    def is_empty(self) -> bool:
        """Whether both decide alike."""
        return self.before == self.after


def difference(before: PolicySet, after: PolicySet) -> Difference:
    """Return what *after* has otherwise than *before*, in the order of names. Where rules stand makes no difference."""
    old, new = _rules(before.rules), _rules(after.rules)
    rules = ((name, _fields(old[name], new[name])) for name in sorted(old.keys() & new.keys()))
    values = ({str(one.canonical): one.canonical for one in each.allow} for each in (before, after))
    were, are = values
    return Difference(
        before=before.digest,
        after=after.digest,
        added=[new[name] for name in sorted(new.keys() - old.keys())],
        removed=[old[name] for name in sorted(old.keys() - new.keys())],
        changed=[ChangedRule(name, fields) for name, fields in rules if fields],
        defaults=_fields(_defaults(before), _defaults(after)),
        schema=_fields(_declared(before), _declared(after)),
        allowed=[are[name] for name in sorted(are.keys() - were.keys())],
        no_longer_allowed=[were[name] for name in sorted(were.keys() - are.keys())],
    )


def _rules(rules: Iterable[Rule]) -> dict[str, Object]:
    return {rule.id: rule.canonical for rule in rules}


def _fields(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> list[Changed]:
    names = sorted(before.keys() | after.keys())
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return [Changed(name, old, new) for name, old, new in pairs if old != new]


def _defaults(policies: PolicySet) -> Object:
    return {"unlabelled": policies.defaults.unlabelled, "on_error": policies.defaults.on_error.value}


def _declared(policies: PolicySet) -> Object:
    attributes = policies.schema.attributes
    return {name: _told(one) for name, one in attributes.items() if BUILT_IN.attributes.get(name) != one}


def _told(attribute: Attribute) -> str:
    if attribute.choices:
        return f"[{', '.join(attribute.choices)}]"
    return f"{attribute.kind}{'' if attribute.required else '?'}"
