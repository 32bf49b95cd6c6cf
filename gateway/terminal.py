"""Records as a person reads them in a terminal."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit
from gateway.domain.documents import ChunkState
from gateway.domain.records import ContextEntry, DocumentRecord, Fault, Impact, ResponseRecord, StoreStats
from gateway.domain.runs import Attempt, Noted
from gateway.entering import Report
from gateway.guards import Loaded
from gateway.policy.checking import Problem, TestResult
from gateway.scanning import Scan
from gateway.screen import Rows, Screen
from gateway.verification import Verdict

STYLES: Mapping[str, str] = {
    ChunkState.SENT: "green",
    ChunkState.ATTRIBUTED: "green",
    ChunkState.MASKED: "yellow",
    ChunkState.DROPPED: "red",
    ChunkState.RETRIEVED: "dim",
}


def plain_table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table in the house's look."""
    table = Rows(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def progress(*, shown: bool = True) -> Progress:
    """Return a progress bar on the error stream, so that output can be piped; none where no person looks."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        console=Screen(stderr=True), transient=True, disable=not (shown and sys.stderr.isatty()),
    )  # fmt: skip


def show_record(console: Console, record: ResponseRecord) -> None:
    """Print the story of one response: who asked, what fed it, which rule did what, what left."""
    parts: list[RenderableType] = [_facts(record)]
    passed = [one for one in record.attempts if one.outcome != "answered"]
    if passed:
        parts += [Text(), _destinations(record.attempts)]
    if record.context:
        parts += [Text(), _context(record.context)]
    rules = _rules(record)
    if rules.row_count:
        parts += [Text(), rules]
    if record.findings:
        parts += [Text(), _findings(record.findings)]
    if record.answer:
        parts += [Text(), Text("What left", style="bold"), Text(record.answer)]
    console.print(Panel(Group(*parts), title=f"response {record.id}", title_align="left", border_style="dim"))


def _facts(record: ResponseRecord) -> Table:
    table = Rows.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    caller = f"{record.application} of {record.tenant}" + (f", for {record.end_user}" if record.end_user else "")
    table.add_row("asked by", f"{caller}; purpose {record.purpose or 'none'}; {record.at:%Y-%m-%d %H:%M:%S} UTC")
    if record.question:
        table.add_row("question", Text(record.question))
    if record.conversation:
        after = f", goes on from {record.continues}" if record.continues else ""
        table.add_row("conversation", Text(f"{record.conversation}{after}"))
    table.add_row(
        "model", " · ".join(filter(None, [record.model, record.provider, record.region, record.model_served]))
    )
    state = record.state or "still open: running, or a crash"
    table.add_row(
        "ended", f"{state}, {record.decision or 'no decision yet'}" + (f" ({record.error})" if record.error else "")
    )
    if record.reason:
        table.add_row("because", Text(record.reason, style="red"))
    table.add_row("policy set", record.policy[:23])
    place = f"log entry {record.index}" + ("" if record.outcome_index is None else f" and {record.outcome_index}")
    table.add_row("evidence", place)
    return table


def _context(context: Sequence[ContextEntry]) -> Table:
    table = plain_table("#", "document", "source", "how", "score", "state", "rule", title="Context")
    for entry in context:
        table.add_row(
            str(entry.rank),
            entry.document if entry.title in (None, entry.document) else f"{entry.document} ({entry.title})",
            entry.source,
            entry.how if entry.told is None else f"{entry.how}, told later (entry {entry.told})",
            "" if entry.score is None else f"{entry.score:.3f}",
            Text(entry.state, style=STYLES.get(entry.state, "")),
            entry.rule or "",
        )
    return table


def _destinations(attempts: Sequence[Attempt]) -> Table:
    """Return where the request could have gone, and what became of that."""
    table = plain_table("provider", "model", "outcome", "rule", "owner", "why", title="Destinations")
    for one in attempts:
        rule = one.decision.winner if one.decision else None
        told = (rule.rule, rule.owner or "") if rule else ("", "")
        table.add_row(one.provider, one.model, one.outcome, *told, Text(one.reason))
    return table


def _spoken(record: ResponseRecord) -> list[Decision]:
    """Return every decision in which a rule spoke: about destinations that were passed over, then chunks, then all."""
    about_chunks = [entry.decision for entry in record.context if entry.decision]
    passed_over = [attempt.decision for attempt in record.attempts if attempt.decision]
    return [decision for decision in (*passed_over, *about_chunks, *record.decisions) if decision.hits]


def _effect(hit: RuleHit) -> str:
    return hit.effect if hit.mode is Mode.ENFORCE else f"{hit.effect} ({hit.mode})"


def _rules(record: ResponseRecord) -> Table:
    table = plain_table("rule", "target", "effect", "owner", "why", "values read", title="Rules that acted")
    acted = {
        (hit.rule, decision.target, _effect(hit), hit.owner or "", hit.reason, _values(hit)): None
        for decision in _spoken(record)
        for hit in decision.enforced
        if hit.effect is not Effect.FLAG
    }
    for *named, why, values in acted:
        table.add_row(*named, Text(why), Text(values))
    return table


def _values(hit: RuleHit) -> str:
    return "\n".join(f"{name} = {value}" for name, value in hit.values)


def _findings(findings: Iterable[Noted]) -> Table:
    table = plain_table("entity", "where", "place", "times", "action", "rule", title="Findings")
    counts = Counter((f.entity, f.where, f.place, f.action, f.rule or "") for f in findings)
    for (entity, where, place, action, rule), times in counts.items():
        table.add_row(entity, where, place, str(times), action, rule)
    return table


def show_impact(console: Console, impact: Impact) -> None:
    """Print who was fed by a document."""
    states = ", ".join(f"{count} {state}" for state, count in impact.by_state.items()) or "none"
    console.print(Text.assemble((impact.subject, "bold"), f": {impact.total} responses ({states})"))
    table = plain_table("response", "when (UTC)", "application", "end user", "states", "ended")
    for entry in impact.responses:
        table.add_row(
            entry.response, f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.application, entry.end_user,
            ", ".join(entry.states), entry.run_state or "open",
        )  # fmt: skip
    console.print(table)
    if impact.cursor:
        console.print(f"[dim]more: --cursor {impact.cursor}[/dim]")


def show_document(console: Console, document: DocumentRecord) -> None:
    """Print a document's place in the catalogue and its versions."""
    console.print(Text.assemble((document.title or document.id, "bold"), f" ({document.source}/{document.id})"))
    for name, value in sorted(document.labels.items()):
        console.print(Text.assemble((f"  {name}", "dim"), f" {value}"))
    for version in document.versions:
        state = ("  current", "green") if version.current else ""
        console.print(Text.assemble(version.digest, state), soft_wrap=True)
        entered = (
            f"  entered {version.at:%Y-%m-%d %H:%M:%S} UTC, {_counted(version.chunks, 'chunk')}, run {version.run}"
        )
        console.print(Text(entered, style="dim"), soft_wrap=True)
    if document.others:
        others = f"Documents of this id are in {', '.join(document.others)}, too: give --source for theirs."
        console.print(Text(others, style="yellow"))


def show_stats(console: Console, stats: StoreStats) -> None:
    """Print what the store holds, and every intent without an outcome."""
    table = Table.grid(padding=(0, 2))
    for name in ("events", "responses", "documents", "versions", "chunks", "edges", "bytes"):
        table.add_row(name, f"{getattr(stats, name):,}")
    console.print(table)
    if stats.open_runs:
        console.print(
            f"\n[yellow]{len(stats.open_runs)} intents without an outcome[/yellow] (running now, or a crash):"
        )
        opened = plain_table("response", "since (UTC)", "application", "log entry")
        for run in stats.open_runs:
            opened.add_row(run.response, f"{run.at:%Y-%m-%d %H:%M:%S}", run.application, str(run.index))
        console.print(opened)


def show_decisions(console: Console, record: ResponseRecord) -> None:
    """Print every rule that spoke about a response, with the values that it read."""
    told = f": {record.decision or 'open'}, by policy set {record.policy}"
    console.print(Text.assemble((f"response {record.id}", "bold"), told))
    table = plain_table("rule", "target", "effect", "owner", "why", "values read")
    spoken = (
        (hit.rule, decision.target, _effect(hit), hit.owner or "", hit.reason, _values(hit))
        for decision in _spoken(record)
        for hit in decision.hits
    )
    for cells in dict.fromkeys(spoken):  # a destination that was passed over says it again
        table.add_row(*cells)
    console.print(table if table.row_count else "No rule restricted it.")


def show_loaded(console: Console, loaded: Loaded) -> None:
    """Print which detectors look at texts now, and which rules name what none of them can find."""
    console.print(Text(f"\nDetectors loaded now (NER {'on' if loaded.ner else 'off'})", style="bold"))
    for version in loaded.detectors:
        console.print(Text(f"  {version}"))
    for rule, entities in loaded.unfound.items():
        console.print(Text(f"  {rule} has no effect: nothing finds {', '.join(entities)}", style="yellow"))


def show_scan(console: Console, scan: Scan) -> None:
    """Print where something was found in files, how often, and what could not be looked through; never a value."""
    table = plain_table("file", "line:column", "entity", "score", "detector")
    for scanned in scan.found:
        for place in scanned.places:
            finding = place.finding
            table.add_row(
                Text(scanned.file), f"{place.line}:{place.column}", finding.entity, f"{finding.score:.2f}",
                finding.detector,
            )  # fmt: skip
    if table.row_count:
        console.print(table)
        counts = plain_table("entity", "times")
        for entity, times in scan.entities.most_common():
            counts.add_row(entity, str(times))
        console.print(Text(), counts)
    for scanned in scan.unscanned:
        console.print(Text.assemble(("not scanned ", "red"), f"{scanned.file}: {scanned.problem}"))
    summary = f"{scan.entities.total()} findings in {len(scan.found)} of {scan.files} files"
    unscanned = f", {len(scan.unscanned)} not scanned" if scan.unscanned else ""
    console.print(Text(summary + unscanned, style="green" if scan.is_clean else "bold"))


def show_ingested(console: Console, report: Report) -> None:
    """Print what came of an ingest, and every refusal with its reason."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
    console.print(f"{counts or 'nothing to read'}; {report.chunks} chunks entered")
    if report.findings:
        found = ", ".join(f"{count} {entity}" for entity, count in report.findings.most_common())
        console.print(Text.assemble(("found in them ", "yellow"), found))
    for refused in report.refused:
        console.print(Text.assemble((f"{refused.outcome} ", "red"), f"{refused.document.id}: {refused.reason}"))
    for unreadable in report.unreadable:
        console.print(Text.assemble(("unreadable ", "red"), unreadable.message))


def show_verification(console: Console, checked: int, faults: Sequence[Fault]) -> None:
    """Print whether the log is as it was written."""
    for fault in faults:
        console.print(Text.assemble((f"entry {fault.index}", "red"), f": {fault.problem}"))
    if faults:
        console.print(f"[bold red]{_counted(len(faults), 'fault')}[/bold red] in {checked:,} entries")
    else:
        console.print(f"[green]The log is whole[/green]: {checked:,} entries, gapless, each as it was committed.")


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print what verification found: faults with their places, what is true, and what should be known."""
    for fault in verdict.faults:
        at = "" if fault.index is None else f"entry {fault.index}: "
        console.print(Text.assemble((at, "red"), fault.problem))
    for sentence in verdict.told:
        console.print(Text(f"· {sentence}"))
    for remark in verdict.remarks:
        console.print(Text(f"! {remark}", style="yellow"))
    count = f"{verdict.checked:,} {'entry' if verdict.checked == 1 else 'entries'}"
    if verdict.faults:
        summary = Text.assemble((_counted(len(verdict.faults), "fault"), "bold red"), f" in {verdict.subject}: {count}")
    else:
        summary = Text.assemble(("Whole", "green"), f": {verdict.subject}, {count}, each as it was committed.")
    console.print(summary)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def show_problems(console: Console, problems: Sequence[Problem]) -> None:
    """Print what an author of policies should change."""
    for problem in problems:
        at = f"{problem.at.file}:{problem.at.line}: " if problem.at else ""
        rule = f"{problem.rule}: " if problem.rule else ""
        console.print(Text(f"{at}{rule}{problem.message}", style="red" if problem.fatal else "yellow"))
    if not problems:
        console.print("[green]The policies are in order.[/green]")


def show_tests(console: Console, results: Sequence[TestResult]) -> None:
    """Print the tests of policy files that failed, and how many passed."""
    for result in results:
        if not result.passed:
            why = f" ({result.reason})" if result.reason else ""
            line = (
                f"{result.at.file}:{result.at.line}: {result.name}: expected {result.expected}, got {result.got}{why}"
            )
            console.print(Text(line, style="red"))
    passed = sum(result.passed for result in results)
    console.print(f"{passed} passed, {len(results) - passed} failed")
