"""Legal holds, and what was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "hold",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )
    op.create_index("ix_hold_tenant", "hold", ["tenant", "event"])
    op.create_table(
        "erasure",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
