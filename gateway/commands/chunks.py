"""`lineward search --documents`: which version of which document has a text, and in which chunk."""

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import out, print_json
from gateway.commands.recording import record
from gateway.domain.searches import ChunkHit, ChunkHits, ChunkWish, Place
from gateway.parts import Followers
from gateway.settings import Settings


def search_chunks(settings: Settings, wish: ChunkWish, limit: int, cursor: str, *, as_json: bool) -> typer.Exit:
    """Print the chunks that *wish* wants, and return what ends the command."""
    followers = Followers.of(settings)
    try:
        found = followers.chunk_search.find(wish, None, limit=limit, cursor=cursor)
    finally:
        followers.close()
    shown = dict.fromkeys(name for one in found.data for name in one.subjects)
    record(settings, "search chunks", *shown, query=wish.text)
    if as_json:
        print_json(found)
    else:
        show_chunks(out, found)
    return typer.Exit(0 if found.data else 1)


def show_chunks(console: Console, found: ChunkHits) -> None:
    """Print where the text stands."""
    for hit in found.data:
        console.print(_heading(hit))
        console.print(Text(f"  {hit.source}  version {hit.version}  chunk {hit.chunk}", style="dim"))
        console.print(highlighted(hit.match))
    if not found.data:
        console.print("No text of a document that is kept is like it.")
    elif found.method == "similar":
        console.print(Text("Nothing has the very words; these are most like them.", style="dim"))
    if found.cursor:
        console.print(f"[dim]more: --cursor {found.cursor}[/dim]")
    if found.unsearched:
        console.print(
            f"[yellow]{found.unsearched:,} chunks are not in the index yet and were not searched: "
            "run `lineward db index`.[/yellow]"
        )


def highlighted(match: Place) -> Text:
    """Return the piece of a text in which something was found, with what was meant in it."""
    shown = Text(f"  {match.where}, {match.method} {match.score:.2f}: ", style="dim")
    excerpt = Text(match.excerpt, style="not dim")
    for start, end in match.highlights:
        excerpt.stylize("bold yellow", start, end)
    return shown.append_text(excerpt)


def _heading(hit: ChunkHit) -> Text:
    state = ("current", "green") if hit.current else ("earlier version", "dim")
    contained = [("  quarantined", "bold red")] if hit.quarantined else []
    return Text.assemble(
        (hit.document, "bold"), f"  chunk {hit.ordinal}  since {hit.at:%Y-%m-%d %H:%M:%S}  ", state, *contained
    )
