"""JSON as Python values, and the paths by which its strings are named and replaced."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, Union

JSON: TypeAlias = Union[bool, int, float, str, "list[JSON]", "dict[str, JSON]", None]
Object: TypeAlias = dict[str, JSON]
Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys and positions from the root."""


def place(path: Path) -> str:
    """Return *path* as people write it: `messages[1].content[0].text`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


DEEPEST = 200
"""Levels of nesting beyond which a value is not walked (nor written: orjson stops at 254)."""


class TooDeep(ValueError):
    """The value is nested deeper than `DEEPEST`."""


def strings(value: JSON, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every string in *value* with its path, in document order; object keys are not values.

    Raises `TooDeep`.
    """
    if len(at) > DEEPEST:
        raise TooDeep(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, (*at, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from strings(item, (*at, position))


def replaced(value: JSON, changes: Mapping[Path, JSON]) -> JSON:
    """Return *value* with the value at each path of *changes* exchanged.

    Only what lies on a changed path is copied. A path that does not exist is an error (`KeyError`, `IndexError`).
    """
    result = value
    for path, new in changes.items():
        result = _replaced_at(result, path, new)
    return result


def _replaced_at(value: JSON, path: Path, new: JSON) -> JSON:
    if not path:
        return new
    root = node = _copied(value, path)
    for step in path[:-1]:
        child = _copied(node[step], path)  # type: ignore[index]
        node[step] = child  # type: ignore[index]
        node = child
    node[path[-1]]  # type: ignore[index]  # what is not there cannot be exchanged
    node[path[-1]] = new  # type: ignore[index]
    return root


def _copied(value: JSON, path: Path) -> "Object | list[JSON]":
    if isinstance(value, dict | list):
        return value.copy()
    raise KeyError(place(path))
