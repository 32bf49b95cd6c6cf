"""Attributes that policies read: flat, typed, frozen and cheap to compare."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | datetime | tuple[str, ...]


_NUMBERS = frozenset({int, float, bool})


class Facts(Mapping[str, Value]):
    """Attribute name to value, hashable. An attribute that is not known is absent, never `None`.

    Lists are tuples of strings; timestamps are aware datetimes. Two Facts with the same items are equal and hash
    alike, whatever order they were given in; `1`, `1.0` and `True` are different items.
    """

    __slots__ = ("_hash", "_items", "_numbers")

    def __init__(self, items: Mapping[str, Value] | None = None, /, **more: Value) -> None:
        self._items: dict[str, Value] = {**(items or {}), **more}
        self._hash: int | None = None
        self._numbers: dict[str, type] | None = None

    def __getitem__(self, name: str) -> Value:
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Facts):
            return self._items == other._items and self._kinds == other._kinds
        return NotImplemented

    @property
    def _kinds(self) -> dict[str, type]:
        """The types of the values that Python may hold equal to those of another type."""
        if self._numbers is None:
            self._numbers = {name: kind for name, value in self._items.items() if (kind := type(value)) in _NUMBERS}
        return self._numbers

    def __repr__(self) -> str:
        return f"Facts({self._items!r})"

    def __or__(self, other: Mapping[str, Value]) -> "Facts":
        return Facts({**self._items, **other})


NONE = Facts()


@lru_cache(maxsize=16_384)
def shared(facts: Facts) -> Facts:
    """Return the object that stands for all *facts* equal to these: what is remembered by it is found again at once."""
    return facts
