"""YAML front matter: what a Markdown file says of itself in its first lines.

The form that static site generators share: a mapping between two lines of three dashes at the very top.
"""

import re
from dataclasses import dataclass
from datetime import date

import yaml

from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.labels import LABELS, read_labels

_FENCED = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What front matter says."""

    end: int = 0
    """Where the text proper begins."""
    title: str | None = None
    url: str | None = None
    labels: Facts = NONE


def front_matter(text: str, name: str) -> FrontMatter:
    """Return the front matter of *text*, the contents of the file *name*.

    Raises `BadRequest` for what looks like front matter and cannot be read: labels would be lost with it, and a
    document without its labels must not enter.
    """
    fenced = _FENCED.match(text)
    if fenced is None:
        return FrontMatter()
    said = _mapping(fenced[1], name)
    if said is None:
        return FrontMatter()
    return FrontMatter(fenced.end(), _string(said, "title"), _string(said, "url"), _labels(said, name))


def _mapping(block: str, name: str) -> dict[object, object] | None:
    """Return the mapping that the YAML *block* is, or `None` when it is text between two rules."""
    try:
        said = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = exc.problem_mark if isinstance(exc, yaml.MarkedYAMLError) else None
        line = f", line {mark.line + 2}" if mark else ""
        raise BadRequest(f"{name}{line}: the front matter is not valid YAML.", code="invalid_front_matter") from None
    if said is None:
        return {}
    return said if isinstance(said, dict) else None


def _string(said: dict[object, object], key: str) -> str | None:
    value = said.get(key)
    return str(value).strip() or None if isinstance(value, str | int | float | date) else None


def _labels(said: dict[object, object], name: str) -> Facts:
    given = said.get("labels") or {}
    if not isinstance(given, dict):
        raise BadRequest(f"{name}: 'labels' in the front matter must be a mapping.", code="invalid_front_matter")
    known: dict[object, object] = {key: value for key, value in said.items() if key in LABELS}
    return read_labels({**known, **given}, name)
