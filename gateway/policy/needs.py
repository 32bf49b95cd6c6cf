"""What a policy set needs of the gateway around it: detectors that find what its rules name, a key for what they hash.

A rule about something that nobody looks for protects nobody, and does so silently. So the gateway does not start with
one that is enforced, and tells of one in shadow.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from gateway.domain.decisions import HIDING, Effect, Mode, Target
from gateway.domain.findings import Where
from gateway.policy.attributes import LINK
from gateway.policy.conditions import Condition, Operator, conjunction
from gateway.policy.engine import UNFINISHED, PolicySet
from gateway.policy.readings import Reading
from gateway.policy.rules import Rule
from gateway.policy.suggestions import near

GATEWAY_MADE = frozenset(
    {"UNSCANNED_CONTENT", "DECLARED_BUT_ABSENT", "PRESENT_BUT_UNDECLARED", "UNEXPLAINED_CONTEXT", LINK}
)
"""Entities that the gateway itself reports, whatever detectors there are."""

NAMED = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP"})
"""Entities that take a model which recognises names (NER)."""

_NAMING = ("finding.entity", "prompt.entities", "response.entities")
"""Attributes whose values are entities."""
_WANTING = {Operator.EQ, Operator.IN, Operator.CONTAINS, Operator.INTERSECTS}
"""Operators under which a rule waits for what it names."""


@dataclass(frozen=True, slots=True)
class Unfound:
    """A rule that names entities which nobody looks for."""

    rule: Rule
    entities: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is wrong, for people."""
        names = ", ".join(self.entities)
        off = "NER off, no model for names is loaded; " if NAMED & {*self.entities} else ""
        return f"no detector that is configured can find {names} now ({off}the rule would protect nobody)"


def named(rule: Rule) -> frozenset[str]:
    """Return the entities that the `match` of *rule* names literally, and waits for."""
    return frozenset(name for condition in rule.conditions for name in _wanted(condition))


def unfound(
    policies: PolicySet, entities: frozenset[str], application: str | None = None, today: date | None = None
) -> list[Unfound]:
    """Return the rules of *policies*, without those that are off, that name what is not among the *entities*.

    For an *application*: without those that are for others.
    """
    known = entities | GATEWAY_MADE
    active = [rule for rule in policies.rules if _is_awake(rule, today or datetime.now(UTC).date())]
    active = [rule for rule in active if application is None or _concerns(rule, application)]
    return [Unfound(rule, tuple(sorted(missing))) for rule in active if (missing := named(rule) - known)]


def unmet(policies: PolicySet, entities: frozenset[str], versions: Sequence[str], application: str = "") -> list[str]:
    """Return a sentence for each enforced rule of *policies* that names what detectors of these *versions* cannot find.

    *entities* are what they can find now in texts of *application*; without one, in any.
    """
    whose = f" in texts of {application!r}" if application else ""
    return [
        f"{one.rule.at}: rule {one.rule.id!r} is enforced, but {one.sentence}. Loaded{whose}: {', '.join(versions)}. "
        "Configure a detector that finds it, or put the rule into shadow."
        for one in unfound(policies, entities, application or None)
        if one.rule.mode is Mode.ENFORCE
    ]


def answered(policies: PolicySet) -> frozenset[str] | None:
    """Return the entities in answers that rules of *policies* speak of; `None` when one speaks of any."""
    wanted: set[str] = set()
    for rule in policies.rules:
        if rule.mode is not Mode.OFF and _reads_answers(rule):
            if rule.effect in HIDING and rule.target is not Target.FINDING:
                return None  # it hides whatever is found
            if not (names := named(rule)):
                return None
            wanted |= names
    return frozenset(wanted)


def heeds_links(policies: PolicySet) -> bool:
    """Return whether rules of *policies* speak of the links in answers."""
    return "finding.host" in policies.reads or any(
        LINK in named(rule) or any("link" in _wanted(condition, ("finding.category",)) for condition in rule.conditions)
        for rule in policies.rules
        if rule.mode is not Mode.OFF
    )


def undone(policies: PolicySet, *, hashes: bool, destinations: Collection[str]) -> list[str]:
    """Return a sentence for each enforced rule of *policies* whose effect nothing brings about.

    *hashes* tells whether there is a key for hashing; *destinations* are the models and providers to route to.
    """
    return [sentence for rule in policies.rules for sentence in _undone(rule, hashes, destinations)]


def _undone(rule: Rule, hashes: bool, destinations: Collection[str]) -> Iterator[str]:
    if rule.mode is not Mode.ENFORCE:
        return
    if rule.effect is Effect.ROUTE and (to := str(rule.parameters["to"])) not in destinations:
        known = near(to, destinations)
        yield f"{rule.at}: rule {rule.id!r} routes to {to!r}, which is no model or provider here{known}"
    if rule.effect is Effect.HASH and not hashes:
        yield (
            f"{rule.at}: rule {rule.id!r} hashes, and there is no key: configure policies.hash_key, for example "
            '{hash_key: "${HASH_KEY}"} with HASH_KEY from `openssl rand -base64 32`.'
        )


def _wanted(condition: Condition, attributes: Sequence[str] = _NAMING) -> frozenset[str]:
    """Return the values for one of which *condition* waits, if it is about one of *attributes*."""
    if condition.attribute.name not in attributes or condition.operator not in _WANTING:
        return frozenset()
    operand = condition.operand
    return frozenset({operand}) if isinstance(operand, str) else cast("frozenset[str]", operand)


def _reads_answers(rule: Rule) -> bool:
    """Return whether it matters to *rule* what is found in an answer or in the arguments of a call."""
    if rule.target is not Target.FINDING:
        is_about_answers = rule.target in (Target.RESPONSE, Target.TOOL_CALL)
        return is_about_answers and (rule.effect in HIDING or UNFINISHED in rule.reads)
    conditions = [c for c in rule.conditions if c.attribute.name == "finding.where"]
    places = (Where.RESPONSE, Where.TOOL_CALL)
    return any(conjunction(conditions)(Reading({"finding.where": str(where)})) for where in places)


def _concerns(rule: Rule, application: str) -> bool:
    """Return whether *rule* may apply to texts of *application*."""
    reading = Reading({"user.application": application})
    return conjunction([c for c in rule.conditions if c.attribute.name == "user.application"])(reading)


def _is_awake(rule: Rule, today: date) -> bool:
    return rule.mode is not Mode.OFF and (rule.until is None or today < rule.until)
