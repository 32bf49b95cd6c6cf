"""A bounded memory beside a transaction: what was learnt in one that failed is forgotten."""

from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A mapping of at most *size* committed entries; the oldest tenth goes when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[K, V] = {}
        self._fresh: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what is remembered for *key*."""
        value = self._known.get(key)
        return self._fresh.get(key) if value is None else value

    def learn(self, key: K, value: V) -> None:
        """Remember *value* until the transaction ends, and longer if it is committed."""
        self._fresh[key] = value

    def end(self, *, committed: bool) -> None:
        """The transaction ended; what was learnt in it stays only if it was *committed*."""
        if not self._fresh:
            return
        if committed:
            self._known.update(self._fresh)
        self._fresh = {}
        if len(self._known) > self._size:
            surplus = len(self._known) - self._size * 9 // 10
            for key in list(islice(self._known, surplus)):
                del self._known[key]
