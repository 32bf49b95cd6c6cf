"""Connections to SQLite and PostgreSQL as their drivers give them, without a layer that costs a microsecond a row."""

import os
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.domain.errors import ConfigurationError, LineageUnavailable

BUSY_SECONDS = 5.0
"""How long another process may hold the log before an append is refused."""

Row = tuple[Any, ...]

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16000",
    # What is deleted is overwritten: some of it is deleted because somebody has a right to that.
    "secure_delete=ON",
    # Who happens to commit pays for moving the log of changes into the file, unless that is done before
    # (checkpointing.py): 128 MB.
    "wal_autocheckpoint=16000",
    # From here on patience is that of `locked`.
    "busy_timeout=0",
)


_ALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Seconds and milliseconds after which a server that has gone is noticed."""

_PATIENCE = (
    f"SET lock_timeout = '{int(BUSY_SECONDS)}s'",
    # A server may be set up to answer before it has written.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)


_DAMAGED = ("XX001", "XX002")
"""PostgreSQL's codes for damaged data and a damaged index."""


class Cursor(Protocol):
    """The part of a DBAPI cursor that the store uses."""

    def execute(self, statement: str, parameters: Sequence[object] = ..., /) -> object:
        """Run *statement*."""

    def executemany(self, statement: str, parameters: Sequence[Sequence[object]], /) -> object:
        """Run *statement* once for each row of *parameters*."""

    def fetchone(self) -> Row | None:
        """Return the next row."""

    def fetchall(self) -> Sequence[Row]:
        """Return the rows that are left."""


class Connection(Protocol):
    """The part of a DBAPI connection that the store uses. Transactions are begun and ended in SQL."""

    def cursor(self) -> Cursor:
        """Return a new cursor."""

    def close(self) -> None:
        """Close the connection."""


def parsed(url: str) -> URL:
    """Return *url*, which must name a database that Lineward can keep its record in.

    Raises `ConfigurationError` for any other.
    """
    try:
        made = make_url(url)
    except ArgumentError as exc:
        raise ConfigurationError(f"the lineage store's address is not a database URL: {_scheme(url)}") from exc
    if made.drivername == "sqlite" and made.database and made.database != ":memory:" and not made.query:
        return made
    if made.drivername == "postgresql+psycopg":
        return made
    raise ConfigurationError(
        f"the lineage store cannot be {made.drivername!r} here; use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    )


def writing(url: URL) -> Connection:
    """Return a connection that writes: to SQLite in WAL mode, each commit on disk before it returns.

    The database must be there; a file is never created.
    """
    if url.drivername != "sqlite":
        return _postgres(url)
    connection = _sqlite(url, "rw")
    try:
        locked(connection.cursor(), [f"PRAGMA {pragma}" for pragma in _PRAGMAS])
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def locked(cursor: Cursor, statements: Sequence[str]) -> None:
    """Run *statements*, each as soon as nobody else holds the lock that it needs.

    SQLite's own patience asks ever more seldom, so that a process among busy ones may never get its turn; asking every
    millisecond or so, each gets it.
    """
    until = time.monotonic() + BUSY_SECONDS
    for statement in statements:
        while True:
            try:
                cursor.execute(statement)
                break
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                    raise
                time.sleep(random.uniform(0.0002, 0.002))


def reading(url: URL) -> Connection:
    """Return a connection that only reads."""
    if url.drivername != "sqlite":
        connection = _postgres(url)
        connection.cursor().execute("SET default_transaction_read_only = on")
        return connection
    opened = _sqlite(url, "ro")
    opened.execute("PRAGMA cache_size=-16000")
    return opened


def file(url: URL) -> Path:
    """Return the SQLite file that *url* names."""
    return Path(url.database or "")


def inode(url: URL) -> int:
    """Return what tells the SQLite file at *url* from any other that takes its place; 0 for a server."""
    # Each append asks: a `Path` would take five times as long.
    return os.stat(url.database or "").st_ino if url.drivername == "sqlite" else 0  # noqa: PTH116


def occupied(url: URL, cursor: Cursor) -> int:
    """Return how many bytes the database takes on disk."""
    if url.drivername == "sqlite":
        paths = (Path(f"{file(url)}{suffix}") for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())
    cursor.execute("SELECT pg_database_size(current_database())")
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def conflicts(exc: Exception) -> bool:
    """Return whether *exc* is a driver's word that a row stands in the way of another."""
    if _is_postgres(exc):
        import psycopg

        return isinstance(exc, psycopg.IntegrityError)
    return isinstance(exc, sqlite3.IntegrityError)


def damaged(exc: Exception) -> bool:
    """Return whether *exc* is a driver's word that a file of the database itself is broken."""
    if _is_postgres(exc):
        return getattr(exc, "sqlstate", None) in _DAMAGED
    return type(exc) is sqlite3.DatabaseError


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what a driver raises into ours: `LineageUnavailable` for the database, `ValueError` for the values.

    *what* starts the sentence. Parameters and driver messages stay in the cause: they can hold content.
    """
    try:
        yield
    except sqlite3.Error as exc:
        raise _failure(what, exc, _refused_by_sqlite(exc)) from exc
    except OverflowError as exc:
        raise _failure(what, exc, True) from exc
    except OSError as exc:
        raise LineageUnavailable(f"{what}: {exc.strerror or type(exc).__name__}") from exc
    except Exception as exc:
        if not _is_postgres(exc):
            raise
        raise _failure(what, exc, _refused_by_postgres(exc)) from exc


def _failure(what: str, exc: Exception, refused: bool) -> Exception:
    if refused:
        return ValueError(f"{what}: the database refuses the values ({type(exc).__name__})")
    return LineageUnavailable(f"{what}: {_reason(exc)}")


def _refused_by_sqlite(exc: sqlite3.Error) -> bool:
    return isinstance(exc, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.InterfaceError)


def _refused_by_postgres(exc: Exception) -> bool:
    import psycopg

    return isinstance(exc, psycopg.IntegrityError | psycopg.DataError)


def _is_postgres(exc: Exception) -> bool:
    return type(exc).__module__.startswith("psycopg")


def _reason(exc: Exception) -> str:
    if isinstance(exc, sqlite3.Error):
        return f"{exc} ({getattr(exc, 'sqlite_errorname', type(exc).__name__)})"
    return f"PostgreSQL {getattr(exc, 'sqlstate', None) or 'does not answer'} ({type(exc).__name__})"


def _sqlite(url: URL, mode: str) -> sqlite3.Connection:
    address = f"{file(url).absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _postgres(url: URL) -> Connection:
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(address, autocommit=True, connect_timeout=int(BUSY_SECONDS), **_ALIVE)
    for statement in _PATIENCE:
        connection.execute(statement)
    return connection


def _scheme(url: str) -> str:
    return repr(url.partition(":")[0])
