"""OpenAI's filters and ranking options of a search in the gateway's own collections.

Shapes: https://platform.openai.com/docs/api-reference/vector-stores/search
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import cast

from gateway.domain.errors import BadRequest
from gateway.domain.facts import Value
from gateway.domain.filters import ORDERING, AllOf, AnyOf, Compared, Comparison, Filter
from gateway.domain.json import JSON, Object
from gateway.domain.labels import TIMES

_COMPARISONS = {str(one): one for one in Comparison if one is not Comparison.LACKS}
_COMPOUNDS: dict[str, type[AllOf | AnyOf]] = {"and": AllOf, "or": AnyOf}
_KEYS = {"file_id": "document", "filename": "title"}
"""Names that a page of results gives to what an entry calls otherwise."""

_MOST_STEPS = 16
"""Slashes in the name of a source."""

DEEPEST = 8
"""Compound filters within each other."""
MOST = 64
"""Filters of one search, and values of one comparison."""


def filters(value: JSON, param: str) -> Filter | None:
    """Return the filter in *value*, which stands at *param*; `None` when there is none.

    Raises `BadRequest` naming the part that is no filter or cannot be searched by.
    """
    if value is None:
        return None
    if len([*islice(_within(value, 0), MOST + 1)]) > MOST:
        raise _wrong(f"'{param}' has more than {MOST} filters, or {DEEPEST} within each other.", param, "invalid_value")
    return _filter(value, param)


def score_threshold(options: JSON, param: str) -> float:
    """Return the score that *options*, the ranking options at *param*, ask of a result; 0 when they ask for none."""
    if options is None:
        return 0.0
    if not isinstance(options, dict):
        raise _wrong(f"'{param}' must be an object.", param, "invalid_type")
    value = options.get("score_threshold")
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        at = f"{param}.score_threshold"
        raise _wrong(f"'{at}' must be a number from 0 to 1.", at, "invalid_value")
    return float(value)


def _within(value: JSON, depth: int) -> Iterator[JSON]:
    """Yield *value* and the filters in it; too many of them when they are too deep."""
    yield value
    if depth > DEEPEST:
        yield from [None] * MOST
    elif isinstance(value, dict) and isinstance(each := value.get("filters"), list):
        for one in each:
            yield from _within(one, depth + 1)


def _filter(value: JSON, param: str) -> Filter:
    if not isinstance(value, dict):
        raise _wrong(f"'{param}' must be an object.", param, "invalid_type")
    kind = value.get("type")
    if isinstance(kind, str) and kind in _COMPOUNDS:
        return _compound(value, kind, param)
    if isinstance(kind, str) and kind in _COMPARISONS:
        return _comparison(value, _COMPARISONS[kind], param)
    known = ", ".join([*_COMPARISONS, *_COMPOUNDS])
    raise _wrong(f"'{param}.type' must be one of {known}.", f"{param}.type", "invalid_value")


def _compound(value: Object, kind: str, param: str) -> Filter:
    _check_fields(value, {"type", "filters"}, param)
    each = value.get("filters")
    if not isinstance(each, list) or not each:
        raise _wrong(f"'{param}.filters' must be a list of filters.", f"{param}.filters", "invalid_type")
    read = tuple(_filter(one, f"{param}.filters[{position}]") for position, one in enumerate(each))
    return _COMPOUNDS[kind](read) if len(read) > 1 else read[0]


def _comparison(value: Object, comparison: Comparison, param: str) -> Filter:
    _check_fields(value, {"type", "key", "value"}, param)
    key, at = value.get("key"), f"{param}.value"
    if not isinstance(key, str) or not key:
        raise _wrong(f"'{param}.key' must name an attribute.", f"{param}.key", "invalid_type")
    values = _values(value.get("value"), comparison, at)
    read = tuple(_value(one, key, at) for one in values)
    if len({float if type(one) is int else type(one) for one in read}) > 1:
        raise _wrong(f"'{at}' must have values of one type.", at, "invalid_type")
    if comparison in ORDERING and not isinstance(read[0], datetime) and type(read[0]) is not int:
        raise _wrong(f"'{at}' must be a whole number, or a time for {' or '.join(sorted(TIMES))}.", at, "invalid_value")
    if key == "source" and not all(isinstance(one, str) and 0 < one.count("/") <= _MOST_STEPS for one in read):
        raise _wrong(f"'{at}' must be a source as results name it: namespace/name.", at, "invalid_value")
    return Compared(_KEYS.get(key, key), comparison, read)


def _values(value: JSON, comparison: Comparison, at: str) -> list[JSON]:
    """Return what is compared with: for `in` and `nin` a list, for all others one value."""
    if comparison not in {Comparison.IN, Comparison.NIN}:
        return [value]
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise _wrong(f"'{at}' must be a list of 1 to {MOST} values.", at, "invalid_type")
    return value


def _value(value: JSON, key: str, at: str) -> Value:
    if key in TIMES:
        return _time(value, at)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float) or (isinstance(value, int) and abs(value) >= 2**63):
        raise _wrong(f"'{at}' must be a string, a number of 64 bits, true or false.", at, "invalid_type")
    return value


def _time(value: JSON, at: str) -> datetime:
    """Return the moment that *value* names: seconds since 1970, or RFC 3339 as in the results."""
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        if not isinstance(value, bool):
            return datetime.fromtimestamp(cast(float, value), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        pass
    raise _wrong(f"'{at}' must be a time: RFC 3339, or seconds since 1970.", at, "invalid_value")


def _check_fields(value: Object, known: set[str], param: str) -> None:
    for name in value:
        if name not in known:
            raise _wrong(f"'{param}.{name}' is not known here.", f"{param}.{name}", "unsupported_parameter")


def _wrong(sentence: str, param: str, code: str) -> BadRequest:
    return BadRequest(sentence, param=param, code=code)
