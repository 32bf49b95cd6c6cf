"""`lineward impact`: who was fed by a document, a version or chunk of it, or by a source."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from gateway.building import upstreams_of
from gateway.commands.options import AsJSON, Config, ledger_of, missing, out, print_json, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.records import Impact
from gateway.domain.subjects import Kind, Subject
from gateway.reaching import Reach
from gateway.settings import Settings
from gateway.terminal import plain_table, show_impact

_REPORTED = (Kind.DATASET, Kind.RUN)

TOP = 10
"""Lines of a breakdown that a person is shown."""


def impact(
    subject: Annotated[
        str, typer.Argument(help="An id of a document or run, a digest, or a source's or dataset's namespace/name.")
    ],
    kind: Annotated[Kind | None, typer.Option(help="What it is, if an id could be several things.")] = None,
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    cursor: str = "",
    as_json: AsJSON = False,
) -> None:
    """Tell who was fed by a document, version, chunk, source, dataset or run: by state, reader and day."""
    ledger = ledger_of(config)
    known = () if kind in _REPORTED else meanings(subject, kind)
    answers = (ledger.impact(meant, None, limit=limit, cursor=cursor) for meant in known)
    found = next((answer for answer in answers if answer is not None), None)
    if found is None:
        found = _reported(settings_of(config), subject, kind, limit, cursor)
    if found is None:
        raise missing(f"No {kind or 'document, chunk, version, source, dataset or run'} {subject!r} is known here.")
    record(settings_of(config), "read impact", f"{found.kind}/{subject}")
    if as_json:
        print_json(found)
    else:
        show_impact(out, found)
        show_breakdown(out, found)


def _reported(settings: Settings, subject: str, kind: Kind | None, limit: int, cursor: str) -> Impact | None:
    """Return who was fed by *subject* if it is a dataset or a run that somebody reported; the first one's who did."""
    questions = questions_of(settings)
    reach = Reach(upstreams_of(settings, questions), questions)
    for meant in (Subject(one, subject) for one in _REPORTED if kind in (None, one)):
        for tenant in reach.tenants(meant, None):
            return reach.impact(meant, tenant, limit=limit, cursor=cursor)
    return None


def meanings(subject: str, kind: Kind | None = None) -> Iterator[Subject]:
    """Yield what *subject* may mean, the likeliest first."""
    if kind:
        yield Subject(kind, subject)
    elif subject.startswith("sha256:"):
        yield from (Subject(Kind.CHUNK, subject), Subject(Kind.VERSION, subject))
    else:
        yield from (Subject.document(subject), Subject(Kind.SOURCE, subject))


def show_breakdown(console: Console, impact: Impact) -> None:
    """Print by whom and when the text was read by a model."""
    for title, counts in (
        ("application", impact.applications),
        ("end user", impact.end_users),
        ("day", impact.days),
    ):
        lines = plain_table(title, "responses whose prompt held it")
        for name, count in list(counts.items())[:TOP]:
            lines.add_row(name or "(none given)", str(count))
        if len(counts) > TOP:
            lines.add_row(f"and {len(counts) - TOP} more", "")
        if counts:
            console.print(lines)
    if not impact.complete:
        console.print("[yellow]It took part too often to be counted to the end; these are the counts so far.[/yellow]")
