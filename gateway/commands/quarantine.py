"""`lineward quarantine`, `release`, `contained`: a document out of use on all workers, and was it used since?"""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, ledger_of, out, print_json, questions_of, settings_of
from gateway.commands.recording import append, operator, record
from gateway.containing import REFRESH
from gateway.domain.digests import new_id
from gateway.domain.records import Impact
from gateway.domain.runs import RunEvent, RunState
from gateway.quarantining import Containing, containing, orders
from gateway.settings import Settings
from gateway.stores.quarantines import SQLQuarantines
from gateway.terminal import plain_table

Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
Of = Annotated[str, typer.Option("--source", help="Only that of this source, namespace/name.")]
Tenant = Annotated[str | None, typer.Option(help="Only that of this tenant.")]


def quarantine(
    document: str,
    reason: Reason,
    source: Of = "",
    tenant: Tenant = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Take a document out of use, at once and on all workers: no prompt may contain it."""
    _change(settings_of(config), document, reason, source, tenant, as_json=as_json, released=False)


def release(
    document: str,
    reason: Reason,
    source: Of = "",
    tenant: Tenant = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Let a document that was taken out of use be used again."""
    _change(settings_of(config), document, reason, source, tenant, as_json=as_json, released=True)


def contained(document: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell whether a document is out of use, since when, and whether any prompt has held it since."""
    settings = settings_of(config)
    found = containing(ledger_of(config), _history(settings), document, None)
    record(settings, "read quarantine", f"document/{document}")
    if as_json:
        print_json(found)
    else:
        show(out, found)
    raise typer.Exit(1 if found.quarantined and _read(found.since) else 0)


def _change(
    settings: Settings, document: str, reason: str, source: str, tenant: str | None, *, as_json: bool, released: bool
) -> None:
    who = operator(tenant or "")
    ordered = orders(_history(settings), document, who, reason, tenant=tenant, source=source, released=released)
    events = [RunEvent(new_id(), RunState.COMPLETE, order.body, order.tenant) for order in ordered]
    append(settings, events)
    time.sleep(REFRESH)  # by then every gateway has read of it
    sources = [str(order.body.source) for order in ordered]
    if as_json:
        print_json({"document": document, "quarantined": not released, "sources": sources})
    else:
        out.print(Text(f"{document} ({', '.join(sources)}) {'may be used again' if released else 'is out of use'}."))


def _history(settings: Settings) -> SQLQuarantines:
    return SQLQuarantines(questions_of(settings))


def show(console: Console, found: Containing) -> None:
    """Print whether a document is out of use, and who was told what it says."""
    state = Text("out of use", style="red") if found.quarantined else Text("in use", style="green")
    console.print(Text.assemble(found.document, " is ", state))
    table = plain_table("when (UTC)", "what", "source", "by", "why", "entry")
    for one in found.history:
        by = one.rule or " ".join(filter(None, [one.application, one.person and f"({one.person})"]))
        what = "released" if one.released else "quarantined"
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", what, one.source, Text(by), Text(one.reason), str(one.index))
    if found.history:
        console.print(table)
    if found.quarantined:
        held = _read(found.since)
        told = f"{held} prompts have held it since" if held else "no prompt has held it since"
        kept = found.since.by_state.get("dropped", 0) if found.since else 0
        console.print(Text(f"{told}; it was kept out of {kept}.", style="red" if held else "green"))
    if found.ever:
        console.print(Text(f"{_read(found.ever)} prompts ever held it; lineward impact tells whose."))


def _read(impact: Impact | None) -> int:
    return sum(impact.applications.values()) if impact else 0
