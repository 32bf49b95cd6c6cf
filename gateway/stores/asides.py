"""What stands beside the record in its database: a connection that writes it, apart from the log's own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.engine import URL

from gateway.stores.connecting import Cursor, Row, parsed, translated, writing
from gateway.stores.transactions import Transactions

BESIDE = 0x6C696E6570726E74
"""Key of PostgreSQL's advisory lock: while it is held, nobody else writes beside the record."""

MANY = 500
"""Values that one statement lists: SQLite takes a thousand or more."""


class Aside:
    """One connection for one table's writer. Safe for several threads, which wait for each other."""

    def __init__(self, url: str, what: str) -> None:
        self.url: URL = parsed(url)
        self._what = what
        self._transactions = Transactions(self.url, lambda: writing(self.url))

    @contextmanager
    def transaction(self) -> Iterator["Asked"]:
        """Run the block in one transaction, beside which there is no other.

        Raises `LineageUnavailable`, with *what* could not be done, when the database does not take it.
        """
        sqlite = self.url.drivername == "sqlite"
        begin = ("BEGIN IMMEDIATE",) if sqlite else ("BEGIN", f"SELECT pg_advisory_xact_lock({BESIDE})")
        with translated(self._what), self._transactions.begun(begin) as cursor:
            yield Asked(cursor, sqlite=sqlite)

    def close(self) -> None:
        """Close the connection; the next transaction opens another one."""
        self._transactions.close()


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
        if len(rows) == 1:
            self._cursor.execute(self._text(statement), rows[0])
        elif rows:
            self._cursor.executemany(self._text(statement), rows)

    def _text(self, statement: str) -> str:
        return statement if self._sqlite else statement.replace("?", "%s")
