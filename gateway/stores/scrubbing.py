"""Sees to it that what was deleted from a database is in none of its files any more, as far as the database can.

SQLite overwrites what it deletes (`secure_delete`); what its write-ahead log still holds is gone when that log is
emptied, and what was left in free space within pages when the file is written anew. PostgreSQL keeps old rows until
`VACUUM`, writes tables anew with `VACUUM FULL`, and recycles its own log by itself; neither overwrites disk blocks.
"""

import sqlite3
import time
from contextlib import closing

from gateway.domain.errors import LineageUnavailable
from gateway.stores.connecting import BUSY_SECONDS, Cursor, file, parsed, translated, writing


def scrub(url: str, *, rebuild: bool) -> bool:
    """Clean the files of the database at *url*, and write them anew if *rebuild*; return whether they were.

    Writers wait while they are written anew. Raises `LineageUnavailable` when that cannot be done now, such as while
    somebody reads for long: what was deleted is then still in the write-ahead log.
    """
    address = parsed(url)
    if address.drivername == "sqlite" and not file(address).exists():
        return False
    with translated("the database's files cannot be cleaned"), closing(writing(address)) as connection:
        cursor = connection.cursor()
        if address.drivername != "sqlite":
            cursor.execute("VACUUM FULL" if rebuild else "VACUUM")
            return rebuild
        _emptied(cursor)
        if rebuild:
            _patiently(cursor, "VACUUM")
            _emptied(cursor)
    return rebuild


def _emptied(cursor: Cursor) -> None:
    """Move the write-ahead log into the file and cut it to nothing."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        _patiently(cursor, "PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        if row is None or not row[0]:
            return
        if time.monotonic() > until:
            raise LineageUnavailable(
                "the database's files cannot be cleaned: somebody reads it all the time; do the same again later"
            )
        time.sleep(0.01)


def _patiently(cursor: Cursor, statement: str) -> None:
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
            return
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_LOCKED") or time.monotonic() > until:
                raise
            time.sleep(0.005)
