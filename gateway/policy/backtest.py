"""What another policy set would have changed: recorded responses, decided with the set that held and with a new one.

Both are asked in the same way and with the same facts (replaying.py), so that a difference is a difference of the sets
and not of what a record leaves out. What cannot be judged from a record is counted under the reason, never guessed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.decisions import HIDING, REFUSING, Effect, Mode, Target
from gateway.domain.digests import Digest
from gateway.domain.facts import Facts
from gateway.domain.records import Recorded
from gateway.policy.engine import PolicySet
from gateway.policy.needs import answered
from gateway.policy.pairs import Pair, ruled_alike
from gateway.policy.replaying import Replay, Ruling, Subject, Verdict

KEPT = 100
"""Changed responses that a report lists one by one, unless it is told otherwise."""

NAMES_MAX = 500
"""Sources, rules, applications and days that a report counts by name."""

OTHERS = "(others)"
"""What is counted of those beyond."""


class How(StrEnum):
    """What would become of a response, the gravest first."""

    DENIED = "denied"
    """It was answered, and would be refused."""
    ALLOWED = "allowed"
    """It was refused, and would be asked. What an answer would hold is not known."""
    REROUTED = "rerouted"
    """It would go, or have to go, to another provider."""
    DROPPED = "dropped"
    """Chunks that were used would be left out."""
    ADMITTED = "admitted"
    """Chunks that were left out would be used."""
    MASKED = "masked"
    """Values that stood in a text would be hidden in it."""
    UNMASKED = "unmasked"
    """Values that were hidden would stand in a text."""
    MARKED = "marked"
    """Nothing but flags, citations or the way of hiding would be others."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in a response that would be otherwise."""

    how: How
    target: Target
    about: str
    """A document, an entity, a tool; empty for request, prompt and response."""
    source: str
    was: Effect
    becomes: Effect
    rule: str
    """The rule that would make it so; where an effect goes, the rule that had given it."""


@dataclass(frozen=True, slots=True)
class ChangedResponse:
    """A response that would be otherwise."""

    id: str
    at: datetime
    application: str
    how: How
    """The gravest of its changes."""
    changes: Sequence[Change]


@dataclass(slots=True)
class Report:
    """What a back-test found."""

    candidate: Digest
    """The policy set that was tried."""
    responses: int = 0
    """Recorded responses that were read."""
    judged: int = 0
    """Of them, those that could be decided again."""
    changed: int = 0
    """Of these, those that would be otherwise."""
    unjudged: Counter[str] = field(default_factory=Counter)
    """The others, by the reason: what their record lacks."""
    baselines: Counter[Digest] = field(default_factory=Counter)
    """Responses by the policy set that they are compared with."""
    substituted: int = 0
    """Responses whose own policy set is not known any more, compared with the active one instead."""
    unlike: int = 0
    """Responses that the set which decided them does not decide as recorded: their record lacks something unknown."""
    by_how: Counter[str] = field(default_factory=Counter)
    """Changed responses by their gravest change."""
    by_application: dict[str, Counter[str]] = field(default_factory=dict)
    by_source: dict[str, Counter[str]] = field(default_factory=dict)
    """By the sources of the chunks that are concerned; each response once a source."""
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    """Each response once a rule, under what that rule changes most."""
    by_day: dict[str, Counter[str]] = field(default_factory=dict)
    """By the day, in UTC, on which they were asked for."""
    changes: list[ChangedResponse] = field(default_factory=list)
    """The first of them, a bounded number, in the order in which they were read."""
    notes: list[str] = field(default_factory=list)
    """What no record can tell about the difference of the two sets, in sentences."""
    complete: bool = True
    """Whether all responses that were meant have been read."""

    def add(self, changed: ChangedResponse, keep: int) -> None:
        """Count *changed*, and list it among the first *keep*."""
        self.changed += 1
        self.by_how[changed.how.value] += 1
        _count(self.by_application, {changed.application: changed.how})
        _count(self.by_day, {changed.at.date().isoformat(): changed.how})
        _count(self.by_source, _gravest((one.source, one.how) for one in changed.changes if one.source))
        _count(self.by_rule, _gravest((one.rule, one.how) for one in changed.changes if one.rule))
        if len(self.changes) < keep:
            self.changes.append(changed)


Baseline = Callable[[Digest], tuple[PolicySet, bool]]
"""Returns the set of a digest, and whether it is that one; else the one that stands in for it."""


class Backtest:
    """Takes recorded responses one after the other; memory does not grow with their number."""

    def __init__(self, candidate: PolicySet, baseline: Baseline, keep: int = KEPT, *, enforced: bool = False) -> None:
        """*enforced* tries the rules of *candidate* that are in shadow as if they were enforced."""
        self._candidate = as_enforced(candidate) if enforced else candidate
        self._baseline = baseline
        self._keep = keep
        self._reads: dict[Digest, frozenset[str]] = {}
        self._same: dict[Digest, frozenset[Target]] = {}
        self.report = Report(candidate.digest)

    def take(self, recorded: Iterable[Recorded]) -> None:
        """Judge *recorded* responses."""
        for one in recorded:
            self._take(one)

    def _take(self, recorded: Recorded) -> None:
        report, intent = self.report, recorded.intent
        report.responses += 1
        baseline, exact = self._baseline(intent.policy)
        if reason := self._unjudged(recorded, baseline):
            report.unjudged[reason] += 1
            return
        report.judged += 1
        report.baselines[baseline.digest] += 1
        report.substituted += not exact
        replay = Replay(recorded)
        went, pair = replay.went, Pair(baseline, self._candidate, self._shared(baseline))
        before = replay.judged(pair, went)
        if exact and recorded.outcome and (before.refused is not None) != (recorded.outcome.decision == "denied"):
            report.unlike += 1
        if baseline.digest == self._candidate.digest or self._settled(pair, replay, before):
            return
        if changes := self._changes(replay, before, went):
            gravest = min((one.how for one in changes), key=_GRAVITY.__getitem__)
            changed = ChangedResponse(recorded.id, recorded.at, intent.principal.application, gravest, changes)
            report.add(changed, self._keep)

    def _changes(self, replay: Replay, before: Verdict, went: Facts) -> list[Change]:
        """Return what would be otherwise than *before*, when the response *went* there."""
        here = replay.judged(self._candidate, went)
        for dest in replay.route:
            after = here if dest is went else replay.judged(self._candidate, dest)
            if after.refused is None and after.routed <= before.routed:
                if dest is went or before.refused is not None:
                    return _changes(before, after)
                cause = here.refused or next(iter(here.routed), None) or Subject(Target.REQUEST)
                return [_change(How.REROUTED, cause, before, here)]
        if here.refused is None and here.routed:  # to where the record tells nothing about
            return [_change(How.REROUTED, next(iter(here.routed - before.routed)), before, here)]
        return _changes(before, here)

    def _unjudged(self, recorded: Recorded, baseline: PolicySet) -> str:
        """Return what the record lacks for *baseline* and the new set to decide again; empty when it suffices."""
        intent, outcome = recorded.intent, recorded.outcome
        if intent.destinations:
            return ""
        if outcome and outcome.error and outcome.error != "policy_violation" and not (intent.edges or intent.provider):
            return "It failed before any policy was asked."
        reads = self._read(baseline) | self._read(self._candidate)
        told = {"dest.provider", *(("dest.region",) if intent.region else ())}
        lacking = {name for name in reads if name.startswith("dest.")} - told
        lacking |= {name for name in reads if name.startswith("tool_call.") and outcome}
        if "finding.carrier" in reads and any(not found.carrier for found in intent.findings):
            lacking.add("finding.carrier")
        return f"Its record is of a release that did not keep {min(lacking)}." if lacking else ""

    def _settled(self, pair: Pair, replay: Replay, before: Verdict) -> bool:
        """Return whether nothing can be otherwise than *before*, so that the new set need not judge by itself."""
        return not pair.differ and replay.stays(before)

    def _shared(self, baseline: PolicySet) -> frozenset[Target]:
        known = self._same.get(baseline.digest)
        if known is None:
            known = self._same[baseline.digest] = ruled_alike(baseline, self._candidate)
        return known

    def _read(self, policies: PolicySet) -> frozenset[str]:
        known = self._reads.get(policies.digest)
        if known is None:
            rules = (rule for rule in policies.rules if rule.mode is not Mode.OFF)
            known = self._reads[policies.digest] = frozenset(name for rule in rules for name in rule.reads)
        return known


def as_enforced(policies: PolicySet) -> PolicySet:
    """Return *policies* with the rules that are in shadow enforced."""
    return replace(
        policies,
        rules=tuple(
            replace(rule, mode=Mode.ENFORCE) if rule.mode is Mode.SHADOW else rule for rule in policies.rules
        ),
    )  # fmt: skip


def blind_spots(baseline: PolicySet, candidate: PolicySet) -> list[str]:
    """Return, in sentences, which differences of the two sets show in no record."""
    notes: list[str] = []
    if sorted(map(str, (one.canonical for one in baseline.allow))) != sorted(
        map(str, (one.canonical for one in candidate.allow))
    ):
        notes.append(
            "The sets allow different values by name. Values are in no record, so what that finds is not told."
        )
    looked, wanted = answered(baseline), answered(candidate)
    if looked is not None and (more := sorted(wanted - looked) if wanted is not None else ["any entity"]):
        notes.append(
            f"Names are looked for in answers only when a rule asks: of {', '.join(more)} some may be missing."
        )
    notes.append("Chunks that a search left out as the policies refused them are in no record; nor is what filled in.")
    return notes


def _changes(before: Verdict, after: Verdict) -> list[Change]:
    if before.refused is not None and after.refused is not None:
        return []
    if after.refused is not None:
        return [_change(How.DENIED, after.refused, before, after)]
    if before.refused is not None:
        return [_change(How.ALLOWED, before.refused, before, after)]
    subjects = dict.fromkeys([*before.rulings, *after.rulings])
    found = ((_how(subject, before, after), subject) for subject in subjects)
    return [_change(how, subject, before, after) for how, subject in found if how]


def _how(subject: Subject, before: Verdict, after: Verdict) -> How | None:
    """Return what happens to *subject* of a response that neither set refuses."""
    if subject.target is Target.CHUNK and (subject in before.dropped) != (subject in after.dropped):
        return How.DROPPED if subject in after.dropped else How.ADMITTED
    was, becomes = before.rulings.get(subject), after.rulings.get(subject)
    if was is None or becomes is None or was.effect is becomes.effect:
        return None  # of a chunk that is left out, nothing more is asked
    if Effect.ROUTE in (was.effect, becomes.effect):
        return How.REROUTED
    if (was.effect in HIDING) != (becomes.effect in HIDING):
        return How.MASKED if becomes.effect in HIDING else How.UNMASKED
    return None if {was.effect, becomes.effect} <= REFUSING else How.MARKED


def _change(how: How, subject: Subject, before: Verdict, after: Verdict) -> Change:
    nothing = Ruling(Effect.ALLOW)
    was, becomes = before.rulings.get(subject, nothing), after.rulings.get(subject, nothing)
    stricter = becomes.effect.severity <= was.effect.severity
    rule = (becomes.rule or was.rule) if stricter else (was.rule or becomes.rule)
    return Change(how, subject.target, subject.about, subject.source, was.effect, becomes.effect, rule)


_GRAVITY = {how: rank for rank, how in enumerate(How)}


def _gravest(pairs: Iterable[tuple[str, How]]) -> dict[str, How]:
    found: dict[str, How] = {}
    for name, how in pairs:
        found[name] = min(found.get(name, how), how, key=_GRAVITY.__getitem__)
    return found


def _count(table: dict[str, Counter[str]], found: dict[str, How]) -> None:
    for name, how in found.items():
        known = name in table or len(table) < NAMES_MAX
        table.setdefault(name if known else OTHERS, Counter())[how.value] += 1
