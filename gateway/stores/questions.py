"""What answers questions share: connections that only read, and statements that are made once."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.errors import BadRequest, LineageUnavailable
from gateway.stores.connecting import parsed
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements

NEWEST = 1 << 62
"""Every entry of the log stands before this place."""


class Questions:
    """Asks the database at *url*, with connections of its own or those of *beside*; safe to use from any thread."""

    def __init__(self, url: str, beside: Readers | None = None) -> None:
        address = parsed(url)
        self.sqlite = address.drivername == "sqlite"
        self._queries = Queries(Statements(address))
        self.readers = Readers(address, beside=beside)

    @contextmanager
    def asking(self, tenant: str | None = None) -> Iterator[Asking]:
        """Lend what asks, for one *tenant* or, with `None`, for all.

        Raises `LineageUnavailable` when the database cannot be read or what it holds is damaged.
        """
        with self.readers.borrow() as connection:
            try:
                yield Asking(self._queries, connection.cursor(), tenant)
            except ValueError as exc:
                raise LineageUnavailable(
                    "what the lineage store holds is damaged; `lineward verify` tells more"
                ) from exc

    def close(self) -> None:
        """Close the connections."""
        self.readers.close()


def place(cursor: str) -> int:
    """Return before which place the page at *cursor* starts. Raises `BadRequest` for one that no page gave."""
    if not cursor:
        return NEWEST
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise BadRequest("The cursor is not one that an earlier page gave.", param="cursor")
    return int(cursor)
