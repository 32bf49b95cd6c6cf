"""Reading connections, one for each thread that reads at the moment."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL

from gateway.domain.errors import LineageUnavailable
from gateway.stores.connecting import Connection, inode, reading, translated

LOOKING = 0.1
"""Seconds after which it is looked again whether another file has taken the database's place."""


class Readers:
    """Lends connections to the database at *url*; at most *idle* of them stay open when nobody reads.

    With *beside*, which lends connections to the same database, it lends those, and closes none of them: each takes
    memory for all that it knows of the tables, and for the pages that it read.
    """

    def __init__(self, url: URL, idle: int = 8, *, beside: "Readers | None" = None) -> None:
        self._lender: Readers = beside._lender if beside else self
        self._url = url
        self._idle = idle
        self._lock = threading.Lock()
        self._free: list[tuple[int, Connection]] = []
        self._file = 0
        self._looked = float("-inf")
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Lend a connection; one on which something failed is closed.

        Raises `LineageUnavailable` when the database cannot be read.
        """
        with translated("the lineage record cannot be read"):
            if self._closed:
                raise LineageUnavailable("the lineage record cannot be read: the ledger has been closed")
            file, connection = self._lender._taken()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._lender._give_back(file, connection)

    def close(self) -> None:
        """Close the connections; those that are lent are closed when they come back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for _, connection in free:
            connection.close()

    def _taken(self) -> tuple[int, Connection]:
        file = self._current()
        with self._lock:
            if self._closed:
                raise LineageUnavailable("the lineage record cannot be read: the ledger has been closed")
            while self._free:
                known, connection = self._free.pop()
                if known == file:
                    return file, connection
                connection.close()
        return file, reading(self._url)

    def _current(self) -> int:
        """Return which file the database is; looked up now and then, since a look may cost as much as an answer."""
        now = time.monotonic()
        if now - self._looked > LOOKING:
            self._file = inode(self._url)
            self._looked = now
        return self._file

    def _give_back(self, file: int, connection: Connection) -> None:
        with self._lock:
            if not self._closed and len(self._free) < self._idle:
                self._free.append((file, connection))
                return
        connection.close()
