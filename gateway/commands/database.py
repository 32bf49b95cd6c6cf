"""`lineward db`: look after the store, and after what follows its log."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from gateway import terminal
from gateway.commands.options import AsJSON, Config, ledger_of, out, print_json, settings_of
from gateway.domain.records import StoreStats
from gateway.parts import Followers
from gateway.stores import segments
from gateway.stores.opening import open_store, upgrade

database = typer.Typer(no_args_is_help=True, help="Look after the store.")


@database.command("upgrade")
def db_upgrade(config: Config = None, as_json: AsJSON = False) -> None:
    """Bring the store's tables to this version."""
    settings = settings_of(config)
    open_store(settings.store.url.get_secret_value(), masters=settings.masters).close()
    if as_json:
        print_json({"upgraded": True})
    else:
        out.print("The store is up to date.")


@database.command("stats")
def db_stats(config: Config = None, as_json: AsJSON = False) -> None:
    """Tell what the store holds, how far behind search and attribution are, and which intents have no outcome."""
    settings = settings_of(config)
    url = settings.store.url.get_secret_value()
    upgrade(url)
    followers = Followers.of(settings)
    try:
        lags, size = followers.following.lags(), segments.occupied(segments.index_url(url))
    finally:
        followers.close()
    stats = replace(ledger_of(config).stats(), following=lags, index_bytes=size)
    if as_json:
        print_json(stats)
    else:
        terminal.show_stats(out, stats)
        show_following(out, stats)


@database.command("index")
def db_index(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Remove what was derived, and begin at the first entry.")
    ] = False,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Bring search and attribution up to the log now; a running gateway does so by itself."""
    settings = settings_of(config)
    upgrade(settings.store.url.get_secret_value())
    followers = Followers.of(settings)
    try:
        if rebuild:
            followers.restart()
        with terminal.progress(shown=not as_json) as progress:
            taken: dict[str, int] = {}
            for name in followers.following.names:
                taken[name] = followers.following.catch_up(name, _bar(progress, name))
    finally:
        followers.close()
    if as_json:
        print_json({"entries": taken})
    else:
        for name, count in taken.items():
            out.print(f"{name}: {count:,} entries taken, up to date")


def _bar(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(name, total=None)
    return lambda done, of: progress.update(task, completed=done, total=of)


def show_following(console: Console, stats: StoreStats) -> None:
    """Print how far behind those are who follow the log."""
    console.print(f"\nsearch index {stats.index_bytes:,} bytes")
    for name, lag in stats.following.items():
        behind = f"{lag.entries:,} entries behind, {lag.seconds:,.0f} s" if lag.entries else "up to date"
        console.print(f"{name}: {behind}")
