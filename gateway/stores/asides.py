"""What stands beside the record in its database: a connection that writes it, apart from the log's own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.engine import URL

from gateway.stores.connecting import Connection, Cursor, Row, locked, parsed, translated, writing

BESIDE = 0x6C696E6570726E74
"""Key of PostgreSQL's advisory lock: while it is held, nobody else writes beside the record."""

MANY = 500
"""Values that one statement lists: SQLite takes a thousand or more."""


class Aside:
    """One connection for one table's writer. Safe for several threads, which wait for each other."""

    def __init__(self, url: str, what: str) -> None:
        self.url: URL = parsed(url)
        self._what = what
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator["Asked"]:
        """Run the block in one transaction, beside which there is no other.

        Raises `LineageUnavailable`, with *what* could not be done, when the database does not take it.
        """
        with self._lock, translated(self._what):
            connection = self._connection = self._connection or writing(self.url)
            try:
                cursor = connection.cursor()
                locked(cursor, self._begin)
                yield Asked(cursor, sqlite=self._sqlite)
                cursor.execute("COMMIT")
            except BaseException:
                # Whatever the connection's state is, a new one starts clean, and what was begun is undone.
                self._disconnect()
                raise

    def close(self) -> None:
        """Close the connection; the next transaction opens another one."""
        with self._lock:
            self._disconnect()

    @property
    def _sqlite(self) -> bool:
        return self.url.drivername == "sqlite"

    @property
    def _begin(self) -> Sequence[str]:
        if self._sqlite:
            return ("BEGIN IMMEDIATE",)
        return ("BEGIN", f"SELECT pg_advisory_xact_lock({BESIDE})")

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Asked:
    """A cursor that takes `?` for a value, whatever the database."""

    def __init__(self, cursor: Cursor, *, sqlite: bool) -> None:
        self._cursor = cursor
        self._sqlite = sqlite

    def rows(self, statement: str, *values: object) -> Sequence[Row]:
        """Return the rows that *statement* selects."""
        self._cursor.execute(self._text(statement), values)
        return self._cursor.fetchall()

    def listed(self, statement: str, values: Sequence[object], *more: object) -> Iterator[Row]:
        """Yield the rows that *statement* selects with *values* in the place of `(*)`, *more* standing before them."""
        for start in range(0, len(values), MANY):
            part = values[start : start + MANY]
            marks = ", ".join("?" * len(part))
            yield from self.rows(statement.replace("(*)", f"({marks})"), *more, *part)

    def run(self, statement: str, *rows: Sequence[object]) -> None:
        """Run *statement* once for each of *rows*."""
        if rows:
            self._cursor.executemany(self._text(statement), rows)

    def _text(self, statement: str) -> str:
        return statement if self._sqlite else statement.replace("?", "%s")
