"""Where turns of conversations are kept: sealed, for a time, and for nobody but who had them.

They stand beside the vault of pseudonyms, under its keys and for its lifetime: like there, the values are the caller's.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import cast

from gateway.domain.errors import BadRequest
from gateway.domain.json import Object
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.stores import owners
from gateway.stores.connecting import Row
from gateway.stores.sealedtables import NOBODY, SealedTables
from gateway.stores.sealing import Keyring

LONGEST = 1_000
"""Turns of one conversation."""

RENEWED = 0.9
"""A conversation that goes on gets another lifetime once it has less than this part of one left."""

_TABLE = (
    """CREATE TABLE IF NOT EXISTS turn_1 (
        tenant TEXT NOT NULL, scope BLOB NOT NULL, name TEXT NOT NULL, previous TEXT NOT NULL, key_id TEXT NOT NULL,
        sealed BLOB NOT NULL, expires BIGINT NOT NULL, PRIMARY KEY (tenant, scope, name))""",
    "CREATE INDEX IF NOT EXISTS turn_1_expires ON turn_1 (expires)",
    *owners.TABLE,
)
_CHAIN = """WITH RECURSIVE chain (name, previous, key_id, sealed, depth) AS (
    SELECT name, previous, key_id, sealed, 0 FROM turn_1 WHERE tenant = ? AND scope = ? AND expires > ? AND name = ?
    UNION ALL
    SELECT turn_1.name, turn_1.previous, turn_1.key_id, turn_1.sealed, chain.depth + 1
    FROM chain JOIN turn_1 ON turn_1.name = chain.previous
    WHERE turn_1.tenant = ? AND turn_1.scope = ? AND turn_1.expires > ? AND chain.depth < ?)
    SELECT name, previous, key_id, sealed FROM chain ORDER BY depth DESC"""
_ONE = """SELECT name, previous, key_id, sealed FROM turn_1
    WHERE tenant = ? AND scope = ? AND expires > ? AND name = ?"""
_KEEP = """INSERT INTO turn_1 (tenant, scope, name, previous, key_id, sealed, expires) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, scope, name) DO UPDATE SET previous = excluded.previous, key_id = excluded.key_id,
    sealed = excluded.sealed, expires = excluded.expires"""
_RENEW = """WITH RECURSIVE chain (name, previous, depth) AS (
    SELECT name, previous, 0 FROM turn_1 WHERE tenant = ? AND scope = ? AND name = ?
    UNION ALL
    SELECT turn_1.name, turn_1.previous, chain.depth + 1 FROM chain JOIN turn_1 ON turn_1.name = chain.previous
    WHERE turn_1.tenant = ? AND turn_1.scope = ? AND chain.depth < ?)
    UPDATE turn_1 SET expires = ? WHERE tenant = ? AND scope = ? AND expires < ? AND name IN (SELECT name FROM chain)"""
_FORGET = "DELETE FROM turn_1 WHERE tenant = ? AND scope = ? AND name = ?"
_FORGET_ALL = "DELETE FROM turn_1 WHERE tenant = ? AND scope = ?"
_SWEEP = "DELETE FROM turn_1 WHERE expires <= ?"


class SQLTurns:
    """Turns in the database at *url*, SQLite or PostgreSQL, which is created or brought up to date.

    What has outlived its *lifetime* is not given out any more, and removed by the next `sweep`; a conversation that
    goes on lives on. Raises `ConfigurationError` for what cannot be used.
    """

    def __init__(
        self, url: str, keyring: Keyring, lifetime: timedelta, *, now: Callable[[], float] = time.time
    ) -> None:
        self._tables = SealedTables(url, _TABLE, name="turn_1", what="the conversations that are kept cannot be used")
        self._keyring = keyring
        self._lifetime = int(lifetime.total_seconds())
        self._now = now

    def chain(self, scope: Scope, id: str) -> list[Turn]:
        """Return the turns of *scope* up to *id*, the first one first; nothing when not all of them are known.

        Raises `GuardUnavailable` when they cannot be read, `BadRequest` when there are too many.
        """
        place = scope.tenant, scope.digest, int(self._now())
        with self._tables.transaction(None) as sql:
            rows = sql.rows(_CHAIN, *place, id, *place, LONGEST)
        if len(rows) > LONGEST:
            raise BadRequest(
                f"This conversation has more than {LONGEST} turns; begin another one.",
                param="previous_response_id",
                code="conversation_too_large",
            )
        turns = [self._opened(scope, row) for row in rows]
        known = [turn for turn in turns if turn is not None]
        return known if known and len(known) == len(turns) and not known[0].previous else []

    def turn(self, scope: Scope, id: str) -> Turn | None:
        """Return the turn *id* of *scope*; `None` when it is not kept. Raises `GuardUnavailable`."""
        with self._tables.transaction(None) as sql:
            rows = sql.rows(_ONE, scope.tenant, scope.digest, int(self._now()), id)
        return self._opened(scope, rows[0]) if rows else None

    def keep(self, scope: Scope, turn: Turn) -> None:
        """Keep *turn* of *scope*, and those that it goes on from for another lifetime.

        Raises `GuardUnavailable` when it cannot be written.
        """
        now = int(self._now())
        place, expires = (scope.tenant, scope.digest), now + self._lifetime
        row = turn.id, turn.previous, self._keyring.current, self._sealed(scope, turn), expires
        with self._tables.transaction(scope) as sql:
            due = now + int(self._lifetime * RENEWED)
            sql.run(_KEEP, (*place, *row))
            owners.note(sql, self._keyring, scope, expires, due)
            if turn.previous:
                sql.run(_RENEW, (*place, turn.previous, *place, LONGEST, expires, *place, due))

    def forget(self, scope: Scope, id: str) -> None:
        """Remove the turn *id* of *scope*: no chain leads past it any more. Raises `GuardUnavailable`."""
        with self._tables.transaction(scope) as sql:
            sql.run(_FORGET, (scope.tenant, scope.digest, id))

    def forget_person(self, tenant: str, end_user: str) -> int:
        """Remove the conversations of *end_user* and return how many there are. Raises `GuardUnavailable`."""
        with self._tables.transaction(NOBODY) as sql:
            scopes = owners.scopes(sql, self._keyring, tenant, end_user)
            for scope in scopes:
                sql.run(_FORGET_ALL, (tenant, scope))
        return len(scopes)

    def sweep(self) -> None:
        """Remove what has outlived its lifetime. Raises `GuardUnavailable` when it cannot be written."""
        with self._tables.transaction(NOBODY) as sql:
            now = int(self._now())
            sql.run(_SWEEP, (now,))
            owners.sweep(sql, now)

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        self._tables.close()

    def _sealed(self, scope: Scope, turn: Turn) -> bytes:
        content = json.dumps(
            [turn.conversation, turn.run, [*turn.items], turn.asked, turn.answer], separators=(",", ":")
        )
        return self._keyring.seal(scope, _bound(turn.id, turn.previous), content.encode())

    def _opened(self, scope: Scope, row: Row) -> Turn | None:
        """Return the turn in *row*; `None` when the key that sealed it was taken away."""
        name, previous, key, sealed = cast("tuple[str, str, str, bytes]", row)
        opened = self._keyring.open(key, scope, _bound(name, previous), bytes(sealed))
        if opened is None:
            return None
        conversation, run, items, *more = json.loads(opened)  # an earlier release kept no more than these
        return Turn(name, previous, conversation, run, cast("Sequence[Object]", items), *more)


def _bound(id: str, previous: str) -> str:
    """Return what a seal is good for: this turn, after that one."""
    return f"turn {json.dumps([id, previous])}"
