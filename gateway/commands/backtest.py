"""`lineward policy backtest`: what a policy set would have changed in recorded responses."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.backtesting import backtest
from gateway.commands.options import AsJSON, Config, out, print_json, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.errors import BadRequest
from gateway.domain.moments import moment
from gateway.domain.records import Span
from gateway.policy.backtest import KEPT, Change, How, Report
from gateway.policy.loading import load
from gateway.stores.activations import SQLActivations
from gateway.stores.recorded import SQLRecorded
from gateway.terminal import plain_table, progress

STYLES: Mapping[str, str] = {How.DENIED: "red", How.ALLOWED: "green", How.DROPPED: "red", How.ADMITTED: "green"}

SHOWN = 3
"""Changes of one response that are shown to people; machines are told all."""


def policy_backtest(
    policies: Annotated[
        Path | None, typer.Option(exists=True, help="The policies to try; else those of the configuration.")
    ] = None,
    since: Annotated[str, typer.Option(help="From when on: 30m, 24h, 7d, 2w ago, a date, or a time.")] = "7d",
    until: Annotated[str | None, typer.Option(help="Until when, in the same words; else now.")] = None,
    application: Annotated[str | None, typer.Option("--app", help="Responses of one application.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Responses of one tenant.")] = None,
    enforce: Annotated[bool, typer.Option("--enforce", help="Try rules in shadow as if they were enforced.")] = False,
    limit: Annotated[int, typer.Option(min=0, max=100_000, help="Changed responses that are listed.")] = KEPT,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Tell which recorded responses other policies would change; no model is asked. Exits with 1 if any would."""
    settings, now = settings_of(config), datetime.now(UTC)
    try:
        ending = moment(until, now, "--until") if until else None
        span = Span(moment(since, now, "--since"), ending, tenant, application)
    except BadRequest as exc:
        raise typer.BadParameter(exc.message) from None
    active = load(settings.policies.path)
    candidate = load(policies) if policies else active
    questions = questions_of(settings)
    responses, sets = SQLRecorded(questions), SQLActivations(questions)
    with progress(shown=not as_json) as bar:
        task = bar.add_task("Deciding again", total=responses.count(span))
        report = backtest(
            responses, sets, active, candidate, span,
            keep=limit, enforced=enforce, progress=lambda done: bar.advance(task, done),
        )  # fmt: skip
    record(settings, "backtest policies", *(f"response/{one.id}" for one in report.changes), tenant=tenant or "")
    if as_json:
        print_json(report)
    else:
        show(out, report)
    raise typer.Exit(1 if report.changed else 0)


def show(console: Console, report: Report) -> None:
    """Print what a back-test found."""
    judged = f"{report.judged:,} of {report.responses:,} responses were decided again"
    console.print(f"{judged}; [bold]{report.changed:,} would be otherwise[/bold].")
    for name, counted in (
        ("", {"all": report.by_how} if report.changed else {}),
        ("application", report.by_application),
        ("source", report.by_source),
        ("rule", report.by_rule),
        ("day (UTC)", dict(sorted(report.by_day.items()))),
    ):
        if counted:
            console.print()
            console.print(_counted(name, counted))
    if report.changes:
        console.print()
        console.print(_listed(report))
    for sentence in _said(report):
        console.print(Text(sentence, style="dim"))


def _counted(name: str, counted: Mapping[str, Counter[str]]) -> Table:
    hows = [how for how in How if any(numbers[how.value] for numbers in counted.values())]
    table = plain_table(name, *hows)
    for key, numbers in counted.items():
        table.add_row(Text(key), *(_number(how, numbers[how.value]) for how in hows))
    return table


def _number(how: How, number: int) -> Text:
    return Text(f"{number:,}" if number else "", style=STYLES.get(how, "yellow"))


def _listed(report: Report) -> Table:
    table = plain_table("response", "when (UTC)", "application", "would be", "what")
    for one in report.changes:
        told = [*dict.fromkeys(map(_told, one.changes))]
        what = "\n".join([*told[:SHOWN], *([f"and {len(told) - SHOWN} more"] if told[SHOWN:] else [])])
        style = STYLES.get(one.how, "yellow")
        table.add_row(one.id, f"{one.at:%Y-%m-%d %H:%M}", Text(one.application), Text(one.how, style=style), Text(what))
    return table


def _told(change: Change) -> str:
    about = f"{change.target} {change.about}".strip()
    return f"{about}: {change.was} → {change.becomes} ({change.rule})"


def _said(report: Report) -> list[str]:
    """Return what the figures do not tell."""
    said = [f"{number:,} not judged: {reason}" for reason, number in report.unjudged.most_common()]
    if report.substituted:
        said.append(f"{report.substituted:,} are compared with the active policies: what decided them is not known.")
    if report.unlike:
        said.append(f"{report.unlike:,} are not decided as they were then: something that mattered is in no record.")
    if len(report.changes) < report.changed:
        said.append(f"{report.changed - len(report.changes):,} more are not listed; --limit lists more.")
    return [*said, *report.notes]
