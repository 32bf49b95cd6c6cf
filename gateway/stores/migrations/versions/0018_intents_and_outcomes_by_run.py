"""Intents and outcomes are found by their run, which is indexed anyway: an index of ids has all other events alone."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BY_ID = sa.text("type NOT IN ('intent', 'outcome')")


def upgrade() -> None:
    """Make the smaller index. SQLite gives up the larger one only with its table, which is copied for that."""
    if op.get_context().dialect.name == "sqlite":
        _copy()
    else:
        op.drop_constraint("event_id_key", "event")
    op.create_index("ix_event_id", "event", ["id"], unique=True, sqlite_where=BY_ID, postgresql_where=BY_ID)


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")


def _copy() -> None:
    op.execute("PRAGMA secure_delete = ON")  # nothing that is erased later may stand in what is dropped here
    op.create_table(
        "event_copied",
        sa.Column("idx", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("catalogue", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("idx"),
    )
    op.execute("INSERT INTO event_copied SELECT * FROM event")  # in these words rows are copied as they are
    op.drop_table("event")
    op.rename_table("event_copied", "event")
    policy = sa.text("type = 'policy'")
    op.create_index("ix_event_policy", "event", ["idx"], sqlite_where=policy)
