"""`lineward prompt`, `diff`, `versions` and `chunk`: what the model saw, what differs, where a chunk came from."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, out, print_json, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.catalogue import ChunkOrigin
from gateway.investigation import Investigation
from gateway.lineage.differences import Change, Difference
from gateway.lineage.prompts import Prompt
from gateway.settings import Settings
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger
from gateway.stores.versions import SQLVersions
from gateway.terminal import plain_table, show_document


def investigation_of(settings: Settings) -> Investigation:
    """Return what answers from the store of *settings*."""
    versions, url = SQLVersions(questions_of(settings)), settings.store.url.get_secret_value()
    return Investigation(
        open_ledger(url, settings.masters), versions, SQLLog(url, settings.log.origin, settings.masters)
    )


def prompt(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Show what the model was asked, byte for byte, although documents have changed since.

    Control characters are shown as pictures; with --json they are there.
    """
    settings = settings_of(config)
    investigation = investigation_of(settings)
    tenant = investigation.response(response_id, None).tenant
    found = investigation.prompt(response_id, None)
    record(settings, "read prompt", f"response/{response_id}", tenant=tenant)
    if as_json:
        print_json(found)
    else:
        show_prompt(out, found)
    raise typer.Exit(1 if found.missing else 0)


def diff(left: str, right: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell what differs between two responses: documents, prompt, model, policy, parameters, findings, answer."""
    settings = settings_of(config)
    investigation = investigation_of(settings)
    tenant = investigation.response(left, None).tenant
    found = investigation.difference(left, right, None)
    record(settings, "compare responses", f"response/{left}", f"response/{right}", tenant=tenant)
    if as_json:
        print_json(found)
    else:
        show_difference(out, found)


def versions(
    document: str,
    compare: Annotated[bool, typer.Option("--diff", help="Show what the last version changed.")] = False,
    earlier: Annotated[str, typer.Option("--from", help="A version's digest, to compare with --to.")] = "",
    later: Annotated[str, typer.Option("--to", help="A version's digest; else the current one.")] = "",
    source: Annotated[str, typer.Option(help="Its source, namespace/name; else that which changed it last.")] = "",
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """List the versions of a document, or show what differs between two of them."""
    settings = settings_of(config)
    investigation = investigation_of(settings)
    if compare or earlier or later:
        changed = investigation.version_difference(document, None, earlier, later, source)
        record(settings, "compare versions", f"document/{document}")
        if as_json:
            print_json(changed)
        else:
            out.print(Text(f"{changed.left}\n{changed.right}", style="dim"))
            show_lines(out, changed.lines)
        return
    found = investigation.document(document, None, source)
    record(settings, "read versions", f"document/{document}")
    if as_json:
        print_json({"id": found.id, "source": found.source, "data": found.versions, "others": found.others})
    else:
        show_document(out, found)


def chunk(digest: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell when a chunk came in, by whom, in which run, and what else came in with it."""
    settings = settings_of(config)
    found = investigation_of(settings).chunk(digest, None)
    record(settings, "read chunk", f"chunk/{digest}")
    if as_json:
        print_json({"chunk": digest, "data": found})
    else:
        show_origins(out, found)


def show_prompt(console: Console, prompt: Prompt) -> None:
    """Print every string of a prompt; documents stand out, and so does what is missing."""
    for text in prompt.texts:
        console.rule(Text(text.path, style="dim"), align="left")
        for piece in text.pieces:
            style = "red" if piece.text is None else "cyan" if piece.segment.kind == "chunk" else ""
            told = f"[not kept: {piece.segment.digest}]" if piece.text is None else piece.text
            console.print(Text(told, style=style), end="", soft_wrap=True)
        console.print()
    if prompt.missing:
        console.print(Text(f"{len(prompt.missing)} pieces are not kept.", style="red"))
    else:
        console.print("[green]Whole[/green]: every byte is the one that left, by its digest in the record.")


def show_difference(console: Console, found: Difference) -> None:
    """Print what differs between two responses, side by side."""
    _show_changes(console, "Facts", found.facts)
    _show_changes(console, "Parameters", found.parameters)
    if found.chunks:
        table = plain_table("document", "chunk", found.left, found.right, title="Documents")
        for one in found.chunks:
            table.add_row(Text(one.document), one.chunk[:19], one.left or "-", one.right or "-")
        console.print(table)
    _show_changes(console, "Rules", found.rules)
    _show_changes(console, "Findings", found.findings)
    for changed in found.prompt:
        console.print(Text(f"Prompt, {changed.path}", style="bold"))
        show_lines(console, changed.lines)
    if found.answer:
        console.print(Text("Answer", style="bold"))
        show_lines(console, found.answer)
    if found.same:
        console.print("[green]Nothing differs.[/green]")
    if not found.complete:
        console.print("[yellow]The prompt of one of them is not kept whole: it cannot be compared to the end.[/yellow]")


def show_lines(console: Console, lines: Sequence[str]) -> None:
    """Print the lines of a unified diff."""
    styles = {"+": "green", "-": "red", "@": "dim"}
    for line in lines:
        console.print(Text(line, style=styles.get(line[:1], "")), soft_wrap=True)
    if not lines:
        console.print("The texts are the same.")


def show_origins(console: Console, origins: Sequence[ChunkOrigin]) -> None:
    """Print where a chunk stands and how it came in."""
    for one in origins:
        console.print(Text(f"{one.source}/{one.document}, chunk {one.ordinal} of {one.version}", style="bold"))
        who = " for ".join(filter(None, [one.application, one.end_user]))
        into = f" into {one.collection}" if one.collection else ""
        console.print(Text(f"  entered {one.at:%Y-%m-%d %H:%M:%S} UTC by {one.by} of {who}{into}"))
        console.print(Text(f"  run {one.run}, entry {one.index} of the log", style="dim"))
        others = [name for name in one.companions if name != one.document]
        if others:
            rest = one.companions_total - 1 - len(others[:10])
            console.print(Text(f"  with {', '.join(others[:10])}" + (f" and {rest} more" if rest > 0 else "")))
    if origins and origins[0].text is not None:
        console.print(Text(origins[0].text, style="cyan"), soft_wrap=True)


def _show_changes(console: Console, title: str, changes: Sequence[Change]) -> None:
    if changes:
        table = plain_table("", "left", "right", title=title)
        for change in changes:
            table.add_row(change.name, Text(_told(change.left)), Text(_told(change.right)))
        console.print(table)


def _told(value: object) -> str:
    return "-" if value in (None, "") else str(value)
