"""The questions of proofs and checkpoints to the tables (see queries.py)."""

from typing import Any

from sqlalchemy import Select, bindparam, func, select

from gateway.stores.aggregates import joined, listed
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.nodes import own
from gateway.stores.queries import EVENT, OUTCOME, RESPONSE, TREE, Asking
from gateway.stores.statements import table
from gateway.stores.tables import AnchorRow, CheckpointRow, EventRow, KeyRow, LeafRow, OutcomeRow, ResponseRow, SaltRow

LEAF, CHECKPOINT, KEY = table(LeafRow).c, table(CheckpointRow).c, table(KeyRow).c

AT_ONCE = 32
"""Leaves that `some` asks for."""

PLACES = tuple(f"n{number}" for number in range(AT_ONCE))


def tree(tenant: bool) -> Select[Any]:
    """What the tree says of itself."""
    return select(TREE.size, TREE.root, TREE["keys"])


def some(tenant: bool) -> Select[Any]:
    """What stands of the tree beside the leaves `n0`, `n1` …, of which some may be the same."""
    return select(LEAF.idx, LEAF.hashes).where(LEAF.idx.in_([bindparam(place) for place in PLACES]))


def leaf_hash(ask: Asking, index: int) -> bytes | None:
    """Return the hash of the leaf of the entry *index*; `None` if there is none. Of a damaged one it is another one."""
    rows = ask(leaves, first=index, limit=1)
    return hashed(rows[0]) if rows and rows[0][0] == index else None


def hashed(row: Row) -> bytes | None:
    """Return the hash of the leaf in *row* (`leaves`); `None` if nothing tells it. Of a damaged one it is another."""
    _, hashes, data = row
    return own(bytes(hashes), None if data is None else unpacked(bytes(data)))


def unpacked(packed: bytes) -> bytes:
    """Return the leaf that is stored as *packed*; something that is no leaf, if that was damaged."""
    try:
        return compressor().unpack(packed)
    except ValueError:
        return b""


def leaves(tenant: bool) -> Select[Any]:
    """At most `limit` leaves from `first` on."""
    return (
        select(LEAF.idx, LEAF.hashes, LEAF.data)
        .where(LEAF.idx >= bindparam("first"))
        .order_by(LEAF.idx)
        .limit(bindparam("limit"))
    )


def page(tenant: bool) -> Select[Any]:
    """The same in one row: how many, the first and the last, and hashes, sizes and data of all, joined."""
    each = leaves(tenant).subquery().c
    columns: tuple[Any, ...] = (func.count(), func.min(each.idx), func.max(each.idx))
    return select(*columns, joined(each.hashes), listed(func.length(each.data)), joined(each.data))


def checkpoints(tenant: bool) -> Select[Any]:
    """The checkpoints of sizes from `first` to `last`."""
    found = select(*CHECKPOINT).where(CHECKPOINT.size >= bindparam("first"), CHECKPOINT.size <= bindparam("last"))
    return found.order_by(CHECKPOINT.size)


def covering(tenant: bool) -> Select[Any]:
    """The first checkpoint of at least `size` entries."""
    return select(*CHECKPOINT).where(CHECKPOINT.size >= bindparam("size")).order_by(CHECKPOINT.size).limit(1)


def newest(tenant: bool) -> Select[Any]:
    """The newest checkpoint."""
    return select(*CHECKPOINT).order_by(CHECKPOINT.size.desc()).limit(1)


def keys(tenant: bool) -> Select[Any]:
    """The keys that ever signed, in the order in which they began to."""
    return select(KEY.event, KEY.key).order_by(KEY.event)


def anchors(tenant: bool) -> Select[Any]:
    """The checkpoints that were copied to another place, in that order."""
    columns = table(AnchorRow).c
    return select(*columns).order_by(columns.event)


def activity(tenant: bool) -> Select[Any]:
    """The first event from `first` on that is not an anchor."""
    return select(EVENT.idx).where(EVENT.idx >= bindparam("first"), EVENT.type != "anchor").order_by(EVENT.idx).limit(1)


def places(tenant: bool) -> Select[Any]:
    """Where intent and outcome of the response `id` stand, and whose it is."""
    found = (
        select(RESPONSE.seq, OUTCOME.event, RESPONSE.tenant)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .where(RESPONSE.id == bindparam("id"))
    )
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found


def entry(tenant: bool) -> Select[Any]:
    """The entry `index` with its leaf and secret."""
    salt = table(SaltRow).c
    return (
        select(EVENT.type, EVENT.detail, EVENT.catalogue, salt.secret, LEAF.data)
        .join_from(table(EventRow), table(LeafRow), LEAF.idx == EVENT.idx)
        .outerjoin(table(SaltRow), salt.event == EVENT.idx)
        .where(EVENT.idx == bindparam("index"))
    )
