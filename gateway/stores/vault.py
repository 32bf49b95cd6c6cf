"""Where tokens and their values are kept between the turns of a conversation: sealed, and for a time.

Apart from the log, which keeps no value, in a database of its own: it can be lost, erased or left out of backups
without touching the record. Synchronous like the stores, and safe to call from any thread.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from gateway.domain.errors import BadRequest, ConfigurationError, GuardUnavailable, LineageUnavailable
from gateway.domain.scopes import Scope
from gateway.pseudonyms import Entry
from gateway.stores.connecting import Connection, Cursor, file, locked, parsed, translated, writing
from gateway.stores.sealing import Keyring

LIMIT = 10_000
"""Values that one conversation may have, if nothing else is said."""

RENEWED = 0.9
"""A conversation that goes on gets another lifetime once it has less than this part of one left."""

_TABLE = (
    """CREATE TABLE IF NOT EXISTS vault_1 (
        tenant TEXT NOT NULL, scope BLOB NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, sealed BLOB NOT NULL,
        expires BIGINT NOT NULL, PRIMARY KEY (tenant, scope, name))""",
    "CREATE INDEX IF NOT EXISTS vault_1_expires ON vault_1 (expires)",
)
_READ = "SELECT name, key_id, sealed FROM vault_1 WHERE tenant = ? AND scope = ? AND expires > ?"
_DROP_DEAD = "DELETE FROM vault_1 WHERE tenant = ? AND scope = ? AND expires <= ?"
_ADD = "INSERT INTO vault_1 (tenant, scope, name, key_id, sealed, expires) VALUES (?, ?, ?, ?, ?, ?)"
_SEAL = "UPDATE vault_1 SET key_id = ?, sealed = ? WHERE tenant = ? AND scope = ? AND name = ?"
_RENEW = "UPDATE vault_1 SET expires = ? WHERE tenant = ? AND scope = ? AND expires < ?"
_FORGET = "DELETE FROM vault_1 WHERE tenant = ? AND scope = ?"
_SWEEP = """DELETE FROM vault_1 WHERE expires <= ? AND (tenant, scope) IN (
    SELECT DISTINCT tenant, scope FROM vault_1 WHERE expires <= ? LIMIT 500)"""
_DUE = "SELECT COUNT(*) FROM (SELECT DISTINCT tenant, scope FROM vault_1 WHERE expires <= ?) AS due"


class SQLVault:
    """A vault in the database at *url*, SQLite or PostgreSQL, which is created or brought up to date.

    What has outlived its *lifetime* is not given out any more, and removed by the next `sweep`; a conversation that
    goes on lives on. Raises `ConfigurationError` for what cannot be used.
    """

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        lifetime: timedelta,
        *,
        limit: int = LIMIT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = parsed(url)
        self._keyring = keyring
        self._lifetime = int(lifetime.total_seconds())
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        if self._lifetime < 1:
            raise ConfigurationError("the vault's lifetime must be at least a second")

    def entries(self, scope: Scope) -> list[Entry]:
        """Return the tokens of *scope*. One without entity is spent: two values had it, or its key was taken away.

        Raises `GuardUnavailable` when the vault cannot be read.
        """
        with self._transaction(None) as cursor:
            return [entry for entry, _ in self._read(cursor, scope)]

    def keep(self, scope: Scope, entries: Sequence[Entry]) -> None:
        """Keep *entries* of *scope*, and for another lifetime what else it has.

        A name that meanwhile stands for another value, because two turns ran at once, is spent. What an older key has
        sealed is sealed anew. Raises `GuardUnavailable` when the vault cannot be used, `BadRequest` when the
        conversation has too many values.
        """
        with self._transaction(scope) as cursor:
            place, now = (scope.tenant, scope.digest), int(self._now())
            read = self._read(cursor, scope)
            known = {entry.name: entry for entry, _ in read}
            fresh = [entry for entry in entries if entry.name not in known]
            if len(known) + len(fresh) > self._limit:
                raise BadRequest(
                    f"This conversation holds more than {self._limit} different values; begin another one.",
                    param="lineward.conversation",
                    code="conversation_too_large",
                )
            self._run(cursor, _DROP_DEAD, *place, now)
            current = self._keyring.current
            for entry, key in read:
                if entry.entity and key != current:
                    self._run(cursor, _SEAL, current, self._sealed(scope, entry), *place, entry.name)
            for entry in fresh:
                self._run(cursor, _ADD, *place, entry.name, current, self._sealed(scope, entry), now + self._lifetime)
            for entry in entries:
                if known.get(entry.name, entry) != entry:
                    self._run(cursor, _SEAL, "", b"", *place, entry.name)
            self._run(cursor, _RENEW, now + self._lifetime, *place, now + int(self._lifetime * RENEWED))

    def forget(self, scope: Scope) -> None:
        """Remove everything of *scope*. Raises `GuardUnavailable` when the vault cannot be written."""
        with self._transaction(scope) as cursor:
            self._run(cursor, _FORGET, scope.tenant, scope.digest)

    def sweep(self) -> int:
        """Remove what has outlived its lifetime, of so many conversations that nobody has to wait for it long.

        Returns how many conversations are left to sweep. Raises `GuardUnavailable` when the vault cannot be written.
        """
        due = int(self._now())
        with self._transaction(_NOBODY) as cursor:
            self._run(cursor, _SWEEP, due, due)
            self._run(cursor, _DUE, due)
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        with self._lock:
            self._disconnect()

    def _read(self, cursor: Cursor, scope: Scope) -> list[tuple[Entry, str]]:
        """Return what *scope* has, each with the id of the key that sealed it."""
        self._run(cursor, _READ, scope.tenant, scope.digest, int(self._now()))
        return [(self._opened(scope, name, key, bytes(sealed)), key) for name, key, sealed in cursor.fetchall()]

    def _sealed(self, scope: Scope, entry: Entry) -> bytes:
        return self._keyring.seal(scope, entry.name, json.dumps([entry.entity, entry.value]).encode())

    def _opened(self, scope: Scope, name: str, key: str, sealed: bytes) -> Entry:
        opened = self._keyring.open(key, scope, name, sealed) if sealed else None
        return Entry(name, *json.loads(opened)) if opened else Entry(name, "", "")

    @contextmanager
    def _transaction(self, scope: Scope | None) -> Iterator[Cursor]:
        """Run the block in one transaction, which for a *scope* is the only one that writes it."""
        with self._lock, _unavailable(), translated("the vault of pseudonyms cannot be used"):
            connection = self._connection = self._connection or self._connected()
            try:
                cursor = connection.cursor()
                self._begin(cursor, scope)
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # Whatever the connection's state is, a new one starts clean, and what it had begun is undone.
                self._disconnect()
                raise

    def _begin(self, cursor: Cursor, scope: Scope | None) -> None:
        if self._url.drivername == "sqlite":
            locked(cursor, ["BEGIN IMMEDIATE" if scope else "BEGIN"])
            return
        cursor.execute("BEGIN")
        if scope:
            key = int.from_bytes(scope.digest[:8], "big", signed=True)
            self._run(cursor, "SELECT pg_advisory_xact_lock(?)", key)

    def _connected(self) -> Connection:
        if self._url.drivername == "sqlite":
            file(self._url).parent.mkdir(parents=True, exist_ok=True)
            file(self._url).touch(mode=0o600)
        connection = writing(self._url)
        try:
            if self._url.drivername == "sqlite":
                locked(connection.cursor(), _TABLE)
            else:
                _create_once(connection.cursor())
        except BaseException:
            connection.close()
            raise
        return connection

    def _run(self, cursor: Cursor, statement: str, *values: object) -> None:
        cursor.execute(statement if self._url.drivername == "sqlite" else statement.replace("?", "%s"), values)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_NOBODY = Scope("", "", "", "")


def _create_once(cursor: Cursor) -> None:
    """Create the table in PostgreSQL, where two that create it at once would get in each other's way."""
    cursor.execute("BEGIN")
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(b"vault_1", "big"),))
    for statement in _TABLE:
        cursor.execute(statement.replace("BLOB", "BYTEA"))
    cursor.execute("COMMIT")


@contextmanager
def _unavailable() -> Iterator[None]:
    """Turn the log's word for a database that fails into the guard's."""
    try:
        yield
    except LineageUnavailable as exc:
        raise GuardUnavailable(f"{exc.message[:1].upper()}{exc.message[1:]}.") from exc
