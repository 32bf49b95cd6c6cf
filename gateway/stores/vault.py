"""Where tokens and their values are kept between the turns of a conversation: sealed, and for a time.

Apart from the log, which keeps no value, in a database of its own: it can be lost, erased or left out of backups
without touching the record. Synchronous like the stores, and safe to call from any thread.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from gateway.domain.errors import BadRequest, ConfigurationError
from gateway.domain.scopes import Scope
from gateway.pseudonyms import Entry
from gateway.stores import owners
from gateway.stores.asides import Asked
from gateway.stores.sealedtables import NOBODY, SealedTables
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
    *owners.TABLE,
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
        self._tables = SealedTables(url, _TABLE, name="vault_1", what="the vault of pseudonyms cannot be used")
        self._keyring = keyring
        self._lifetime = int(lifetime.total_seconds())
        self._limit = limit
        self._now = now
        if self._lifetime < 1:
            raise ConfigurationError("the vault's lifetime must be at least a second")

    def entries(self, scope: Scope) -> list[Entry]:
        """Return the tokens of *scope*. One without entity is spent: two values had it, or its key was taken away.

        Raises `GuardUnavailable` when the vault cannot be read.
        """
        with self._tables.transaction(None) as sql:
            return [entry for entry, _ in self._read(sql, scope)]

    def keep(self, scope: Scope, entries: Sequence[Entry]) -> None:
        """Keep *entries* of *scope*, and for another lifetime what else it has.

        A name that meanwhile stands for another value, because two turns ran at once, is spent. What an older key has
        sealed is sealed anew. Raises `GuardUnavailable` when the vault cannot be used, `BadRequest` when the
        conversation has too many values.
        """
        with self._tables.transaction(scope) as sql:
            place, now = (scope.tenant, scope.digest), int(self._now())
            read = self._read(sql, scope)
            known = {entry.name: entry for entry, _ in read}
            fresh = [entry for entry in entries if entry.name not in known]
            if len(known) + len(fresh) > self._limit:
                raise BadRequest(
                    f"This conversation holds more than {self._limit} different values; begin another one.",
                    param="lineward.conversation",
                    code="conversation_too_large",
                )
            sql.run(_DROP_DEAD, (*place, now))
            current = self._keyring.current
            for entry, key in read:
                if entry.entity and key != current:
                    sql.run(_SEAL, (current, self._sealed(scope, entry), *place, entry.name))
            for entry in fresh:
                sql.run(_ADD, (*place, entry.name, current, self._sealed(scope, entry), now + self._lifetime))
            for entry in entries:
                if known.get(entry.name, entry) != entry:
                    sql.run(_SEAL, ("", b"", *place, entry.name))
            due = now + int(self._lifetime * RENEWED)
            sql.run(_RENEW, (now + self._lifetime, *place, due))
            owners.note(sql, self._keyring, scope, now + self._lifetime, due)

    def forget(self, scope: Scope) -> None:
        """Remove everything of *scope*. Raises `GuardUnavailable` when the vault cannot be written."""
        with self._tables.transaction(scope) as sql:
            sql.run(_FORGET, (scope.tenant, scope.digest))

    def forget_person(self, tenant: str, end_user: str) -> int:
        """Remove the conversations of *end_user* and return how many there are. Raises `GuardUnavailable`."""
        with self._tables.transaction(NOBODY) as sql:
            scopes = owners.scopes(sql, self._keyring, tenant, end_user)
            for scope in scopes:
                sql.run(_FORGET, (tenant, scope))
        return len(scopes)

    def sweep(self) -> int:
        """Remove what has outlived its lifetime, of so many conversations that nobody has to wait for it long.

        Returns how many conversations are left to sweep. Raises `GuardUnavailable` when the vault cannot be written.
        """
        due = int(self._now())
        with self._tables.transaction(NOBODY) as sql:
            sql.run(_SWEEP, (due, due))
            owners.sweep(sql, due)
            ((left,),) = sql.rows(_DUE, due)
        return int(left)

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        self._tables.close()

    def _read(self, sql: Asked, scope: Scope) -> list[tuple[Entry, str]]:
        """Return what *scope* has, each with the id of the key that sealed it."""
        read = sql.rows(_READ, scope.tenant, scope.digest, int(self._now()))
        return [(self._opened(scope, name, key, bytes(sealed)), key) for name, key, sealed in read]

    def _sealed(self, scope: Scope, entry: Entry) -> bytes:
        return self._keyring.seal(scope, entry.name, json.dumps([entry.entity, entry.value]).encode())

    def _opened(self, scope: Scope, name: str, key: str, sealed: bytes) -> Entry:
        opened = self._keyring.open(key, scope, name, sealed) if sealed else None
        return Entry(name, *json.loads(opened)) if opened else Entry(name, "", "")
