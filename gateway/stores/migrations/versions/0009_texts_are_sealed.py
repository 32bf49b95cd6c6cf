"""Texts are sealed: keys of subjects and documents, the texts under them, and when rows were erased last."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; `resealing` moves the texts, since that takes keys."""
    op.create_table(
        "content_key",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "kind", "owner"),
    )
    op.create_table(
        "sealed_text",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("key", BIG, autoincrement=False, nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "key"),
    )
    op.create_index("ix_sealed_text_used", "sealed_text", ["used"])
    op.add_column("tree", sa.Column("epoch", BIG, nullable=False, server_default="0"))
    with op.batch_alter_table("tree") as tree:
        tree.alter_column("epoch", server_default=None)


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
