"""Edges that later entries tell of, the trace by which they find their response, breaches, and spans that wait."""

import sqlalchemy as sa
from alembic import op

from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_trace

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 500
_TRACED = sa.text("trace IS NOT NULL")


def upgrade() -> None:
    """Create the tables and the column, and fill it from the intents that are there."""
    op.create_table(
        "breach",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )
    op.create_index("ix_breach_tenant", "breach", ["tenant", "event"])
    op.create_table(
        "span",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "trace", "name"),
    )
    op.create_index("ix_span_until", "span", ["until"])
    op.add_column("response", sa.Column("trace", sa.LargeBinary(), nullable=True))
    _fill(op.get_bind())
    op.create_index("ix_response_trace", "response", ["trace"], sqlite_where=_TRACED, postgresql_where=_TRACED)
    if op.get_bind().dialect.name != "sqlite":  # where an INTEGER has 64 bits already
        op.alter_column("edge", "position", type_=sa.BigInteger(), existing_type=sa.Integer(), existing_nullable=False)


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")


def _fill(connection: sa.Connection) -> None:
    """Write to each response the trace of its intent. What was altered before has none: verification finds it."""
    event = sa.table("event", *map(sa.column, ("idx", "type", "detail")))
    response = sa.table("response", *map(sa.column, ("seq", "trace")))
    intents = sa.select(event.c.idx, event.c.detail).where(event.c.type == "intent").order_by(event.c.idx).limit(PAGE)
    update = sa.update(response).where(response.c.seq == sa.bindparam("idx")).values(trace=sa.bindparam("found"))
    first = -1
    while rows := connection.execute(intents.where(event.c.idx > first)).all():
        found = [{"idx": row.idx, "found": trace} for row in rows if (trace := _trace(row.detail))]
        if found:
            connection.execute(update, found)
        first = rows[-1].idx


def _trace(detail: bytes) -> bytes | None:
    try:
        return pack_trace(getattr(decode("intent", compressor().unpack(detail)), "trace_id", ""))
    except ValueError:
        return None
