"""YAML front matter: what a Markdown file says of itself in its first lines.

The form that static site generators share: a mapping between two lines of three dashes at the very top.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import yaml

from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts, Value

_FENCED = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)

LABELS = frozenset(
    {
        "ai_inference",
        "ai_training",
        "classification",
        "consent",
        "denied_readers",
        "embargo_until",
        "expires_at",
        "lawful_basis",
        "legal_hold",
        "license",
        "owner",
        "purposes",
        "quality",
        "readers",
        "residency",
        "tags",
        "trust",
    }
)
"""Top-level keys that are labels too: the built-in attributes of a document that its author may know."""

RESERVED = frozenset({"document", "how", "id", "quarantined", "source", "tenant"})
"""Attributes that no document may give itself."""

LISTS = frozenset({"denied_readers", "purposes", "readers", "tags"})
"""Labels that are lists, also when only one word stands there."""


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
    return FrontMatter(fenced.end(), _string(said, "title"), _string(said, "url"), Facts(dict(_labels(said, name))))


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


def _labels(said: dict[object, object], name: str) -> Iterator[tuple[str, Value]]:
    given = said.get("labels") or {}
    if not isinstance(given, dict):
        raise BadRequest(f"{name}: 'labels' in the front matter must be a mapping.", code="invalid_front_matter")
    known = {key: value for key, value in said.items() if key in LABELS}
    for key, value in {**known, **given}.items():
        if key in RESERVED:
            raise BadRequest(f"{name}: a document may not say its own {key!r}.", code="invalid_front_matter")
        if value is not None:
            yield str(key), _value(str(key), value, name)


def _value(key: str, value: object, name: str) -> Value:
    """Return the label's *value* in the types that policies read."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, str):
        return (value,) if key in LISTS else value
    if isinstance(value, int | float) and abs(value) < 2**63:
        return value
    raise BadRequest(
        f"{name}: the label {key!r} must be a string, a number of 64 bits, true, false, a time or a list of strings.",
        code="invalid_front_matter",
    )
