"""Leaves in their own table, with the nodes of the tree; signed checkpoints; the key that signs."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.domain.runs import RunEvent, RunState
from gateway.lineage.evidence import leaf
from gateway.lineage.merkle import Frontier, leaf_hash
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_id, unpack_time

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 500


def upgrade() -> None:
    """Create the tables, fill the leaves of the log that is there, and let go of their hashes in `event`."""
    leaves = op.create_table(
        "leaf",
        sa.Column("idx", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["idx"], ["event.idx"]),
        sa.PrimaryKeyConstraint("idx"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("base", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "signing_key",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )
    op.create_table(
        "anchor",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )
    op.add_column("tree", sa.Column("keys", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("tree") as tree:
        tree.alter_column("keys", server_default=None)
    for rows in _leaves(op.get_bind()):
        op.bulk_insert(leaves, rows)
    op.execute("ALTER TABLE event DROP COLUMN leaf_hash")


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")


def _leaves(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """Yield rows of `leaf`, a page at a time. What was altered before stays so: verification finds it."""
    event, salt = (sa.table(name, *map(sa.column, columns)) for name, columns in _COLUMNS.items())
    entries = sa.select(event, salt.c.secret).outerjoin_from(event, salt, salt.c.event == event.c.idx)
    frontier, first = Frontier(), -1
    while rows := connection.execute(entries.where(event.c.idx > first).order_by(event.c.idx).limit(PAGE)).all():
        yield [{"idx": row.idx, "hashes": frontier.append(row.leaf_hash), "data": _leaf(row)} for row in rows]
        first = rows[-1].idx


def _leaf(row: sa.Row[tuple[object, ...]]) -> bytes | None:
    """Return the leaf of *row*; `None` if what is stored no longer gives the one that the log has."""
    unpack = compressor().unpack
    try:
        detail = unpack(row.detail)
        catalogue = b"" if row.catalogue is None else unpack(row.catalogue)
        body = decode(row.type, detail)
        event = RunEvent(
            unpack_id(row.run), RunState(row.state), body, row.tenant, unpack_id(row.id), unpack_time(row.at)
        )
        data = leaf(event, detail, catalogue, row.secret or b"")
    except (ValueError, OverflowError):
        return None
    return compressor().pack_leaf(data) if leaf_hash(data) == row.leaf_hash else None


_COLUMNS = {
    "event": ("idx", "id", "run", "type", "state", "at", "tenant", "detail", "catalogue", "leaf_hash"),
    "salt": ("event", "secret"),
}
