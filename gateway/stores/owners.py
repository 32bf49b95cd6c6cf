"""Whose the conversations in the vault's database are, so that they can be found when a person is erased.

A conversation stands there under a digest from which nobody reads whose it is; this table leads to it from a name that
only the vault's keys can make.
"""

from gateway.domain.scopes import Scope
from gateway.stores.asides import Asked
from gateway.stores.sealing import Keyring

TABLE = (
    """CREATE TABLE IF NOT EXISTS owner_1 (
        tenant TEXT NOT NULL, owner BLOB NOT NULL, scope BLOB NOT NULL, expires BIGINT NOT NULL,
        PRIMARY KEY (tenant, owner, scope))""",
    "CREATE INDEX IF NOT EXISTS owner_1_expires ON owner_1 (expires)",
)
_NOTE = """INSERT INTO owner_1 (tenant, owner, scope, expires) VALUES (?, ?, ?, ?) ON CONFLICT (tenant, owner, scope)
    DO UPDATE SET expires = excluded.expires WHERE owner_1.expires < ?"""
_SCOPES = "SELECT scope FROM owner_1 WHERE tenant = ? AND owner = ?"
_SWEEP = "DELETE FROM owner_1 WHERE expires <= ?"


def note(sql: Asked, keyring: Keyring, scope: Scope, expires: int, due: int) -> None:
    """Note whose *scope* is, until *expires*; one that is noted for longer than *due* is left alone."""
    if scope.end_user:
        name = keyring.owners(scope.tenant, scope.end_user)[0]
        sql.run(_NOTE, (scope.tenant, name, scope.digest, expires, due))


def scopes(sql: Asked, keyring: Keyring, tenant: str, end_user: str) -> list[bytes]:
    """Return the digests of the conversations of *end_user*."""
    names = keyring.owners(tenant, end_user)
    return [bytes(scope) for name in names for (scope,) in sql.rows(_SCOPES, tenant, name)]


def sweep(sql: Asked, now: int) -> None:
    """Forget of conversations that are over whose they were."""
    sql.run(_SWEEP, (now,))
