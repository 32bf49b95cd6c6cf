"""JSON as Python values, and the paths by which its strings are named and replaced."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union

JSON: TypeAlias = Union[bool, int, float, str, "list[JSON]", "dict[str, JSON]", None]
Object: TypeAlias = dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Name:
    """The last step of a path that leads to a key itself, not to the value under it."""

    key: str
    position: int
    """Which key of its object it is, from 0."""


Path: TypeAlias = tuple[str | int | Name, ...]
"""Where a value stands: keys and positions from the root."""


def place(path: Path) -> str:
    """Return *path* as people write it: `messages[1].content[0].text`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif isinstance(step, Name):
            # By number: a key may say what must not be said.
            parts.append(f".*[{step.position}]" if parts else f"*[{step.position}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


DEEPEST = 200
"""Levels of nesting beyond which a value is not walked (nor written: orjson stops at 254)."""


class TooDeep(ValueError):
    """The value is nested deeper than `DEEPEST`."""


def strings(value: JSON, at: Path = (), known: Container[str] | None = None) -> Iterator[tuple[Path, str]]:
    """Yield every string in *value* with its path, in document order, and the keys unless they are *known*.

    Without *known* keys are not looked at. Raises `TooDeep`.
    """
    if len(at) > DEEPEST:
        raise TooDeep(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for number, (key, item) in enumerate(value.items()):
            if known is not None and key not in known:
                yield (*at, Name(key, number)), key
            yield from strings(item, (*at, key), known)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from strings(item, (*at, position), known)


def replaced(value: JSON, changes: Mapping[Path, JSON]) -> JSON:
    """Return *value* with the value at each path of *changes* exchanged, or the key where a path ends in a `Name`.

    Only what lies on a changed path is copied. A key that would be there twice gets a number, so that no value is lost.
    A path that does not exist is an error (`KeyError`, `IndexError`).
    """
    result = value
    renamed: list[Path] = []
    for path, new in changes.items():
        if path and isinstance(path[-1], Name):
            renamed.append(path)
        else:
            result = _replaced_at(result, path, new)
    for path in sorted(renamed, key=len, reverse=True):  # so that the other paths are still true
        result = _renamed_at(result, path, str(changes[path]))
    return result


def value_at(value: JSON, path: Path) -> JSON:
    """Return what stands at *path* in *value*. A path that does not exist is an error (`KeyError`, `IndexError`)."""
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


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


def _renamed_at(value: JSON, path: Path, new: str) -> JSON:
    """Return *value* with the key at *path* named *new*, in its place among the others."""
    parent = value_at(value, path[:-1])
    last = path[-1]
    if not isinstance(parent, dict) or not isinstance(last, Name) or last.key not in parent:
        raise KeyError(place(path))
    number, free = 1, new
    while free in parent and free != last.key:
        number += 1
        free = f"{new}_{number}"
    return _replaced_at(value, path[:-1], {free if key == last.key else key: item for key, item in parent.items()})


def _copied(value: JSON, path: Path) -> "Object | list[JSON]":
    if isinstance(value, dict | list):
        return value.copy()
    raise KeyError(place(path))
