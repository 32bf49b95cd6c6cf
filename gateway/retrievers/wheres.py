"""Filters of a search as Chroma's `where`, over the metadata of entries.py; pure.

As in Chroma, what an entry does not say equals nothing: `ne`, `nin` and `lacks` let it through, all others do not.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from gateway.domain.facts import Value
from gateway.domain.filters import NEGATIVE, AllOf, Compared, Comparison, Filter
from gateway.retrievers.entries import Said, microseconds

Where: TypeAlias = Mapping[str, object]
"""`{"label.classification": {"$in": ["public", "internal"]}}`."""

_OWN = frozenset({"document", "title", "url", "version"})
"""What an entry says of itself beside its labels."""

_SOURCE = "source"


def where(filtering: Filter) -> Where:
    """Return what lets through in Chroma what *filtering* lets through."""
    if not isinstance(filtering, Compared):
        each = [where(one) for one in filtering.filters]
        return _all(each) if isinstance(filtering, AllOf) else _any(each)
    if filtering.key == _SOURCE:
        return _of_source(filtering)
    if filtering.comparison is Comparison.LACKS:
        return _all({f"label.{filtering.key}": {"$not_contains": value}} for value in filtering.values)
    keys = {_key(filtering.key, value) for value in filtering.values}
    joined = _all if filtering.comparison in NEGATIVE else _any
    return joined(
        _compared(
            key, filtering.comparison, [_said(one) for one in filtering.values if _key(filtering.key, one) == key]
        )
        for key in sorted(keys)
    )


def _compared(key: str, comparison: Comparison, values: list[Said]) -> Where:
    several = comparison in {Comparison.IN, Comparison.NIN}
    return {key: {f"${comparison}": values if several else values[0]}}


def _key(name: str, value: Value) -> str:
    """Return under which key an entry says *value* of *name*."""
    if name in _OWN:
        return name
    if isinstance(value, datetime):
        return f"time.{name}"
    return f"number.{name}" if isinstance(value, float) else f"label.{name}"


def _said(value: Value) -> Said:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, float):
        return json.dumps(value)
    return list(value) if isinstance(value, tuple) else value


def _of_source(filtering: Compared) -> Where:
    """A source is written as namespace and name with a slash between, and either may have more of them."""
    names = [str(value) for value in filtering.values]
    places = [(name[:at], name[at + 1 :]) for name in names for at, sign in enumerate(name) if sign == "/"]
    if filtering.comparison in NEGATIVE:
        return _all(_any([{"namespace": {"$ne": space}}, {"source": {"$ne": name}}]) for space, name in places)
    return _any(_all([{"namespace": {"$eq": space}}, {"source": {"$eq": name}}]) for space, name in places)


def _all(each: Iterable[Where]) -> Where:
    return _joined("$and", [*each])


def _any(each: Iterable[Where]) -> Where:
    return _joined("$or", [*each])


def _joined(word: str, each: list[Where]) -> Where:
    return each[0] if len(each) == 1 else {word: each}
