"""JSON in columns; what plain JSON lacks, such as times, halves of characters and large numbers, comes back too."""

import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import cast

import orjson

from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.json import JSON, Object


def dumps(value: JSON) -> bytes:
    """Return *value* as compact JSON; escaped to ASCII where it holds what UTF-8 or 64 bits cannot."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def loads(data: bytes) -> JSON:
    """Return what `dumps` made *data* of."""
    try:
        return cast(JSON, orjson.loads(data))
    except orjson.JSONDecodeError:
        return cast(JSON, json.loads(data))


def facts(labels: Facts) -> Object:
    """Return *labels* as JSON; times and numbers that JSON lacks are written as objects."""
    return {name: written(value) for name, value in labels.items()}


def read_facts(value: JSON) -> Facts:
    """Return what `facts` made *value* of."""
    items = cast(Object, value)
    return Facts({name: read_value(item) for name, item in items.items()}) if items else NONE


def written(value: Value) -> JSON:
    """Return one attribute's *value* as JSON."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return {"integer": str(value)}
    return value


def read_value(value: JSON) -> Value:
    """Return what `written` made *value* of."""
    if isinstance(value, list):
        return tuple(cast(list[str], value))
    if isinstance(value, dict):
        ((kind, text),) = cast(dict[str, str], value).items()
        # A kind of a later release is shown as it is written.
        return _SPECIAL.get(kind, str)(text)
    return cast(Value, value)


_SPECIAL: dict[str, Callable[[str], Value]] = {"time": datetime.fromisoformat, "number": float, "integer": int}
