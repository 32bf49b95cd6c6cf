"""The command `lineward`. Exit codes: 0 fine, 1 something wrong was found, 2 wrong usage or configuration."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway import terminal
from gateway.activating import ActivePolicies
from gateway.building import build, guards_of
from gateway.commands.accesses import accesses
from gateway.commands.attribution import attribution, attributions_of, show_attribution
from gateway.commands.breaches import breaches
from gateway.commands.database import database
from gateway.commands.erasing import erase, hold, subject
from gateway.commands.export import export
from gateway.commands.exposure import exposure
from gateway.commands.failures import told
from gateway.commands.impact import impact
from gateway.commands.incident import incident
from gateway.commands.investigating import chunk, diff, prompt, versions
from gateway.commands.keys import keys
from gateway.commands.options import (
    AsJSON,
    Config,
    Output,
    ledger_of,
    missing,
    out,
    print_json,
    settings_of,
    write_evidence,
)
from gateway.commands.policy import policy
from gateway.commands.quarantine import contained, quarantine, release
from gateway.commands.recording import record, signer
from gateway.commands.replay import replay
from gateway.commands.retention import retention
from gateway.commands.rotation import rotate_key
from gateway.commands.search import search
from gateway.commands.serve import serve
from gateway.commands.timeline import timeline
from gateway.commands.upstream import upstream
from gateway.domain.errors import BadRequest
from gateway.lineage.anchoring import Anchors
from gateway.lineage.bundles import gather, sealed
from gateway.lineage.notes import VerifierKey
from gateway.policy.loading import load as load_policies
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, upgrade
from gateway.verification import read_receipt, verify_bundle, verify_receipt, verify_response, verify_whole

app = typer.Typer(
    name="lineward", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="An OpenAI-compatible gateway that knows which documents fed every answer.",
)  # fmt: skip
database.command("rotate-key")(rotate_key)
database.command()(retention)
app.add_typer(policy, name="policy")
app.add_typer(hold, name="hold")
app.command()(erase)
app.command()(subject)
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(incident, name="incident")
app.add_typer(export, name="export")
app.command()(accesses)
INVESTIGATING = (
    attribution,
    breaches,
    impact,
    search,
    upstream,
    prompt,
    diff,
    versions,
    chunk,
    quarantine,
    release,
    contained,
    timeline,
    exposure,
    replay,
)
for command in INVESTIGATING:
    app.command()(command)


app.command()(serve)


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Folder for the demo's data; else a temporary one.")] = None,
) -> None:
    """Run the main job on embedded defaults: ingest, ask, show the lineage, refuse, mask, verify."""
    from gateway.demo import run

    raise typer.Exit(run(out, keep))


@app.command()
def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files and folders; or chroma:FOLDER/COLLECTION, or chroma://HOST:PORT/COLLECTION."),
    ],
    collection: Annotated[str, typer.Option(help="Collection that they enter; else they are only registered.")] = "",
    source: Annotated[str | None, typer.Option(help="Source namespace/name; else the file's folder.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label for every document, name=value.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant that owns them, when there are several.")] = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Register documents, and make them searchable in a collection; unchanged ones are left alone."""
    from gateway.ingestion import add_with_own_writer, labels_of, operator, read

    settings = settings_of(config)
    by, labels = operator(settings, tenant), labels_of(label or [])
    try:
        reading = read(paths, source, collection)
    except BadRequest as exc:
        raise typer.BadParameter(exc.message) from None
    with terminal.progress(shown=not as_json) as progress:
        gateway = build(settings)
        report = add_with_own_writer(gateway, reading.documents, collection, by, progress, labels, reading.whole)
    if as_json:
        print_json(report)
    else:
        terminal.show_ingested(out, report)
    raise typer.Exit(1 if report.refused or report.unreadable else 0)


@app.command()
def trace(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell the story of one response: who asked, what fed it, which rule did what, what left."""
    story = ledger_of(config).response(response_id, None)
    if story is None:
        raise missing(f"No response {response_id!r} is recorded here.")
    record(settings_of(config), "read response", f"response/{response_id}", tenant=story.tenant)
    with attributions_of(settings_of(config)) as attributions:
        story = attributions.marked(story)
        attributed = attributions.attribution(response_id, None) if story.answer and not as_json else None
    if as_json:
        print_json(story)
    else:
        terminal.show_record(out, story)
        if attributed:
            show_attribution(out, attributed)


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="A response's id, a receipt or a bundle's file; else the log.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Of the log only leaves, tree and signature.")] = False,
    anchors: Annotated[str, typer.Option(help="Where the anchors are; else log.anchor.url.")] = "",
    public_key: Annotated[list[str] | None, typer.Option(help="A key to trust, name+hash+base64.")] = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Check the whole log, one response, a receipt, or an evidence bundle, which needs nothing but its file."""
    trusted = [_public_key(key) for key in public_key or ()]
    if what and Path(what).is_file():
        verdict = verify_bundle(Path(what).read_bytes(), trusted, terminal.progress(shown=not as_json))
    else:
        settings = settings_of(config)
        url = settings.store.url.get_secret_value()
        upgrade(url)
        ledger, log = open_ledger(url, settings.masters), SQLLog(url, settings.log.origin, settings.masters)
        receipt = read_receipt(what)
        if receipt is not None:
            verdict = verify_receipt(log, receipt)
        elif "/" in what:
            raise typer.BadParameter(f"{what!r} is neither a file nor a receipt or a response's id")
        elif what:
            verdict = verify_response(ledger, log, what, trusted)
        else:
            place = anchors or (settings.log.anchor.url if settings.log.anchor else "")
            verdict = verify_whole(
                ledger, log, terminal.progress(shown=not as_json), quick=quick,
                anchors=Anchors(place) if place else None, trusted=trusted,
            )  # fmt: skip
    if as_json:
        print_json(verdict)
    else:
        terminal.show_verdict(out, verdict)
    raise typer.Exit(1 if verdict.faults else 0)


def _public_key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except ValueError as exc:
        raise typer.BadParameter(f"{exc}") from None


@app.command()
def bundle(
    response_id: str,
    output: Output,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Write all evidence of one response into a file that `lineward verify FILE` checks offline."""
    settings = settings_of(config)
    url = settings.store.url.get_secret_value()
    upgrade(url)
    log = SQLLog(url, settings.log.origin, settings.masters)
    key = signer(settings)
    evidence = sealed(gather(log, response_id, None), key)
    story = ledger_of(config).response(response_id, None)
    record(settings, "export bundle", f"response/{response_id}", tenant=story.tenant if story else "")
    write_evidence(output, evidence, signed=bool(key), as_json=as_json)


@app.command("scan")
def scan_texts(
    path: Annotated[Path, typer.Argument(help="File or folder; - is standard input.")] = Path("-"),
    config: Config = None,
    as_json: AsJSON = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines {"id", "text"}; write a line of findings for each.')
    ] = False,
) -> None:
    """Find personal data and secrets in files, as the gateway would; their values are not shown."""
    from gateway import scanlines, scanning

    if as_json and as_jsonl:
        raise typer.BadParameter("--json and --jsonl are two ways to print; choose one")
    if path != scanning.STDIN and not path.exists():
        raise typer.BadParameter(f"there is no file or folder {str(path)!r}")
    settings = settings_of(config)
    policies = ActivePolicies(load_policies(settings.policies.path))
    guard = guards_of(settings, policies, waiting=True).everything
    if as_jsonl:
        raise typer.Exit(0 if scanlines.run(path, guard) else 2)
    found = scanning.run(path, guard, terminal.progress(shown=not as_json))
    if as_json:
        print_json(scanning.told(found, guard))
    else:
        terminal.show_scan(out, found)
    raise typer.Exit(0 if found.is_clean else 1)


def main(run: Callable[[], None] = app) -> None:
    """Run the command; a failure that we foresaw is one sentence, not a traceback."""
    told(run)
