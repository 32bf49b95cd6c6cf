"""`lineward db rotate-key`: the keys of texts are wrapped anew, and the texts stay as they are."""

from typing import Annotated

import typer

from gateway.commands.options import AsJSON, Config, out, print_json, settings_of
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_store
from gateway.stores.resealing import Resealing


def rotate_key(
    drop: Annotated[
        bool, typer.Option("--drop", help="Remove older keys from the file: what older backups hold is lost then.")
    ] = False,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Wrap the keys of all texts with a new key; a gateway may run meanwhile.

    With store.key_file the new key is made here. With store.keys put it before the others and restart every gateway
    first.
    """
    settings = settings_of(config)
    url, masters = settings.store.url.get_secret_value(), settings.masters
    open_store(url, masters=masters).close()
    if masters.path is not None:
        masters.rotate()
    elif drop:
        raise typer.BadParameter("with store.keys you remove older keys from the configuration yourself")
    resealing = Resealing(parsed(url), masters)
    wrapped, current = resealing.rewrap(), masters.known[:1]
    if drop:
        masters.drop(current)
    if as_json:
        print_json({"wrapped": wrapped, "key": current[0].hex() if current else None, "dropped": drop})
    else:
        out.print(f"{wrapped} keys are wrapped anew; the texts are as they were.")
