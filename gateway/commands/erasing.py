"""`lineward erase`, `lineward subject` and `lineward hold`: what privacy and legal people ask of the record."""

from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.building import build, erasing_of
from gateway.commands.options import AsJSON, Config, missing, out, print_json, questions_of, settings_of
from gateway.commands.recording import operator, record, signer
from gateway.domain.erasures import Erasure
from gateway.domain.principals import Principal
from gateway.domain.runs import RunEvent
from gateway.ingestion import operator as owner
from gateway.investigation import Investigation
from gateway.settings import Settings
from gateway.stores.holding import KINDS, SQLHolds, placed, released
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.subjects import SQLSubjects
from gateway.stores.versions import SQLVersions
from gateway.subjects import Subjects
from gateway.terminal import plain_table

Tenant = Annotated[str | None, typer.Option(help="Tenant that it belongs to, when there are several.")]

hold = typer.Typer(no_args_is_help=True, help="Place, list and release legal holds.")


def erase(
    name: Annotated[str, typer.Argument(help="The application's name for its end user; or a document's id.")],
    document: Annotated[bool, typer.Option("--document", help="Erase the texts of a document.")] = False,
    tenant: Tenant = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be erased.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild/--no-rebuild", help="Write the database's files anew; a gateway waits meanwhile.")
    ] = True,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Erase a person: their texts, their name, whatever could be guessed; the log stays whole and says so."""
    settings = settings_of(config)
    by = _by(settings, tenant)
    with closing(erasing_of(build(settings))) as erasing:
        done = (erasing.document if document else erasing.subject)(by, name, dry_run=dry_run, rebuild=rebuild)
    if as_json:
        print_json(done)
    else:
        show(out, done, dry_run=dry_run)
    raise typer.Exit(0 if done.responses or done.entries or done.texts or done.documents else 1)


def show(console: Console, done: Erasure, *, dry_run: bool) -> None:
    """Print what was erased."""
    if not (done.responses or done.entries or done.texts or done.documents):
        console.print("Nothing of that name is recorded here.")
        return
    console.print(
        f"{'Would erase' if dry_run else 'Erased'}: {done.responses} responses no longer say who asked, "
        f"{done.entries} entries redacted, {done.texts} texts removed."
    )
    for name in done.documents:
        ends = " (its quarantine ends with it)" if name in done.given_up else ""
        console.print(Text(f"  document {name}{ends}"))
    if done.index is not None:
        console.print(f"The log tells of it up to entry {done.index}. This opens its commitment, and is kept nowhere:")
        console.print(done.opening)


def subject(
    name: Annotated[str, typer.Argument(help="The application's name for its end user.")],
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: str = "",
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Tell everything that is recorded about a person; with --json answers, prompts and findings too."""
    settings = settings_of(config)
    by = _by(settings, tenant)
    found = _subjects(settings).record(name, by.tenant, limit=limit, cursor=cursor)
    shown = [f"response/{one.record.id}" for one in found.responses]
    record(settings, "export subject", *shown, tenant=by.tenant)
    if as_json:
        print_json(found)
    else:
        table = plain_table("when (UTC)", "response", "application", "asked")
        for one in found.responses:
            told = one.record
            table.add_row(f"{told.at:%Y-%m-%d %H:%M:%S}", told.id, told.application, Text(told.question[:60]))
        noted = plain_table("when (UTC)", "entry", "in", "named in")
        for note in found.notes:
            noted.add_row(f"{note.at:%Y-%m-%d %H:%M:%S}", str(note.index), note.kind, Text(note.text[:60]))
        if found.responses or not found.notes:
            out.print(table if found.responses else "Nothing is recorded about a person of that name.")
        if found.notes:
            out.print(noted)
        if found.cursor:
            out.print(f"[dim]more: --cursor {found.cursor}[/dim]")
    raise typer.Exit(0 if found.total or found.notes else 1)


@hold.command("place")
def hold_place(
    kind: Annotated[str, typer.Argument(help="response, subject or document.")],
    target: Annotated[str, typer.Argument(help="Its id.")],
    reason: Annotated[str, typer.Option(help="Why, such as the number of a case.")] = "",
    tenant: Tenant = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Place a legal hold: what lies under it is neither erased nor removed for its age."""
    if kind not in KINDS:
        raise typer.BadParameter(f"a hold lies on one of {', '.join(KINDS)}")
    settings = settings_of(config)
    by = _by(settings, tenant)
    _subjects(settings).holdable(kind, target, by.tenant)
    event = placed(by, kind, target, reason)
    _append(settings, event)
    if as_json:
        print_json({"id": event.run, "kind": kind, "target": target})
    else:
        out.print(f"Legal hold {event.run}.")


@hold.command("list")
def hold_list(config: Config = None, as_json: AsJSON = False) -> None:
    """List the legal holds that lie on something."""
    settings = settings_of(config)
    found = _holds(settings).active(None)
    record(settings, "list holds")
    if as_json:
        print_json({"data": found})
        return
    table = plain_table("since (UTC)", "hold", "tenant", "on", "why")
    for one in found:
        table.add_row(
            f"{one.at:%Y-%m-%d %H:%M:%S}", one.id, one.tenant, Text(f"{one.kind} {one.target}"), Text(one.reason)
        )
    out.print(table if found else "There is no legal hold.")


@hold.command("release")
def hold_release(id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Release a legal hold."""
    settings = settings_of(config)
    found = _holds(settings).hold(id, None)
    if found is None:
        raise missing(f"There is no legal hold {id!r}.")
    if found.of_incident:
        raise missing(f"This hold is an incident's: lineward incident free {id} ends it.")
    _append(settings, released(operator(found.tenant), found))
    if as_json:
        print_json({"id": id, "released": True})
    else:
        out.print(f"Legal hold {id} is released.")


def _by(settings: Settings, tenant: str | None) -> Principal:
    """Return the operator as somebody of *tenant*, which need not be named when there is one."""
    return operator(owner(settings, tenant).tenant)


def _subjects(settings: Settings) -> Subjects:
    url, masters, questions = settings.store.url.get_secret_value(), settings.masters, questions_of(settings)
    log = SQLLog(url, settings.log.origin, masters)
    return Subjects(SQLSubjects(questions), Investigation(open_ledger(url, masters), SQLVersions(questions), log))


def _append(settings: Settings, event: RunEvent) -> None:
    with closing(open_store(settings.store.url.get_secret_value(), signer(settings), settings.masters)) as store:
        store.append([event])


def _holds(settings: Settings) -> SQLHolds:
    return SQLHolds(questions_of(settings))
