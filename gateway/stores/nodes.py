"""What is stored of the Merkle tree beside each leaf: little, and enough to find every node again.

Nodes over fewer than eight leaves follow from those leaves, which stand side by side. So a row holds the first bytes of
its leaf's hash, by which an altered leaf is told from its neighbours, and the nodes over eight leaves and more that end
with it. Earlier releases stored all nodes that end there (`Frontier.append`), the leaf's own hash first; such rows are
read as they are.
"""

from gateway.lineage.merkle import HASH_SIZE, leaf_hash

LOW = 3
"""The level of the smallest subtrees whose roots are stored: of eight leaves."""

GROUP = 1 << LOW

_CHECK = 4
"""Bytes of a leaf's hash that are stored."""


def stored(ending: bytes) -> bytes:
    """Return what is stored of the nodes *ending* with a leaf, as `Frontier.append` returned them."""
    return ending[:_CHECK] + ending[LOW * HASH_SIZE :]


def there(hashes: bytes | None) -> bool:
    """Return whether *hashes*, as they stand beside a leaf, are more than nothing."""
    return hashes is not None and len(hashes) >= _CHECK


def whole(hashes: bytes) -> bool:
    """Return whether *hashes* are those of an earlier release, the leaf's own first."""
    return len(hashes) % HASH_SIZE == 0


def alike(hashes: bytes, ending: bytes) -> bool:
    """Return whether *hashes* hold the nodes *ending* with a leaf, as far as they are stored; its own is not looked at.

    Those of an earlier release do if they hold all.
    """
    if whole(hashes):
        return hashes[HASH_SIZE:] == ending[HASH_SIZE:]
    return hashes[_CHECK:] == ending[LOW * HASH_SIZE :]


def fits(hashes: bytes, hashed: bytes) -> bool:
    """Return whether the leaf beside which *hashes* stand may have the hash *hashed*."""
    size = HASH_SIZE if whole(hashes) else _CHECK
    return hashes[:size] == hashed[:size]


def node(hashes: bytes, level: int) -> bytes:
    """Return the root of the 2 to the power of *level* leaves, at least eight, that end there; nothing without it."""
    start = level * HASH_SIZE if whole(hashes) else _CHECK + (level - LOW) * HASH_SIZE
    return hashes[start : start + HASH_SIZE]


def own(hashes: bytes, leaf: bytes | None) -> bytes | None:
    """Return the hash of a *leaf* beside which *hashes* stand; `None` if neither tells it."""
    if leaf is not None:
        return leaf_hash(leaf)
    return hashes[:HASH_SIZE] if hashes and whole(hashes) else None
