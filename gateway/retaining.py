"""Retention everywhere: texts that are old enough go from the record, then from all that was derived from them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.domain.erasures import Erasure
from gateway.domain.principals import Principal
from gateway.stores.retaining import Retention
from gateway.stores.scrubbing import scrub


class Index(Protocol):
    """What texts are found by."""

    def due(self) -> bool:
        """Return whether it does not yet follow all that retention removed. Raises `LineageUnavailable`."""

    def behind(self) -> int:
        """Return how many entries of the log tell of removals that it does not follow yet. Raises the same."""

    def remove(self, then: Callable[[], object]) -> int:
        """Remove what it knows of texts that are gone, do *then*, and count as up to date; return how many texts.

        Raises `LineageUnavailable`, and what *then* raises.
        """

    def close(self) -> None:
        """Close the connections."""


class Chunks(Protocol):
    """What texts of chunks are found by."""

    def forget(self, some: Collection[int] | None = None) -> int:
        """Remove what it knows of texts that are gone, of *some* chunks or of all; return how many.

        Raises `LineageUnavailable`.
        """

    def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True, slots=True)
class Retaining:
    """Removes by *retention* from the record, then from *index* and *chunks*, at last from the files at *urls*."""

    retention: Retention
    index: Index
    chunks: Chunks
    urls: Sequence[str]

    def run(
        self, by: Principal, *, dry_run: bool = False, rebuild: bool = False, now: datetime | None = None
    ) -> Erasure:
        """Remove what is old enough, on *by*'s order; with *dry_run* only count it. See `Retention.run`.

        Whatever an earlier run was kept from doing, this one does, also where it has nothing else to do. With
        *rebuild* the files are written anew. Raises `LineageUnavailable`.
        """
        if dry_run:
            return self.retention.run(by, dry_run=True, now=now)
        done = self.retention.run(by, finish=self.index.due(), now=now)
        rebuilt: list[bool] = []

        def finish() -> None:
            self.chunks.forget()
            rebuilt.extend(scrub(url, rebuild=rebuild) for url in self.urls)

        self.index.remove(finish)
        return replace(done, rebuilt=any(rebuilt))

    def close(self) -> None:
        """Close the connections."""
        self.retention.close()
        self.index.close()
        self.chunks.close()
