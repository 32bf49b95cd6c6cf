"""Texts that end the process that looks through them."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b


class Poison:
    """Digests of such texts: whoever sends one again is refused at once, before it costs another process.

    *capacity* are remembered at most, each for *lifetime* seconds.
    """

    def __init__(self, capacity: int = 1_000, lifetime: float = 600.0) -> None:
        self._capacity = capacity
        self._lifetime = lifetime
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def add(self, text: str) -> None:
        """Remember *text*."""
        self._until[_digest(text)] = time.monotonic() + self._lifetime
        if len(self._until) > self._capacity:
            self._until.popitem(last=False)

    def holds(self, texts: Sequence[str]) -> bool:
        """Return whether one of *texts* is remembered."""
        if not self._until:
            return False
        now = time.monotonic()
        return any(self._until.get(_digest(text), now) > now for text in texts)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
