"""What a rule said then: with a response's decisions, the rules as they stood in the set that made them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import cast

from rich.console import Console
from rich.text import Text

from gateway.commands.options import questions_of
from gateway.domain.decisions import Decision, Effect, Mode
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts
from gateway.domain.json import JSON, Object
from gateway.domain.records import ResponseRecord
from gateway.policy.engine import PolicySet
from gateway.policy.loading import load, parse
from gateway.settings import Settings
from gateway.stores.activations import SQLActivations
from gateway.terminal import plain_table


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule that spoke about a response."""

    rule: str
    mode: Mode
    effect: Effect
    times: int
    """How many decisions it was part of."""
    values: Facts
    """What it read, the last time."""
    text: Object | None
    """The rule as it stood; `None` for one that holds without a file, or of a set whose files are not known."""


def explained(settings: Settings, story: ResponseRecord) -> Sequence[Explained]:
    """Return every rule that spoke about the response of *story*, shadow hits too, those that acted first."""
    policies = _then(settings, story.policy)
    texts = {rule.id: rule.canonical for rule in policies.rules} if policies else {}
    of_chunks = [entry.decision for entry in story.context if entry.decision]
    decisions: list[Decision] = [*story.decisions, *of_chunks]
    hits = [hit for decision in decisions for hit in decision.hits]
    last = {(hit.rule, hit.mode): hit for hit in hits}
    found = [
        Explained(
            hit.rule,
            hit.mode,
            hit.effect,
            sum((one.rule, one.mode) == (hit.rule, hit.mode) for one in hits),
            Facts(dict(hit.values)),
            texts.get(hit.rule),
        )
        for hit in last.values()
    ]
    return sorted(found, key=lambda one: (one.mode is Mode.SHADOW, one.effect.severity, one.rule))


def show_explained(console: Console, rules: Sequence[Explained]) -> None:
    """Print the rules as they stood."""
    if not rules:
        return
    table = plain_table("rule", "mode", "effect", "decisions", "as it stood")
    for one in rules:
        table.add_row(Text(one.rule), one.mode, one.effect, str(one.times), Text(_said(one.text)))
    console.print(table)


def _said(text: Object | None) -> str:
    """Return a rule's conditions in words close to those of its file, one a line."""
    if text is None:
        return "(not in the policy files known)"
    matches = cast("Sequence[tuple[str, str, JSON]]", text["match"])
    lines = [f"{name} {operator!s} {_plain(value)}" for name, operator, value in matches]
    return "\n".join([*lines, str(text["when"])] if text.get("when") else lines) or "always"


def _plain(value: JSON) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _then(settings: Settings, digest: str) -> PolicySet | None:
    """Return the policy set *digest*: as the log holds it, or the active one if it is that."""
    with closing(questions_of(settings)) as questions:
        files = SQLActivations(questions).files(digest)
    try:
        policies = parse(files).policies if files else load(settings.policies.path)
    except ConfigurationError:
        return None
    return policies if policies.digest == digest else None
