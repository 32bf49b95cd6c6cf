"""The command `lineward`. Exit codes: 0 fine, 1 something wrong was found, 2 wrong usage or configuration."""

import hashlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway import terminal
from gateway.api.replies import json_bytes
from gateway.app import build
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.interfaces import Ledger
from gateway.policy.checking import check as check_policies
from gateway.policy.checking import test as test_policies
from gateway.settings import Settings, load
from gateway.stores.opening import open_ledger, upgrade
from gateway.verification import verify_log

app = typer.Typer(
    name="lineward", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="An OpenAI-compatible gateway that knows which documents fed every answer.",
)  # fmt: skip
policy = typer.Typer(no_args_is_help=True, help="Check and try policies.")
database = typer.Typer(no_args_is_help=True, help="Look after the store.")
keys = typer.Typer(no_args_is_help=True, help="Make keys for applications.")
app.add_typer(policy, name="policy")
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Configuration file; else LINEWARD_CONFIG.")]
AsJSON = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

out = Console(highlight=False)


def _settings(config: Path | None) -> Settings:
    return load(config, os.environ)


def _ledger(config: Path | None) -> Ledger:
    return open_ledger(_settings(config).store.url.get_secret_value())


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(json_bytes(value, indent=True) + b"\n")


def _missing(sentence: str) -> typer.Exit:
    Console(stderr=True).print(f"[red]{sentence}[/red]", highlight=False)
    return typer.Exit(1)


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
) -> None:
    """Serve the gateway."""
    from gateway.serving import serve as run

    overrides = {"HOST": host, "PORT": port, "WORKERS": workers}
    for name, value in overrides.items():
        if value is not None:
            os.environ[f"LINEWARD_SERVER__{name}"] = str(value)
    if config is not None:
        os.environ["LINEWARD_CONFIG"] = str(config)
    run(_settings(None))


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Folder for the demo's data; else a temporary one.")] = None,
) -> None:
    """Run the main job on embedded defaults: ingest, ask, show the lineage, refuse, mask, verify."""
    from gateway.demo import run

    raise typer.Exit(run(out, keep))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", exists=True)],
    collection: Annotated[str, typer.Option(help="Collection that they enter.")],
    source: Annotated[str | None, typer.Option(help="Source namespace/name; else the file's folder.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label for every document, name=value.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant that owns them, when there are several.")] = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Read documents into a collection; unchanged ones are left alone."""
    from gateway.ingestion import add_with_own_writer, labels_of, operator, read

    settings = _settings(config)
    by, labels, documents = operator(settings, tenant), labels_of(label or []), read(paths, source)
    with terminal.progress(shown=not as_json) as progress:
        report = add_with_own_writer(build(settings), documents, collection, by, progress, labels)
    if as_json:
        _print_json(report)
    else:
        terminal.show_ingested(out, report)
    raise typer.Exit(1 if report.refused or report.unreadable else 0)


@app.command()
def trace(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell the story of one response: who asked, what fed it, which rule did what, what left."""
    record = _ledger(config).response(response_id, None)
    if record is None:
        raise _missing(f"No response {response_id!r} is recorded here.")
    if as_json:
        _print_json(record)
    else:
        terminal.show_record(out, record)


@app.command()
def impact(
    document: str,
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    cursor: str = "",
    as_json: AsJSON = False,
) -> None:
    """Tell who was fed by a document."""
    found = _ledger(config).impact(document, None, limit=limit, cursor=cursor)
    if found is None:
        raise _missing(f"No document {document!r} is known here.")
    if as_json:
        _print_json(found)
    else:
        terminal.show_impact(out, found)


@app.command()
def verify(config: Config = None, as_json: AsJSON = False) -> None:
    """Check the whole log: gapless, every row as it was committed, every outcome with its intent."""
    faults, checked = verify_log(_ledger(config), terminal.progress(shown=not as_json))
    if as_json:
        _print_json({"checked": checked, "faults": faults})
    else:
        terminal.show_verification(out, checked, faults)
    raise typer.Exit(1 if faults else 0)


@policy.command("check")
def policy_check(
    path: Annotated[Path, typer.Argument(exists=True)] = Path("policies"), as_json: AsJSON = False
) -> None:
    """Look for what is wrong or forgotten in policy files."""
    problems = check_policies(path)
    if as_json:
        _print_json(problems)
    else:
        terminal.show_problems(out, problems)
    raise typer.Exit(1 if problems else 0)


@policy.command("test")
def policy_test(path: Annotated[Path, typer.Argument(exists=True)] = Path("policies"), as_json: AsJSON = False) -> None:
    """Run the tests that stand in policy files."""
    results = test_policies(path)
    if as_json:
        _print_json(results)
    else:
        terminal.show_tests(out, results)
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


@policy.command("explain")
def policy_explain(response_id: str, config: Config = None, as_json: AsJSON = False) -> None:
    """Tell which rules decided a response, and the values that they read."""
    record = _ledger(config).response(response_id, None)
    if record is None:
        raise _missing(f"No response {response_id!r} is recorded here.")
    if as_json:
        _print_json({"policy": record.policy, "decisions": record.decisions, "context": record.context})
    else:
        terminal.show_decisions(out, record)


@database.command("upgrade")
def db_upgrade(config: Config = None) -> None:
    """Bring the store's tables to this version."""
    upgrade(_settings(config).store.url.get_secret_value())
    out.print("The store is up to date.")


@database.command("stats")
def db_stats(config: Config = None, as_json: AsJSON = False) -> None:
    """Tell what the store holds, and list intents without an outcome."""
    stats = _ledger(config).stats()
    if as_json:
        _print_json(stats)
    else:
        terminal.show_stats(out, stats)


@keys.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(help="Name of the application.")],
    tenant: Annotated[str, typer.Option(help="Tenant that it belongs to.")] = "default",
    role: Annotated[list[str] | None, typer.Option(help="Role; may be repeated.")] = None,
) -> None:
    """Make a key: it is shown once, and the line for the configuration holds only its hash."""
    key = f"lw-{secrets.token_urlsafe(32)}"
    hashed = hashlib.sha256(key.encode()).hexdigest()
    roles = ", ".join(role or ["app"])
    Console(stderr=True).print("The key, shown this once; the line below goes under 'applications':", highlight=False)
    print(key)
    print(f"- {{name: {name}, key_sha256: {hashed}, tenant: {tenant}, roles: [{roles}], models: ['*']}}")


def main(run: Callable[[], None] = app) -> None:
    """Run the command; a failure that we foresaw is one sentence, not a traceback."""
    try:
        run()
    except ConfigurationError as exc:
        print(f"lineward: {exc}", file=sys.stderr)
        sys.exit(2)
    except GatewayError as exc:
        print(f"lineward: {exc.message}", file=sys.stderr)
        sys.exit(1)
