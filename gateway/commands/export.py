"""`lineward export`: one response in the words of other lineage systems."""

from typing import Annotated

import typer

from gateway.building import exporters_of, upstreams_of
from gateway.commands.attribution import attributions_of
from gateway.commands.options import Config, ledger_of, missing, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.errors import ConfigurationError
from gateway.domain.records import ResponseRecord
from gateway.exporters.prov import provenance
from gateway.settings import Settings
from gateway.stores.opening import open_ledger

export = typer.Typer(no_args_is_help=True, help="Tell other lineage systems of a response.")


@export.command("openlineage")
def export_openlineage(
    response_id: str,
    send: Annotated[bool, typer.Option("--send", help="Send it with the exporter of the configuration.")] = False,
    config: Config = None,
) -> None:
    """Print the OpenLineage event of one response, or send it where the configuration says."""
    from gateway.exporters.openlineage import OpenLineageExporter, as_json

    settings = settings_of(config)
    story = _recorded(settings, response_id, "export openlineage")
    ledger, places = ledger_of(config), upstreams_of(settings)
    known = [one for one in exporters_of(settings, ledger, places) if isinstance(one, OpenLineageExporter)]
    if not send:
        printing = known[0] if known else OpenLineageExporter(ledger, places, transport={"type": "noop"})
        print_json(as_json(printing.response(story)))
        return
    if not known:
        raise ConfigurationError("exporters: there is none of the kind 'openlineage' to send it with")
    for exporter in known:
        exporter.send(story)
        exporter.close()
        out.print(f"Sent: {exporter.name}", highlight=False)


@export.command("prov")
def export_prov(response_id: str, config: Config = None) -> None:
    """Print the record of one response as PROV-JSON."""
    settings = settings_of(config)
    story = _recorded(settings, response_id, "export prov")
    with attributions_of(settings) as attributions:
        print_json(provenance(attributions.marked(story)))


def _recorded(settings: Settings, response: str, action: str) -> ResponseRecord:
    """Return the record of *response*, once it is recorded that it is exported."""
    story = open_ledger(settings.store.url.get_secret_value(), settings.masters).response(response, None)
    if story is None:
        raise missing(f"No response {response!r} is recorded here.")
    record(settings, action, f"response/{response}", tenant=story.tenant)
    return story
