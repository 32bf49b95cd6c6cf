"""The log, its catalogue and what is derived from it."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EMPTY_ROOT = hashlib.sha256(b"").digest()


def upgrade() -> None:
    """Create the tables, and the tree of a log without entries."""
    op.create_table(
        "blob",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest"),
    )
    op.create_table(
        "event",
        sa.Column("idx", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("catalogue", sa.LargeBinary(), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx"),
        sa.UniqueConstraint("id"),
    )
    tree = op.create_table(
        "tree",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "finding",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("border", sa.String(), nullable=False),
        sa.Column("detector", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "response",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("application", sa.String(), nullable=False),
        sa.Column("end_user", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("policy", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["event.idx"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_response_tenant_seq", "response", ["tenant", "seq"])
    op.create_table(
        "salt",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("event"),
    )
    op.create_table(
        "source",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("event", BIG, nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "namespace", "name"),
    )
    op.create_index("ix_source_event", "source", ["event"])
    op.create_table(
        "document",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("event", BIG, nullable=False),
        sa.Column("source", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.ForeignKeyConstraint(["source"], ["source.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "name"),
    )
    op.create_index("ix_document_event", "document", ["event"])
    op.create_index("ix_document_name", "document", ["name"])
    op.create_table(
        "outcome",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("event", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.ForeignKeyConstraint(["seq"], ["response.seq"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "document_version",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("event", BIG, nullable=False),
        sa.Column("document", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("labels", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.id"]),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document", "digest"),
    )
    op.create_index("ix_document_version_event", "document_version", ["event"])
    op.create_table(
        "chunk",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("event", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("labels", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.ForeignKeyConstraint(["version"], ["document_version.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version", "ordinal", "digest"),
    )
    op.create_index("ix_chunk_event", "chunk", ["event"])
    op.create_table(
        "ingestion",
        sa.Column("event", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("labels", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.idx"]),
        sa.ForeignKeyConstraint(["version"], ["document_version.id"]),
        sa.PrimaryKeyConstraint("event", "position"),
    )
    op.create_index("ix_ingestion_version_event", "ingestion", ["version", "event"])
    op.create_table(
        "edge",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chunk", BIG, nullable=False),
        sa.Column("rank", BIG, nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["chunk"], ["chunk.id"]),
        sa.ForeignKeyConstraint(["seq"], ["response.seq"]),
        sa.PrimaryKeyConstraint("seq", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_edge_chunk_seq", "edge", ["chunk", "seq", "state"])
    op.bulk_insert(tree, [{"id": 1, "size": 0, "root": EMPTY_ROOT, "frontier": bytes(8)}])


def downgrade() -> None:
    """Refuse: a record that was kept is not taken back."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
