"""`lineward accesses`: who has looked at the evidence."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, Cursor, Limit, print_page, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.accesses import AccessRecord
from gateway.stores.accesses import SQLAccesses
from gateway.terminal import plain_table

KINDS = ("response", "document", "chunk", "source", "incident", "subject", "application")
"""What a subject may be."""


def accesses(
    subject: Annotated[str, typer.Argument(help="A response's id, or document/ID, chunk/ID …; else all.")] = "",
    config: Config = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    as_json: AsJSON = False,
) -> None:
    """Tell who has looked at a response's record, or at anything, newest first."""
    settings = settings_of(config)
    named = subject if not subject or subject.partition("/")[0] in KINDS else f"response/{subject}"
    page, following = SQLAccesses(questions_of(settings)).accesses(named, None, limit=limit, cursor=cursor)
    record(settings, "list accesses", *filter(None, [named]))
    print_page(page, following, show, as_json=as_json)


def show(console: Console, page: Sequence[AccessRecord]) -> None:
    """Print who looked when, and at what."""
    table = plain_table("when (UTC)", "who", "action", "what", "entry")
    for one in page:
        who = " ".join(filter(None, [one.application, one.person and f"({one.person})", ", ".join(one.roles)]))
        what = Text(", ".join(one.subjects[:3]) + (f" and {len(one.subjects) - 3} more" if one.subjects[3:] else ""))
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", Text(who), one.action, what, str(one.index))
    console.print(table if page else "Nobody has looked at it.")
