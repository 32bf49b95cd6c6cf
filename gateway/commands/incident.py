"""`lineward incident`: open, fill, note, hold, show, hand over and close incidents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import (
    AsJSON,
    Config,
    Cursor,
    Limit,
    Output,
    out,
    print_json,
    print_page,
    questions_of,
    settings_of,
    write_evidence,
)
from gateway.commands.recording import append, operator, record, signer
from gateway.domain.errors import ConfigurationError
from gateway.domain.incidents import IncidentRecord
from gateway.domain.runs import IncidentStep, RunEvent
from gateway.incidents import Incidents
from gateway.lineage.bundles import sealed
from gateway.settings import Settings
from gateway.stores.incidents import SQLIncidents
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger
from gateway.terminal import plain_table

incident = typer.Typer(no_args_is_help=True, help="Gather what belongs to an incident, and hand it over.")

Id = Annotated[str, typer.Argument(help="The incident's id.")]
Items = Annotated[list[str], typer.Argument(help="Kind and id: response/0193…, document/kb/a.md, chunk/sha256:….")]
Reason = Annotated[str, typer.Option(help="Why, such as the number of a case.")]


@incident.command("create")
def create(
    title: str,
    tenant: Annotated[str, typer.Option(help="Tenant that it belongs to, when there are several.")] = "",
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Open an incident and print its id."""
    settings = settings_of(config)
    tenants = sorted({application.tenant for application in settings.applications})
    if tenant not in tenants and (tenant or len(tenants) != 1):
        raise ConfigurationError(f"say which tenant with --tenant; known are {', '.join(tenants)}")
    by = operator(tenant or tenants[0])
    _changed(settings, _incidents(settings).opened(by, title), as_json=as_json)


@incident.command("add")
def add(
    id: Id,
    items: Items,
    remove: Annotated[bool, typer.Option("--remove", help="Take them out again.")] = False,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Add responses, documents, versions, chunks or sources to an incident."""
    settings = settings_of(config)
    event = _incidents(settings).filled(id, operator(), None, items, removing=remove)
    _changed(settings, event, as_json=as_json)


@incident.command("note")
def note(id: Id, text: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Write down a note."""
    _step(id, IncidentStep.NOTED, text, config, as_json=as_json)


@incident.command("hold")
def hold(id: Id, reason: Reason, config: Config = None, as_json: AsJSON = False) -> None:
    """Let nothing of its items be erased until it is freed."""
    _step(id, IncidentStep.HELD, reason, config, as_json=as_json)


@incident.command("free")
def free(id: Id, reason: Reason, config: Config = None, as_json: AsJSON = False) -> None:
    """End the legal hold."""
    _step(id, IncidentStep.FREED, reason, config, as_json=as_json)


@incident.command("close")
def close(id: Id, reason: Reason = "", config: Config = None, as_json: AsJSON = False) -> None:
    """Close an incident: it stays as it is."""
    _step(id, IncidentStep.CLOSED, reason, config, as_json=as_json)


@incident.command("show")
def show(id: Id, config: Config = None, as_json: AsJSON = False) -> None:
    """Show an incident: its items, notes and state."""
    settings = settings_of(config)
    found = _incidents(settings).incident(id, None)
    record(settings, "read incident", f"incident/{id}", tenant=found.tenant)
    _told(found, as_json=as_json)


@incident.command("list")
def listed(
    config: Config = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    as_json: AsJSON = False,
) -> None:
    """List incidents, the newest first."""
    settings = settings_of(config)
    page, following = _incidents(settings).known.incidents(None, limit=limit, cursor=cursor)
    record(settings, "list incidents", *(f"incident/{one.id}" for one in page))
    print_page(page, following, show_incidents, as_json=as_json)


@incident.command("bundle")
def bundle(
    id: Id,
    output: Output,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Write all evidence of an incident into a file that `lineward verify FILE` checks offline."""
    settings = settings_of(config)
    incidents = _incidents(settings)
    found = incidents.incident(id, None)
    record(settings, "export bundle", f"incident/{id}", tenant=found.tenant)
    key = signer(settings)
    write_evidence(output, sealed(incidents.bundle(id, None), key), signed=bool(key), as_json=as_json)


def show_incident(console: Console, found: IncidentRecord) -> None:
    """Print an incident as its responder reads it."""
    state = "closed" if found.closed_at else "open"
    console.print(Text(f"{found.title} ({state}{', on hold' if found.held else ''})", style="bold"))
    console.print(Text(f"incident {found.id}, opened {found.opened_at:%Y-%m-%d %H:%M:%S} UTC by {found.opened_by}"))
    table = plain_table("item", "added (UTC)", "by")
    for item in found.items:
        table.add_row(Text(item.subject), f"{item.at:%Y-%m-%d %H:%M:%S}", Text(item.by))
    if found.items:
        console.print(table)
    for one in found.notes:
        console.print(Text(f"{one.at:%Y-%m-%d %H:%M:%S} {one.by}: {one.text}"))


def show_incidents(console: Console, page: Sequence[IncidentRecord]) -> None:
    """Print a page of incidents."""
    table = plain_table("incident", "title", "opened (UTC)", "state", "items")
    for one in page:
        state = ("closed" if one.closed_at else "open") + (", on hold" if one.held else "")
        table.add_row(one.id, Text(one.title), f"{one.opened_at:%Y-%m-%d %H:%M:%S}", state, str(len(one.items)))
    console.print(table if page else "There are no incidents.")


def _incidents(settings: Settings) -> Incidents:
    known, url = SQLIncidents(questions_of(settings)), settings.store.url.get_secret_value()
    return Incidents(known, open_ledger(url, settings.masters), SQLLog(url, settings.log.origin, settings.masters))


def _step(id: str, step: IncidentStep, text: str, config: Path | None, *, as_json: bool) -> None:
    settings = settings_of(config)
    _changed(settings, _incidents(settings).noted(id, operator(), None, step, text), as_json=as_json)


def _changed(settings: Settings, event: RunEvent, *, as_json: bool) -> None:
    append(settings, [event])
    _told(_incidents(settings).incident(event.run, None), as_json=as_json)


def _told(found: IncidentRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        show_incident(out, found)
