"""Passages, whose they are, and fingerprints of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "passage",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", BIG, nullable=False),
        sa.Column("kin", BIG, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "registration",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("passage", BIG, nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("labels", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["passage"], ["passage.id"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("identity"),
    )
    op.create_index("ix_registration_passage", "registration", ["passage"])
    op.create_index("ix_registration_owner", "registration", ["owner"])
    op.create_table(
        "answer_print",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("hash", BIG, autoincrement=False, nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash", "run"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
