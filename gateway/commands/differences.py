"""`lineward policy diff` and `lineward policy schema`: what two policy sets have otherwise, and what editors need."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.options import AsJSON, Config, missing, out, print_json, questions_of, settings_of
from gateway.domain.json import JSON, Object
from gateway.policy.differences import Changed, Difference, difference
from gateway.policy.engine import PolicySet
from gateway.policy.jsonschema import json_schema
from gateway.policy.loading import load, parse
from gateway.stores.activations import SQLActivations
from gateway.terminal import plain_table

_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{6,64}")


def policy_diff(
    before: Annotated[str, typer.Argument(help="A policy file or folder, or the digest of a set that was active.")],
    after: Annotated[str | None, typer.Argument(help="Another; else the policies of the configuration.")] = None,
    config: Config = None,
    as_json: AsJSON = False,
) -> None:
    """Tell what two policy sets have otherwise, rule by rule and field by field. Exits with 1 if they differ."""
    found = difference(_set(before, config), _set(after or str(settings_of(config).policies.path), config))
    if as_json:
        print_json(found)
    else:
        show(out, found)
    raise typer.Exit(0 if found.is_empty else 1)


def policy_schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    typer.echo(json.dumps(json_schema(), indent=1))


def _set(named: str, config: Path | None) -> PolicySet:
    """Return the policy set that *named* says: what lies there, or what the log knows by that digest."""
    if Path(named).exists():
        return load(Path(named))
    if not _DIGEST.fullmatch(named):
        raise missing(f"{named}: There is no policy file or folder of this name, and it is no digest.")
    known = SQLActivations(questions_of(settings_of(config)))
    matching = known.matching(f"sha256:{named.removeprefix('sha256:')}")
    files = known.files(matching[0]) if len(matching) == 1 else None
    if files is None:
        several = f"{len(matching)} sets are" if matching else "No set is"
        raise missing(f"{several} known to the log whose digest begins with {named}.")
    return parse(files).policies


def show(console: Console, found: Difference) -> None:
    """Print what has to be done to one set to get the other."""
    if found.is_empty:
        console.print("Both decide alike.")
        return
    console.print(Text(f"{found.before} → {found.after}", style="dim"))
    table = plain_table("", "rule or setting", "field", "before", "after")
    for sign, rules in (("+", found.added), ("-", found.removed)):
        for rule in rules:
            style = "green" if sign == "+" else "red"
            about = f"{rule['target']}: {_said(rule['effect'])} ({rule['mode']})"
            columns = ("", about) if sign == "+" else (about, "")
            table.add_row(Text(sign, style=style), Text(str(rule["id"])), "", *map(Text, columns))
    for changed in found.changed:
        _add(table, changed.id, changed.fields)
    _add(table, "defaults", found.defaults)
    _add(table, "schema", found.schema)
    for sign, allowed in (("+", found.allowed), ("-", found.no_longer_allowed)):
        for one in allowed:
            table.add_row(sign, "allow", "", "", Text(_allowance(one)))
    console.print(table)


def _add(table: Table, name: str, fields: Sequence[Changed]) -> None:
    for field in fields:
        was, becomes = Text(_said(field.before)), Text(_said(field.after))
        table.add_row(Text("~", style="yellow"), Text(name), field.what, was, becomes)


def _said(value: JSON) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _allowance(one: Mapping[str, JSON] | Object) -> str:
    return f"{_said(one['entities'])}: {_said(one['values'])} {_said(one['patterns'])}"
