"""`lineward breaches`: texts of a tenant that turned up in requests of another."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, Cursor, Limit, print_page, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.records import BreachRecord
from gateway.stores.breaches import SQLBreaches
from gateway.terminal import plain_table


def breaches(
    tenant: Annotated[str, typer.Option(help="Only texts of this tenant; else of all.")] = "",
    config: Config = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    as_json: AsJSON = False,
) -> None:
    """List texts that turned up in requests of another tenant than has registered them, newest first; exit 1 if any."""
    settings = settings_of(config)
    page, following = SQLBreaches(questions_of(settings)).breaches(tenant or None, limit=limit, cursor=cursor)
    record(settings, "list breaches")
    print_page(page, following, show, as_json=as_json)
    raise typer.Exit(1 if page else 0)


def show(console: Console, page: Sequence[BreachRecord]) -> None:
    """Print whose texts turned up, when, and how much of them."""
    table = plain_table("when (UTC)", "tenant", "document", "source", "how much", "response", "it was", "entry")
    for one in page:
        for chunk in one.chunks:
            much = f"{chunk.coverage:.0%} of chunk {chunk.ordinal}, {chunk.characters} characters"
            table.add_row(
                f"{one.at:%Y-%m-%d %H:%M:%S}", one.tenant, Text(chunk.document), str(chunk.source), much, one.response,
                "answered" if one.late else "refused", str(one.index),
            )  # fmt: skip
    console.print(table if page else "No text of a tenant turned up in a request of another.")
