"""A policy set and what it decides: pure, deterministic, safe to call from any thread."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target, Use
from gateway.domain.digests import Digest, digest
from gateway.domain.facts import NONE, Facts, Value, shared
from gateway.domain.json import Object
from gateway.policy.allowances import Allowance, Allows, allows
from gateway.policy.attributes import BUILT_IN, HEIRS, NOW, SUBJECTS, Schema
from gateway.policy.conditions import Test, conjunction
from gateway.policy.readings import Reader, Reading, Unreadable
from gateway.policy.rules import Rule
from gateway.policy.standing import NO_POLICY, STANDING, STANDING_READS, Judge

ERROR = "error"
"""Name among the values of a hit that is no judgement but the failure to judge; its value is the sentence."""

REMEMBERED = 16_384
"""Decisions that a policy set keeps at hand, the most recently asked for."""

FORMAT = 1
"""Version of the language and its meaning; part of every digest."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for a use that does not say."""

    unlabelled: str | None = None
    """Classification of a text that carries none."""
    on_error: Effect = Effect.DENY
    """What happens to a chunk that a rule cannot judge: `deny` refuses the request, `drop_chunk` leaves it out. All
    other uses are denied."""

    @property
    def values(self) -> Mapping[str, Value]:
        """The defaults by the full name of the attribute that they stand in for."""
        if self.unlabelled is None:
            return {}
        return {"chunk.classification": self.unlabelled, "document.classification": self.unlabelled}


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What is to be asked about the uses of one target, worked out once."""

    target: Target
    subject: str
    """What its rules call the subject."""
    standing: tuple[Judge, ...]
    rules: tuple[tuple[Rule, Test], ...]
    """Its rules that are not off, and whether their `match` holds."""
    step: int
    """Minutes after which the answer may be another, whatever is asked about: 1 with a rule that reads `now`, those of
    a day with one that begins or ends; 0 if the answer stays."""
    moments: tuple[tuple[str, str], ...]
    """Namespace and label of what is compared with `now`: the answer about a use that carries one holds a minute."""
    deciding: Mapping[str, frozenset[str]]
    """By namespace, the labels that can make a difference to what is decided. What inherits its labels, as a prompt
    does, is not among them: all of it counts."""
    screens: tuple[tuple[Test, frozenset[str]], ...]
    """For each rule that reads something of user or destination: whether it can strike at all, for what its `match`
    asks of the subject, and the full names of what it reads then."""
    asked: Callable[[tuple[bool, ...]], tuple[frozenset[str], frozenset[str]]]
    """Returns the labels of user and destination that are read when those of the screens' rules can strike."""


UNFINISHED = "response.entities"
"""What is known of an answer only when all of it is there."""


def _plan(target: Target, rules: Sequence[Rule], *, early: bool) -> _Plan:
    own = [rule for rule in rules if rule.target is target and rule.mode is not Mode.OFF]
    own = [rule for rule in own if not (early and UNFINISHED in rule.reads)]
    tests = tuple((rule, conjunction(rule.conditions)) for rule in own)
    subject = SUBJECTS[target]
    names = {name for rule in own for name in rule.reads} | STANDING_READS.get(target, frozenset())
    deciding = {namespace: _labels(names, namespace) for namespace in {subject, "user", "dest"} - {*HEIRS}}
    steps = [rule.step for rule in own if rule.step]
    moments = {name.partition(".")[::2] for rule in own for name in rule.moments}
    screens = tuple(screen for rule in own if (screen := _screen(rule, subject))[1])

    @lru_cache(maxsize=REMEMBERED)
    def asked(strike: tuple[bool, ...]) -> tuple[frozenset[str], frozenset[str]]:
        reads = (reads for (_, reads), may in zip(screens, strike, strict=True) if may)
        names = STANDING_READS.get(target, frozenset()).union(*reads)
        return _labels(names, "user"), _labels(names, "dest")

    return _Plan(
        target,
        subject,
        STANDING.get(target, ()),
        tests,
        min(steps, default=0),
        tuple(moments),
        deciding,
        screens,
        asked,
    )


def _screen(rule: Rule, subject: str) -> tuple[Test, frozenset[str]]:
    """Return whether what *rule* asks of the *subject* alone holds, whatever the time, and what it reads besides.

    A condition that fails settles a conjunction, whatever cannot be read of the others.
    """
    own = [c for c in rule.conditions if c.attribute.name.startswith(f"{subject}.") and not c.reads_now]
    return conjunction(own), frozenset(name for name in rule.reads if not name.startswith(f"{subject}."))


def _labels(names: Iterable[str], namespace: str) -> frozenset[str]:
    return frozenset(name.partition(".")[2] for name in names if name.startswith(f"{namespace}."))


def _depends_on_time(plan: _Plan, subject: Facts, user: Facts, dest: Facts) -> bool:
    return plan.step > 0 or _carries_moment(plan, subject, user, dest)


def _carries_moment(plan: _Plan, subject: Facts, user: Facts, dest: Facts) -> bool:
    """Return whether one of the facts is compared with `now`."""
    for namespace, label in plan.moments:
        if label in (user if namespace == "user" else dest if namespace == "dest" else subject):
            return True
    return False


@lru_cache(maxsize=REMEMBERED)
def _deciding(labels: frozenset[str], facts: Facts) -> Facts:
    """Return those of *facts* that *labels* name: the same object for equal ones, which is quick to find again."""
    return shared(Facts({label: facts[label] for label in facts if label in labels}))


@dataclass(frozen=True, slots=True, eq=False)
class PolicySet:
    """All rules of a folder, ready to decide. Without any rule it refuses everything."""

    rules: tuple[Rule, ...] = ()
    schema: Schema = BUILT_IN
    defaults: Defaults = Defaults()
    allow: tuple[Allowance, ...] = ()
    """Values that are no findings, whatever the rules say of findings."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970, for `now`."""
    allows: Allows = field(init=False, repr=False)
    """Tells of an entity and a value, as it stands in a text, whether that finding is allowed by name."""
    digest: Digest = field(init=False)
    """Names everything that can change a decision; not file names, formatting, comments or tests."""
    reads: frozenset[str] = field(init=False, repr=False)
    """Full names of all attributes that rules read which are not off."""
    speaks_of: frozenset[Target] = field(init=False, repr=False)
    """What rules that are not off speak about."""
    doings: frozenset[tuple[Target, Effect]] = field(init=False, repr=False)
    """What rules that are not off do, to what."""
    _plans: Mapping[tuple[Target, bool], _Plan] = field(init=False, repr=False)
    _reader: Reader = field(init=False, repr=False)
    _timeless: Callable[[_Plan, Facts, Facts, Facts], Decision | None] = field(init=False, repr=False)
    _remembered: Callable[[_Plan, Facts, Facts, Facts, int], Decision] = field(init=False, repr=False)
    """By all facts, since explanations may tell any of them."""
    _ruled: Callable[[_Plan, Facts, Facts, Facts, int], Decision] = field(init=False, repr=False)
    """By the facts that decide: most uses are allowed, and differ in nothing that a rule reads."""
    _asked: Callable[[_Plan, Facts], tuple[frozenset[str], frozenset[str]]] = field(init=False, repr=False)
    """By the subject: which labels of user and destination decide about it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest(json.dumps(self._canonical, sort_keys=True, separators=(",", ":"))))
        object.__setattr__(self, "allows", allows(self.allow))
        awake = [rule for rule in self.rules if rule.mode is not Mode.OFF]
        object.__setattr__(self, "reads", frozenset(name for rule in awake for name in rule.reads))
        object.__setattr__(self, "speaks_of", frozenset(rule.target for rule in awake))
        object.__setattr__(self, "doings", frozenset((rule.target, rule.effect) for rule in awake))
        plans = {
            (target, early): _plan(target, self.rules, early=early) for target in Target for early in (False, True)
        }
        object.__setattr__(self, "_plans", plans)
        object.__setattr__(self, "_reader", Reader(self.schema, self.defaults.values))
        object.__setattr__(self, "_timeless", lru_cache(maxsize=REMEMBERED)(self._fixed))
        object.__setattr__(self, "_remembered", lru_cache(maxsize=REMEMBERED)(self._decision))
        object.__setattr__(self, "_ruled", lru_cache(maxsize=REMEMBERED)(self._judged))
        object.__setattr__(self, "_asked", lru_cache(maxsize=REMEMBERED)(self._asking))

    def decide(self, use: Use, at: datetime | None = None, *, early: bool = False) -> Decision:
        """Return whether and how the *use* is allowed, *at* that moment or else now.

        *early* asks about an answer before it is there: rules that read what stands in it are left out.
        """
        plan = self._plans[use.target, early]
        known = self._timeless(plan, use.subject, use.user, use.dest)
        return known or self._remembered(plan, use.subject, use.user, use.dest, self._minute(plan, use, at))

    def ruling(self, use: Use, at: datetime | None = None, *, early: bool = False) -> Decision:
        """Return what `decide` would, with the same effect and the same rules, but explained by any like use.

        For many uses of which only the outcome counts: those that no rule can tell apart are decided once.
        """
        plan = self._plans[use.target, early]
        minute = self._minute(plan, use, at) if _depends_on_time(plan, use.subject, use.user, use.dest) else 0
        return self._like(plan, use.subject, use.user, use.dest, minute)

    def parameters(self, hit: RuleHit) -> Facts:
        """Return what the effect of the rule that gave this *hit* needs to know, such as `to` for `route`."""
        return next((rule.parameters for rule in self.rules if rule.id == hit.rule), NONE)

    def _minute(self, plan: _Plan, use: Use, at: datetime | None) -> int:
        """Return the minute since which the answer about *use* holds, which depends on the time."""
        minute = int(at.timestamp() if at else self.clock()) // 60
        carries = _carries_moment(plan, use.subject, use.user, use.dest)
        return minute if carries else minute - minute % plan.step

    def _fixed(self, plan: _Plan, subject: Facts, user: Facts, dest: Facts) -> Decision | None:
        """Return the answer that holds at any time; `None` if it depends on the time."""
        if _depends_on_time(plan, subject, user, dest):
            return None
        return self._decision(plan, subject, user, dest, 0)

    def _like(self, plan: _Plan, subject: Facts, user: Facts, dest: Facts, minute: int) -> Decision:
        own = plan.deciding.get(plan.subject)
        if own is not None:
            subject = _deciding(own, subject)
        of_user, of_dest = self._asked(plan, subject)
        return self._ruled(plan, subject, _deciding(of_user, user), _deciding(of_dest, dest), minute)

    def _asking(self, plan: _Plan, subject: Facts) -> tuple[frozenset[str], frozenset[str]]:
        """Return the labels of user and destination that the rules read which can strike the *subject*.

        Most rules ask for a label that few subjects have; what only those would read tells no two uses apart.
        """
        reading = self._reader.about(plan.subject, subject)
        return plan.asked(tuple([_may_strike(test, reading) for test, _ in plan.screens]))

    def _decision(self, plan: _Plan, subject: Facts, user: Facts, dest: Facts, minute: int) -> Decision:
        like = self._like(plan, subject, user, dest, minute)
        return self._judged(plan, subject, user, dest, minute) if like.hits else like

    def _judged(self, plan: _Plan, subject: Facts, user: Facts, dest: Facts, minute: int) -> Decision:
        if not self.rules:
            refusal = RuleHit(NO_POLICY, Effect.DENY, reason="No policy is loaded, so nothing may be used.")
            return Decision(plan.target, Effect.DENY, (refusal,), self.digest)
        reading = self._reader.reading(plan.subject, subject, user, dest)
        hits = self._hits(plan, reading, datetime.fromtimestamp(minute * 60, UTC))
        effect = next((hit.effect for hit in hits if hit.mode is Mode.ENFORCE), Effect.ALLOW)
        return Decision(plan.target, effect, tuple(hits), self.digest)

    def _hits(self, plan: _Plan, reading: Reading, now: datetime) -> list[RuleHit]:
        reading.values[NOW] = now
        hits = [hit for judge in plan.standing if (hit := judge(reading))]
        for rule, test in plan.rules:
            if rule.is_awake(now.date()) and (hit := self._hit(rule, test, reading)):
                hits.append(hit)
        return sorted(hits, key=lambda hit: (hit.effect.severity, hit.rule))

    def _hit(self, rule: Rule, test: Test, reading: Reading) -> RuleHit | None:
        try:
            if not test(reading) or (rule.when is not None and not rule.when.holds(reading)):
                return None
        except Unreadable as error:
            return self._error(rule, reading, str(error))
        return RuleHit(
            rule.id, rule.effect, rule.mode, rule.owner, rule.explain.filled(reading.values), _read(rule, reading)
        )

    def _error(self, rule: Rule, reading: Reading, sentence: str) -> RuleHit:
        on_error = self.defaults.on_error if rule.target is Target.CHUNK else Effect.DENY
        return RuleHit(
            rule.id,
            min(rule.effect, on_error, key=lambda effect: effect.severity),
            rule.mode,
            rule.owner,
            f"Rule {rule.id} cannot be judged: {sentence}",
            (*_read(rule, reading), (ERROR, sentence)),
        )

    @property
    def _canonical(self) -> Object:
        declared = [a for name, a in self.schema.attributes.items() if BUILT_IN.attributes.get(name) != a]
        return {
            "format": FORMAT,
            "unlabelled": self.defaults.unlabelled,
            "on_error": self.defaults.on_error,
            "schema": [[a.name, a.kind, a.required, *a.choices] for a in sorted(declared, key=lambda a: a.name)],
            "rules": [rule.canonical for rule in sorted(self.rules, key=lambda rule: rule.id)],
            **({"allow": sorted((one.canonical for one in self.allow), key=str)} if self.allow else {}),
        }


def _may_strike(test: Test, reading: Reading) -> bool:
    try:
        return test(reading)
    except Unreadable:
        return True


def _read(rule: Rule, reading: Reading) -> tuple[tuple[str, Value], ...]:
    return tuple((name, reading.values[name]) for name in rule.reads if name in reading.values)
