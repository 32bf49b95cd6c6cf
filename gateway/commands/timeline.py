"""`lineward timeline`: what happened, in order."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import (
    AsJSON,
    Config,
    Cursor,
    Limit,
    Since,
    Until,
    print_page,
    questions_of,
    settings_of,
)
from gateway.commands.recording import record
from gateway.domain.timelines import Happening, Span
from gateway.stores.timelines import SQLTimelines
from gateway.terminal import plain_table


def timeline(
    conversation: Annotated[str, typer.Option(help="The turns of this conversation.")] = "",
    response: Annotated[str, typer.Option(help="The turns of the conversation that this response is one of.")] = "",
    user: Annotated[str, typer.Option(help="What this end user asked.")] = "",
    app: Annotated[str, typer.Option(help="What this application asked.")] = "",
    document: Annotated[str, typer.Option(help="What this document took part in, and what became of it.")] = "",
    incident: Annotated[str, typer.Option(help="The steps of this incident, and what happened to its items.")] = "",
    since: Since = None,
    until: Until = None,
    config: Config = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    as_json: AsJSON = False,
) -> None:
    """Tell what happened in a conversation, to a user, application, document or incident, or at all."""
    settings = settings_of(config)
    span = Span(conversation, response, user, app, document, incident, since, until)
    page, following = SQLTimelines(questions_of(settings)).timeline(span, None, limit=limit, cursor=cursor)
    shown = [f"response/{one.id}" for one in page if one.type == "response"]
    record(settings, "read timeline", *shown, query=user or conversation)
    print_page(page, following, show, as_json=as_json, more="earlier")


def show(console: Console, page: Sequence[Happening]) -> None:
    """Print what happened, the earliest first, as one reads a story."""
    table = plain_table("when (UTC)", "type", "who", "what", "documents", "id")
    for one in reversed(page):
        who = " for ".join(filter(None, [one.application, one.person]))
        names = ", ".join(one.documents[:3]) + (f" and {len(one.documents) - 3} more" if one.documents[3:] else "")
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", one.type, Text(who), Text(one.what), Text(names), one.id)
    console.print(table if page else "Nothing happened.")
