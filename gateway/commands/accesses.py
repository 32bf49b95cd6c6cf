"""`lineward accesses`: who has looked at the evidence."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.accesses import AccessRecord
from gateway.stores.accesses import SQLAccesses
from gateway.stores.opening import upgrade
from gateway.stores.questions import Questions
from gateway.terminal import plain_table

KINDS = ("response", "document", "chunk", "source", "incident", "subject")
"""What a subject may be."""


def accesses(
    subject: Annotated[str, typer.Argument(help="A response's id, or document/ID, chunk/ID …; else all.")] = "",
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    cursor: str = "",
    as_json: AsJSON = False,
) -> None:
    """Tell who has looked at a response's record, or at anything, newest first."""
    settings = settings_of(config)
    url = settings.store.url.get_secret_value()
    upgrade(url)
    named = subject if not subject or subject.partition("/")[0] in KINDS else f"response/{subject}"
    page, following = SQLAccesses(Questions(url)).accesses(named, None, limit=limit, cursor=cursor)
    record(settings, "list accesses", *filter(None, [named]))
    if as_json:
        print_json({"data": page, "cursor": following})
    else:
        show(out, page, following)


def show(console: Console, page: Sequence[AccessRecord], cursor: str) -> None:
    """Print who looked when, and at what."""
    table = plain_table("when (UTC)", "who", "action", "what", "entry")
    for one in page:
        who = " ".join(filter(None, [one.application, one.person and f"({one.person})", ", ".join(one.roles)]))
        what = Text(", ".join(one.subjects[:3]) + (f" and {len(one.subjects) - 3} more" if one.subjects[3:] else ""))
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", Text(who), one.action, what, str(one.index))
    console.print(table if page else "Nobody has looked at it.")
    if cursor:
        console.print(f"[dim]more: --cursor {cursor}[/dim]")
