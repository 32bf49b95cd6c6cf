"""Transactions on a connection of their own: what writes beside the log."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from gateway.stores.connecting import Connection, Cursor, locked


class Transactions:
    """One connection, which *connect* opens. Safe for several threads, which wait for each other."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    @contextmanager
    def begun(self, begin: Sequence[str]) -> Iterator[Cursor]:
        """Run the block in one transaction, which the statements *begin* start. Raises what the driver raises."""
        with self._lock:
            connection = self._connection = self._connection or self._connect()
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

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
