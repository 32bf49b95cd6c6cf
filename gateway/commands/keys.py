"""`lineward keys`: keys of applications, which only the configuration knows, and the key that signs the log."""

import hashlib
import json
import os
import secrets
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from gateway.commands.options import AsJSON, Config, missing, out, print_json, settings_of
from gateway.commands.recording import record
from gateway.domain.errors import ConfigurationError, LineageUnavailable
from gateway.domain.principals import Role
from gateway.lineage.keys import activation, create_signer, signer_for
from gateway.revoking import HEEDED, KeyFile
from gateway.screen import Screen
from gateway.settings import configured, load
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_store, upgrade
from gateway.terminal import plain_table

keys = typer.Typer(no_args_is_help=True, help="Make and list keys of applications; rotate the key that signs the log.")


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the application.")],
    tenant: Annotated[str, typer.Option(help="Tenant that it belongs to.")] = "default",
    role: Annotated[list[Role] | None, typer.Option(help="Role; may be repeated. Without one, app.")] = None,
    as_json: AsJSON = False,
) -> None:
    """Make a key: it is shown once, and the line for the configuration holds only its hash."""
    key = f"lw-{secrets.token_urlsafe(32)}"
    hashed, roles = hashlib.sha256(key.encode()).hexdigest(), role or [Role.APP]
    if as_json:
        application = {"name": name, "key_sha256": hashed, "tenant": tenant, "roles": roles, "models": ["*"]}
        print_json({"key": key, "application": application})
        return
    Screen(stderr=True).print("The key, shown this once; the line below goes under 'applications':")
    typer.echo(key)
    shown = f"name: {json.dumps(name)}, key_sha256: {json.dumps(hashed)}, tenant: {json.dumps(tenant)}"
    typer.echo(f"- {{{shown}, roles: [{', '.join(roles)}], models: ['*']}}")


@keys.command("list")
def listed(config: Config = None, as_json: AsJSON = False) -> None:
    """List the applications that have a key, with their roles, and whose was revoked."""
    applications = settings_of(config).applications
    if as_json:
        fields = (
            "name",
            "tenant",
            "roles",
            "purposes",
            "models",
            "collections",
            "lineage_namespaces",
            "key_sha256",
            "revoked",
        )
        print_json({"data": [{name: _listed(getattr(one, name)) for name in fields} for one in applications]})
        return
    table = plain_table("application", "tenant", "roles", "purposes", "key (SHA-256)", "")
    for one in applications:
        roles, purposes = ", ".join(sorted(one.roles)), ", ".join(one.purposes)
        table.add_row(one.name, one.tenant, roles, purposes, one.key_sha256[:16], "revoked" if one.revoked else "")
    out.print(table if applications else "No application is configured.")


@keys.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Name of the application, as the configuration has it.")],
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Take a key back: running gateways that read the same file refuse it within a second."""
    path = config or configured(os.environ)
    if path is None:
        raise typer.BadParameter("name the configuration file: --config, or LINEWARD_CONFIG", param_hint="--config")
    fresh = KeyFile(path, os.environ).revoke(name)
    time.sleep(HEEDED if fresh else 0)  # what is printed then is true
    unrecorded = _unrecorded(path, name) if fresh else ""
    if as_json:
        print_json({"application": name, "revoked": True, "changed": fresh, "recorded": fresh and not unrecorded})
    elif fresh:
        out.print(Text(f"The key of {name} opens nothing any more; gateways with another copy of {path} need it, too."))
    else:
        out.print(Text(f"The key of {name} was revoked already."))
    if unrecorded:
        raise missing(f"It is revoked, but the log could not be told: {unrecorded}")


def _unrecorded(path: Path, name: str) -> str:
    """Tell the log that the key of *name* was revoked; return why that cannot be, if it cannot."""
    try:
        settings = load(path, os.environ)
        [tenant] = {one.tenant for one in settings.applications if one.name == name}
        record(settings, "revoke key", f"application/{name}", tenant=tenant)
    except ConfigurationError as exc:
        return str(exc)
    except LineageUnavailable as exc:
        return exc.message
    return ""


@keys.command("rotate")
def rotate(
    file: Annotated[Path, typer.Argument(help="File of the next signing key; it is made if it is not there.")],
    keep: Annotated[bool, typer.Option("--keep", help="Let the present key sign beside it for now.")] = False,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Hand the log over to another signing key; the present one signs that, and is known for ever."""
    settings = settings_of(config)
    url, told = settings.store.url.get_secret_value(), settings.log
    upgrade(url)
    log = SQLLog(url, told.origin)
    present = signer_for(told.signing_key_file, told.origin, log.signing())
    if present is None or not log.signing():
        raise missing("The log is not signed yet: name a file at log.signing_key_file and start the gateway.")
    following = create_signer(file, told.origin)
    with closing(open_store(url, present, settings.masters)) as store:
        store.append([activation(following.key, () if keep else (str(present.key),))])
    if as_json:
        print_json({"signing_key_file": str(file), "public_key": str(following.key)})
        return
    out.print(f"Put log.signing_key_file: {file} into the configuration and restart. Its public key:", soft_wrap=True)
    typer.echo(following.key)


def _listed(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
