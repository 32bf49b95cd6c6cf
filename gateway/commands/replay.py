"""`lineward replay`: the recorded prompt, asked once more."""

import asyncio
from typing import Annotated

import typer
from rich.text import Text

from gateway.app import replaying_of
from gateway.building import build
from gateway.commands.investigating import show_difference
from gateway.commands.options import AsJSON, Config, ledger_of, missing, out, print_json, settings_of
from gateway.commands.recording import operator, record
from gateway.replaying import Replayed


def replay(
    response_id: str,
    model: Annotated[str, typer.Option(help="Another model that is configured; else the same.")] = "",
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Ask the recorded prompt again, under the policies of today, and show what differs."""
    settings = settings_of(config)
    story = ledger_of(config).response(response_id, None)
    if story is None:
        raise missing(f"No response {response_id!r} is recorded here.")
    record(settings, "replay response", f"response/{response_id}", tenant=story.tenant)
    gateway = build(settings)

    async def running() -> Replayed:
        await gateway.start()
        try:
            return await replaying_of(gateway).replay(response_id, operator(), None, model)
        finally:
            await gateway.stop()

    found = asyncio.run(running())
    if as_json:
        print_json(found)
    else:
        out.print(Text(f"response {found.response} replays {found.replays}", style="bold"))
        show_difference(out, found.difference)
