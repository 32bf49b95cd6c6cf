"""`lineward db retention`: texts that nothing has used for a time are removed now, not when the gateway does it."""

from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from gateway.building import retaining_of
from gateway.commands.options import AsJSON, Config, out, print_json, settings_of
from gateway.commands.recording import operator, signer
from gateway.sections import duration


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    older_than: Annotated[str, typer.Option(help="Age, such as 183d; else store.retention.")] = "",
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write the database's files anew; a gateway waits meanwhile.")
    ] = False,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Remove the texts that nothing has used for store.retention; what is under a legal hold stays."""
    settings = settings_of(config)
    age = _age(older_than) if older_than else settings.store.retention
    if age is None:
        raise typer.BadParameter("store.retention is not set: name an age with --older-than")
    with closing(retaining_of(settings, signer(settings), age)) as retaining:
        done = retaining.run(operator(), dry_run=dry_run, rebuild=rebuild)
    if as_json:
        print_json(done)
    else:
        out.print(f"{'Would remove' if dry_run else 'Removed'}: {done.texts} texts.")


def _age(text: str) -> timedelta:
    try:
        found = duration(text)
    except ValueError as exc:
        raise typer.BadParameter(f"the age {exc}") from None
    return found if isinstance(found, timedelta) else timedelta()
