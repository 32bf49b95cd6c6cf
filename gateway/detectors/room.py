"""A limit to what may wait for a detector: what comes beyond it is refused, so that nothing piles up."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.errors import GuardUnavailable


class Room:
    """Places for *requests* requests with *size* bytes in all at the detector *name*."""

    def __init__(self, name: str, requests: int, size: int) -> None:
        self._name = name
        self._requests = requests
        self._size = size

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold a place for a request of *size* bytes while the block lasts; raises `GuardUnavailable` at once."""
        if self._requests < 1 or size > self._size:
            raise GuardUnavailable(
                f"The detector {self._name} has as much waiting as it may have; try again in a moment."
            )
        self._requests -= 1
        self._size -= size
        try:
            yield
        finally:
            self._requests += 1
            self._size += size
