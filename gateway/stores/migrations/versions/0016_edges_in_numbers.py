"""What an edge says in numbers: edges are most of all rows, and rank, score and rule stand in the event."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

STATES = "CASE state WHEN 'sent' THEN 0 WHEN 'dropped' THEN 1 WHEN 'masked' THEN 2 WHEN 'retrieved' THEN 3 ELSE 4 END"
HOWS = (
    "CASE how WHEN 'recognised' THEN 0 WHEN 'declared' THEN 1 WHEN 'retrieved' THEN 2 WHEN 'inherited' THEN 3"
    " ELSE 4 END"
)


def upgrade() -> None:
    """Turn words into numbers, and leave out what nobody asks for here."""
    op.drop_index("ix_edge_chunk_seq", "edge")
    if op.get_context().dialect.name == "sqlite":
        op.rename_table("edge", "edge_in_words")
        op.create_table(
            "edge",
            sa.Column("seq", BIG, autoincrement=False, nullable=False),
            sa.Column("position", BIG, autoincrement=False, nullable=False),
            sa.Column("chunk", BIG, nullable=False),
            sa.Column("state", sa.Integer(), nullable=False),
            sa.Column("how", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(["chunk"], ["chunk.id"]),
            sa.ForeignKeyConstraint(["seq"], ["response.seq"]),
            sa.PrimaryKeyConstraint("seq", "position"),
            sqlite_with_rowid=False,
        )
        op.execute(
            f"INSERT INTO edge SELECT seq, position, chunk, {STATES}, {HOWS} FROM edge_in_words ORDER BY seq, position"  # noqa: S608
        )
        op.drop_table("edge_in_words")
    else:
        op.execute(
            f"ALTER TABLE edge ALTER COLUMN state TYPE INTEGER USING {STATES},"
            f" ALTER COLUMN how TYPE INTEGER USING {HOWS},"
            " DROP COLUMN rank, DROP COLUMN score, DROP COLUMN rule"
        )
    op.create_index("ix_edge_chunk_seq", "edge", ["chunk", "seq", "state"])


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
