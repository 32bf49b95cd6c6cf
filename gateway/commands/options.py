"""What the commands share: the options that every one of them takes, and how they speak."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from gateway.api.replies import json_bytes
from gateway.commands.configured import CONFIG
from gateway.domain.errors import BadRequest
from gateway.domain.moments import moment
from gateway.interfaces import Ledger
from gateway.screen import Screen
from gateway.settings import Settings, load
from gateway.stores.opening import open_ledger, reseal, upgrade
from gateway.stores.questions import Questions


def at(text: str) -> datetime:
    """Return the moment that *text*, an option, names. Raises `typer.BadParameter`."""
    try:
        return moment(text, datetime.now(UTC), text)
    except BadRequest as exc:
        raise typer.BadParameter(exc.message) from None


Config = Annotated[Path | None, CONFIG]
AsJSON = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Limit = Annotated[int, typer.Option(min=1, max=500)]
Since = Annotated[
    datetime | None,
    typer.Option(parser=at, metavar="TIME", help="From then on: 30m, 24h, 7d, 2w ago, a date, or a time (UTC)."),
]
Until = Annotated[datetime | None, typer.Option(parser=at, metavar="TIME", help="Until then, in the same words.")]
Output = Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="File to write.")]
Cursor = Annotated[str, typer.Option(help="Where an earlier page ended.")]

Item = TypeVar("Item")

out = Screen()


def settings_of(config: Path | None) -> Settings:
    """Return the settings in the file *config*, or in the one that `LINEWARD_CONFIG` names, or the embedded ones."""
    return load(config, os.environ)


def ledger_of(config: Path | None) -> Ledger:
    """Return what answers questions from the store that the settings of *config* name, brought up to date."""
    settings = settings_of(config)
    return open_ledger(_ready(settings), settings.masters)


def questions_of(settings: Settings) -> Questions:
    """Return what asks the store of *settings*, brought up to date."""
    return Questions(_ready(settings))


def _ready(settings: Settings) -> str:
    """Return the address of the store of *settings*, with the tables of this release and no text in the clear."""
    url = settings.store.url.get_secret_value()
    upgrade(url)
    reseal(url, settings.masters)
    return url


def print_page(
    page: Sequence[Item],
    cursor: str,
    show: Callable[[Console, Sequence[Item]], None],
    *,
    as_json: bool,
    more: str = "more",
) -> None:
    """Print one *page* of a list with *show*, and the *cursor* at which *more* of it begins; or both as JSON."""
    if as_json:
        print_json({"data": page, "cursor": cursor})
        return
    show(out, page)
    if cursor:
        out.print(f"[dim]{more}: --cursor {cursor}[/dim]")


def print_json(value: object) -> None:
    """Print *value* as JSON for machines."""
    sys.stdout.buffer.write(json_bytes(value, indent=True) + b"\n")


def write_evidence(output: Path, evidence: bytes, *, signed: bool, as_json: bool) -> None:
    """Write *evidence* into the file *output*, which its owner alone may read, and say so.

    Raises `typer.BadParameter` where nothing can be written.
    """
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(evidence)
    except OSError as exc:
        raise typer.BadParameter(f"{output} cannot be written: {exc.strerror}") from None
    if as_json:
        print_json({"file": str(output), "bytes": len(evidence), "signed": signed})
    else:
        out.print(Text(f"{output}: {len(evidence):,} bytes" + ("" if signed else ", unsigned")))


def missing(sentence: str) -> typer.Exit:
    """Say *sentence* on standard error, and return what ends the command with exit code 1."""
    Screen(stderr=True).print(Text(sentence, style="red"))
    return typer.Exit(1)
