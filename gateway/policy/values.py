"""How a label becomes a value of the type that its attribute was declared with."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

from gateway.domain.facts import Value
from gateway.policy.attributes import Attribute, Kind


def typed(attribute: Attribute) -> Callable[[Value], Value | None]:
    """Return the function that reads a raw value as one of the attribute's type; it returns `None` if it is none.

    `1`, `1.0` and `true` give the same value: a store of metadata may know fewer types than a catalogue.
    """
    if not attribute.choices:
        return _READERS[attribute.kind]
    choices = {choice: choice for choice in attribute.choices}
    return lambda raw: choices.get(raw) if isinstance(raw, str) else None


def timestamp(text: str) -> datetime | None:
    """Return the moment that *text* names in RFC 3339, a date being its first moment in UTC; `None` if it does not."""
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)


def _string(raw: Value) -> Value | None:
    if type(raw) is str:
        return raw
    return str(raw) if isinstance(raw, str) else None


def _int(raw: Value) -> Value | None:
    if isinstance(raw, int):
        return int(raw)
    return int(raw) if isinstance(raw, float) and raw.is_integer() else None


def _double(raw: Value) -> Value | None:
    try:
        return float(raw) if isinstance(raw, int | float) and not math.isnan(raw) else None
    except OverflowError:
        return None


def _bool(raw: Value) -> Value | None:
    return bool(raw) if isinstance(raw, int | float) and raw in (0, 1) else None


def _timestamp(raw: Value) -> Value | None:
    if isinstance(raw, str):
        return timestamp(raw)
    try:
        return raw.astimezone(UTC) if isinstance(raw, datetime) and raw.tzinfo else None
    except OverflowError:
        return None


def _list(raw: Value) -> Value | None:
    if isinstance(raw, tuple) and all(isinstance(item, str) for item in raw):
        return tuple(str(item) for item in raw)
    return None


_READERS = {
    Kind.STRING: _string,
    Kind.INT: _int,
    Kind.DOUBLE: _double,
    Kind.BOOL: _bool,
    Kind.TIMESTAMP: _timestamp,
    Kind.LIST: _list,
}
