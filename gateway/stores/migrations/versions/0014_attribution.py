"""Which chunk each sentence of an answer is attributed to."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "attribution",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("sentence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("chunk", BIG, nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "sentence"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attribution_chunk_seq", "attribution", ["chunk", "seq"])


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
