"""`lineward exposure`: did personal data leave, to whom, masked or not?"""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.commands.options import AsJSON, Config, Since, Until, out, print_json, questions_of, settings_of
from gateway.commands.recording import record
from gateway.domain.exposures import Asked, Exposures, Left
from gateway.stores.exposures import SQLExposures
from gateway.terminal import plain_table

_STYLES = {Left.UNMASKED: "red", Left.MASKED: "yellow", Left.WITHHELD: "green"}


def exposure(
    app: Annotated[str, typer.Option(help="Only in what this application asked and was answered.")] = "",
    user: Annotated[str, typer.Option(help="Only in what was asked for this end user.")] = "",
    since: Since = None,
    until: Until = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Tell whether personal data left: which types, to which provider and region, before or after masking."""
    settings = settings_of(config)
    found = SQLExposures(questions_of(settings)).exposures(None, Asked(since, until, app, user))
    record(settings, "read exposure", *filter(None, [app and f"application/{app}"]), query=user)
    if as_json:
        print_json(found)
    else:
        show(out, found)


def show(console: Console, found: Exposures) -> None:
    """Print what left, what left in another form, and what was kept back."""
    table = plain_table("entity", "left", "to", "provider", "region", "action", "times", "responses")
    for one in found.data:
        left = Text(one.left, style=_STYLES[one.left])
        table.add_row(
            one.entity, left, one.to, one.provider, one.region, one.action, str(one.findings), str(one.responses)
        )
    console.print(table if found.data else "Nothing was found.")
    if not found.complete and found.since:
        console.print(
            f"[yellow]These are the newest only, since {found.since:%Y-%m-%d %H:%M:%S}: give --until for those before. "
            "Altogether:[/yellow]"
        )
        totals = plain_table("entity", "to", "action", "times")
        for total in found.totals:
            totals.add_row(total.entity, total.to, total.action, f"{total.findings:,}")
        console.print(totals)
