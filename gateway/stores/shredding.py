"""Keys of texts, and the texts that they sealed, on their way out."""

from gateway.stores.asides import Asked
from gateway.stores.contentkeys import TENANT, TenantKey, bound_key
from gateway.stores.masters import Masters, Wrapped

_KEY = "SELECT id, master, wrapped FROM content_key WHERE tenant = ? AND kind = ? AND owner = ?"
_COUNT = "SELECT COUNT(*) FROM sealed_text WHERE key = ?"
_NAMES = "SELECT name FROM sealed_text WHERE key = ? ORDER BY name LIMIT ?"
_TEXT = "DELETE FROM sealed_text WHERE name = ? AND key = ?"
_SHRED = "DELETE FROM content_key WHERE id = ?"


def tenant_key(ask: Asked, masters: Masters, tenant: str) -> TenantKey | None:
    """Return what gives names in *tenant*; `None` if nothing was ever kept there. Raises `LineageUnavailable`."""
    rows = ask.rows(_KEY, tenant, TENANT, b"")
    if not rows:
        return None
    _, master, wrapped = rows[0]
    return TenantKey(masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound_key(tenant, TENANT, b"")))


def number(ask: Asked, tenant: str, kind: str, owner: bytes) -> int | None:
    """Return the number of the key of *owner*; `None` if it has none."""
    rows = ask.rows(_KEY, tenant, kind, owner)
    return int(rows[0][0]) if rows else None


def count(ask: Asked, key: int) -> int:
    """Return how many texts the *key* of that number has sealed."""
    return int(ask.rows(_COUNT, key)[0][0])


def remove(ask: Asked, key: int, limit: int = 1 << 30) -> list[str]:
    """Remove at most *limit* texts that *key* has sealed, and return their names."""
    names = [bytes(name) for (name,) in ask.rows(_NAMES, key, limit)]
    ask.run(_TEXT, *((name, key) for name in names))
    return [name.hex() for name in names]


def shred(ask: Asked, key: int) -> None:
    """Remove *key* itself, which has to be the last: only by it its texts are known."""
    ask.run(_SHRED, (key,))
