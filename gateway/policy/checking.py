"""What is wrong with policies that load: lint, and the tests that stand in the files themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from gateway.domain.decisions import Decision, Effect, Mode, Target
from gateway.domain.errors import ConfigurationError
from gateway.policy.allowances import Allowance
from gateway.policy.cases import Case, cases
from gateway.policy.engine import ERROR, PolicySet
from gateway.policy.loading import Loaded, parse, texts
from gateway.policy.nodes import At
from gateway.policy.reachability import unreachable
from gateway.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that an author should change."""

    at: At | None
    """Where; `None` when the message says it."""
    rule: str | None
    message: str
    fatal: bool = False
    """Whether the files cannot be used at all."""
    strict: bool = False
    """Whether a gateway that is strict, as it is unless told otherwise, does not start with the files."""


_ASLEEP = Rule("asleep", Target.REQUEST, Effect.FLAG, At("", 0), Mode.OFF)
"""A set of it alone decides what holds without any rule; an empty one would refuse everything."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test of a policy file, run."""

    __test__ = False  # pytest, this is no test class
    at: At
    name: str
    passed: bool
    expected: str
    """`allow`, or effect and rule: `drop_chunk: confidential-stays-in-house`."""
    got: str
    reason: str
    """The sentence of the rule that won; empty for `allow`."""


def check(path: Path, today: date | None = None) -> list[Problem]:
    """Return what is wrong with the policies at *path*, in the order of files and lines; never raises for it."""
    try:
        loaded = parse(texts(path))
        if not loaded.policies.rules:
            return [Problem(None, None, f"{path}: There is no rule, so everything is refused.", fatal=True)]
        return problems(loaded, today)
    except ConfigurationError as error:
        return [Problem(None, None, str(error), fatal=True)]


def problems(loaded: Loaded, today: date | None = None) -> list[Problem]:
    """Return what is wrong with policies that are understood. Raises `ConfigurationError` for tests that are not."""
    rules, tested = loaded.policies.rules, {case.rule for case in cases(loaded)}
    found = [
        Problem(rule.at, rule.id, message, strict=strict and rule.mode is not Mode.OFF)
        for rule in rules
        for message, strict in _lint(rule, rules, tested, today or datetime.now(UTC).date())
    ]
    found += [Problem(one.at, None, message) for one in loaded.policies.allow for message in _lint_allowance(one)]
    return sorted(found, key=lambda problem: problem.at or At("", 0))


def ready(contents: Mapping[str, str], *, strict: bool = True) -> PolicySet:
    """Return the policy set in *contents*, YAML text by file name, if a gateway may decide by it.

    Raises `ConfigurationError` for what is not exactly understood; when *strict*, also for a set without rules, which
    would refuse everything, for a rule that is enforced or in shadow and has no owner, no test that expects it or no
    use that it could ever apply to, and for a test that fails: each with its file, its line and a sentence. A rule that
    is off may still be without.
    """
    loaded = parse(contents)
    if strict:
        if not loaded.policies.rules:
            raise ConfigurationError(
                f"{', '.join(contents) or 'policies'}: There is no rule; everything would be refused."
            )
        refused = [
            f"{problem.at}: Rule {problem.rule!r}: {problem.message}" for problem in problems(loaded) if problem.strict
        ]
        refused += [
            f"{result.at}: This test expects {result.expected!r} and gets {result.got!r}."
            for result in results(loaded)
            if not result.passed
        ]
        if refused:
            raise ConfigurationError("\n".join(refused))
    return loaded.policies


def test(path: Path) -> list[TestResult]:
    """Return the results of all tests in the policies at *path*.

    A file's tests run against its own rules, all of them enforced whatever their mode and days, so that a rule is
    tested before it is let loose; those of a file without rules, against what holds without any. Raises
    `ConfigurationError` if the policies cannot be loaded.
    """
    return results(parse(texts(path)))


def results(loaded: Loaded) -> list[TestResult]:
    """Return the results of all tests in *loaded* files; see `test`."""
    sets = {file.name: _enforced(loaded, file.name) for file in loaded.files}
    return [_run(case, sets[case.at.file]) for case in cases(loaded)]


test.__test__ = False  # type: ignore[attr-defined]  # pytest, this is no test either


def _enforced(loaded: Loaded, file: str) -> PolicySet:
    own = [rule for rule in loaded.policies.rules if rule.at.file == file]
    enforced = tuple(replace(rule, mode=Mode.ENFORCE, since=None, until=None) for rule in own)
    return replace(loaded.policies, rules=enforced or (_ASLEEP,))


def _run(case: Case, policies: PolicySet) -> TestResult:
    decision = policies.decide(case.use, case.now)
    winner = decision.winner
    failed = winner is not None and ERROR in dict(winner.values)
    got = "error: " * failed + _outcome(decision)
    return TestResult(
        case.at, case.name, got == case.expected, case.expected, got, winner.reason if winner is not None else ""
    )


def _outcome(decision: Decision) -> str:
    winner = decision.winner
    return Effect.ALLOW.value if winner is None else f"{winner.effect.value}: {winner.rule}"


def _lint(rule: Rule, rules: Sequence[Rule], tested: set[str], today: date) -> Iterator[tuple[str, bool]]:
    """Yield what is wrong with *rule*, and whether that keeps a strict gateway from starting."""
    if rule.owner is None:
        yield "It has no owner: nobody to ask when it refuses.", True
    if rule.id not in tested:
        yield "No test expects it.", True
    if rule.until is not None and rule.until <= today:
        yield f"It sleeps since {rule.until}: remove it, or move 'until'.", False
    if reason := unreachable(rule):
        yield f"It can never apply: {reason}", True
    for other in rules:
        if other.id < rule.id and _same_uses(rule, other):
            yield f"It applies to the same uses as {other.id!r}.", False


def _lint_allowance(allowance: Allowance) -> Iterator[str]:
    if allowance.owner is None:
        yield "This allowance has no owner: nobody to ask why."
    if not allowance.explain:
        yield "This allowance does not explain why its values need no protection."
    if allowance.is_boundless:
        unfound = ", ".join(sorted(allowance.entities))
        yield f"A pattern of this allowance takes any value, so nothing is found of {unfound}."


def _same_uses(rule: Rule, other: Rule) -> bool:
    keys = ("target", "match", "when")
    return [rule.canonical[key] for key in keys] == [other.canonical[key] for key in keys]
