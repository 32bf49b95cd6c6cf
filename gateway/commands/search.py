"""`lineward search`: which response was it? By a text that was asked or answered, as it is or nearly."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.chunks import highlighted, search_chunks
from gateway.commands.options import AsJSON, Config, Since, Until, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.searches import ChunkWish, Hit, Hits, Match, Wish
from gateway.parts import Followers
from gateway.stores.opening import upgrade
from gateway.terminal import STYLES


def search(
    text: Annotated[
        str, typer.Argument(help="A sentence or a part of it, in any script; without it all are listed.")
    ] = "",
    match: Annotated[
        Match,
        typer.Option(help="The very words (phrase), with mistakes (similar), in other words (meaning), or one by one."),
    ] = Match.AUTO,
    app: Annotated[str, typer.Option(help="The application that asked.")] = "",
    user: Annotated[str, typer.Option(help="The end user for whom it asked.")] = "",
    document: Annotated[str, typer.Option(help="The id of a document that took part.")] = "",
    source: Annotated[str, typer.Option(help="The source of one, namespace/name.")] = "",
    state: Annotated[
        str, typer.Option(help="COMPLETE, FAIL, ABORT or OPEN; or what became of a chunk: sent, dropped …")
    ] = "",
    since: Since = None,
    until: Until = None,
    documents: Annotated[
        bool, typer.Option("--documents", help="Look in the texts of documents, in all their versions.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    cursor: str = "",
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Find responses by what was asked and answered, also from a screenshot's text, and by all else that is known."""
    if documents and (app or user or state or since or until):
        raise typer.BadParameter("--documents goes with --match, --document and --source only")
    settings = settings_of(config)
    upgrade(settings.store.url.get_secret_value())
    if documents:
        raise search_chunks(settings, ChunkWish(text, match, document, source), limit, cursor, as_json=as_json)
    followers = Followers.of(settings)
    wish = Wish(text, match, app, user, document, source, state, since, until)
    try:
        found = followers.search.find(wish, None, limit=limit, cursor=cursor)
    finally:
        followers.close()
    action = "search responses" if text else "list responses"
    record(settings, action, *(f"response/{one.id}" for one in found.data), query=text)
    if as_json:
        print_json(found)
    else:
        show_hits(out, found, text)
    raise typer.Exit(0 if found.data else 1)


def show_hits(console: Console, found: Hits, text: str) -> None:
    """Print what was found, each response with why."""
    for hit in found.data:
        console.print(_heading(hit))
        if not hit.matches and hit.question:
            console.print(Text(f"  {hit.question[:160]}", style="dim"))
        for match in hit.matches:
            console.print(highlighted(match))
    if not found.data:
        console.print("Nothing was found." if not text else "No question or answer that is kept is like it.")
    elif found.method == "similar":
        console.print(Text("Nothing has the very words; these are most like them.", style="dim"))
    elif found.method == "meaning":
        console.print(Text("These say it in other words, the nearest first.", style="dim"))
    if found.cursor:
        console.print(f"[dim]more: --cursor {found.cursor}[/dim]")
    if found.unsearched:
        console.print(
            f"[yellow]{found.unsearched:,} entries of the log are not in the index yet and were not searched"
            f"{' by meaning' if found.method == 'meaning' else ''}: run `lineward db index`.[/yellow]"
        )


def _heading(hit: Hit) -> Text:
    asked = f"{hit.application}" + (f" for {hit.end_user}" if hit.end_user else "")
    state = str(hit.state or "open")
    return Text.assemble(
        (hit.id, "bold"), f"  {hit.at:%Y-%m-%d %H:%M:%S}  {asked}  ", (f"{state}, {hit.decision or 'no decision'}",
        STYLES.get(state, ""))
    )  # fmt: skip
