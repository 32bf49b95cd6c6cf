"""Two policy sets asked about one journey at once: whether they differ anywhere on it."""

from datetime import datetime

from gateway.domain.decisions import Decision, Target, Use
from gateway.policy.engine import PolicySet


def ruled_alike(one: PolicySet, other: PolicySet) -> frozenset[Target]:
    """Return the targets of which both sets say the same, whatever they are asked."""
    if (one.schema, one.defaults, bool(one.rules)) != (other.schema, other.defaults, bool(other.rules)):
        return frozenset()
    return frozenset(target for target in Target if _about(one, target) == _about(other, target))


def _about(policies: PolicySet, target: Target) -> object:
    return sorted((rule for rule in policies.rules if rule.target is target), key=lambda rule: rule.id)


class Pair:
    """Decides as the *first* set, and notices where the *second* would have another effect.

    As long as they do not differ, a journey of the first one is also that of the second.
    """

    def __init__(self, first: PolicySet, second: PolicySet, alike: frozenset[Target]) -> None:
        """About targets that are ruled *alike* only the first one is asked."""
        self.differ = False
        """Whether they did, about anything that was asked."""
        self._first = first
        self._second = second
        self._alike = alike

    def ruling(self, use: Use, at: datetime | None = None, *, early: bool = False) -> Decision:
        """Return what the first set says of *use*."""
        said = self._first.ruling(use, at, early=early)
        if not self.differ and use.target not in self._alike:
            self.differ = self._second.ruling(use, at, early=early).effect is not said.effect
        return said
