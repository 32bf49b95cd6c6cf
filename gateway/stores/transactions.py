"""Transactions on a connection of their own: what writes beside the log."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.engine import URL

from gateway.stores.connecting import Connection, Cursor, inode, locked


class Transactions:
    """One connection to the database at *url*, which *connect* opens. Safe for several threads, which take turns.

    When another file has taken the database's place, such as yesterday's that was put back, it is opened anew: in the
    file that is gone, whatever was written would be lost.
    """

    def __init__(self, url: URL, connect: Callable[[], Connection]) -> None:
        self._url = url
        self._connect = connect
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._file = 0

    @contextmanager
    def begun(self, begin: Sequence[str]) -> Iterator[Cursor]:
        """Run the block in one transaction, which the statements *begin* start. Raises what the driver raises."""
        with self._lock:
            connection = self._connected()
            try:
                cursor = connection.cursor()
                locked(cursor, begin)
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # Whatever the connection's state is, a new one starts clean, and what was begun is undone.
                self._disconnect()
                raise

    def close(self) -> None:
        """Close the connection; the next transaction opens another one."""
        with self._lock:
            self._disconnect()

    def _connected(self) -> Connection:
        if self._connection is not None and self._place() != self._file:
            self._disconnect()
        if self._connection is None:
            self._connection = self._connect()
            self._file = self._place()
        return self._connection

    def _place(self) -> int:
        try:
            return inode(self._url)
        except FileNotFoundError:  # whoever opens it says so
            return -1

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
