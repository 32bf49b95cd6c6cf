"""Attributes that policies read: flat, typed, frozen and cheap to compare."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | datetime | tuple[str, ...]


class Facts(Mapping[str, Value]):
    """Attribute name to value, hashable. An attribute that is not known is absent, never `None`.

    Lists are tuples of strings; timestamps are aware datetimes. Two Facts with the same items are equal and hash
    alike, whatever order they were given in.
    """

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[str, Value] | None = None, /, **more: Value) -> None:
        self._items: dict[str, Value] = {**(items or {}), **more}
        self._hash: int | None = None

    def __getitem__(self, name: str) -> Value:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Facts):
            return self._items == other._items
        return NotImplemented

    def __repr__(self) -> str:
        return f"Facts({self._items!r})"

    def __or__(self, other: Mapping[str, Value]) -> "Facts":
        return Facts({**self._items, **other})


NONE = Facts()
