"""`lineward serve`. What it loads stays for as long as the gateway serves: no other command is among it."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.configured import CONFIG
from gateway.commands.failures import told


def serve(
    config: Annotated[Path | None, CONFIG] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
) -> None:
    """Serve the gateway."""
    from gateway.serving import serve as run
    from gateway.settings import load

    overrides = {"HOST": host, "PORT": port, "WORKERS": workers}
    for name, value in overrides.items():
        if value is not None:
            os.environ[f"LINEWARD_SERVER__{name}"] = str(value)
    if config is not None:
        os.environ["LINEWARD_CONFIG"] = str(config)
    run(load(None, os.environ))


def loaded(arguments: Sequence[str]) -> Callable[[], None]:
    """Load what serving needs, and return what serves as *arguments*, those of the command, say."""
    from gateway import serving  # noqa: F401 - here, and not when `serve` asks for it

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(serve)
    return partial(told, partial(app, args=[*arguments], prog_name="lineward serve"))
