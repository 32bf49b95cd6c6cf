"""Tables whose values are sealed: in a database apart from the log, made when they are first used.

Synchronous like the stores, and safe to call from any thread.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.domain.errors import GuardUnavailable, LineageUnavailable
from gateway.domain.scopes import Scope
from gateway.stores.asides import Asked
from gateway.stores.connecting import Connection, Cursor, file, locked, parsed, translated, writing
from gateway.stores.transactions import Transactions


class SealedTables:
    """One connection to the tables that *statements* create in the database at *url*, SQLite or PostgreSQL.

    *name* is the first table's. *what* begins the sentence that tells that they cannot be used. Raises
    `ConfigurationError` for an address that cannot be used.
    """

    def __init__(self, url: str, statements: Sequence[str], *, name: str, what: str) -> None:
        self._url = parsed(url)
        self._statements = statements
        self._name = name
        self._what = what
        self._transactions = Transactions(self._url, self._connected)

    @contextmanager
    def transaction(self, scope: Scope | None) -> Iterator[Asked]:
        """Run the block in one transaction, which for a *scope* is the only one that writes it.

        Raises `GuardUnavailable` when the database cannot be used.
        """
        with _unavailable(), translated(self._what), self._transactions.begun(self._begin(scope)) as cursor:
            yield Asked(cursor, sqlite=self._is_sqlite)

    def close(self) -> None:
        """Close the connection; the next transaction opens another one."""
        self._transactions.close()

    @property
    def _is_sqlite(self) -> bool:
        return self._url.drivername == "sqlite"

    def _begin(self, scope: Scope | None) -> Sequence[str]:
        if scope is None:
            return ("BEGIN",)
        if self._is_sqlite:
            return ("BEGIN IMMEDIATE",)
        key = int.from_bytes(scope.digest[:8], "big", signed=True)
        return ("BEGIN", f"SELECT pg_advisory_xact_lock({key})")

    def _connected(self) -> Connection:
        if self._is_sqlite:
            file(self._url).parent.mkdir(parents=True, exist_ok=True)
            file(self._url).touch(mode=0o600)
        connection = writing(self._url)
        try:
            if self._is_sqlite:
                locked(connection.cursor(), self._statements)
            else:
                self._create_once(connection.cursor())
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_once(self, cursor: Cursor) -> None:
        """Create the tables in PostgreSQL, where two that create one at once would get in each other's way."""
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(self._name.encode(), "big"),))
        for statement in self._statements:
            cursor.execute(statement.replace("BLOB", "BYTEA"))
        cursor.execute("COMMIT")


NOBODY = Scope("", "", "", "")
"""Whose transaction it is that writes everybody's rows."""


@contextmanager
def _unavailable() -> Iterator[None]:
    """Turn the log's word for a database that fails into the guard's."""
    try:
        yield
    except LineageUnavailable as exc:
        raise GuardUnavailable(f"{exc.message[:1].upper()}{exc.message[1:]}.") from exc
