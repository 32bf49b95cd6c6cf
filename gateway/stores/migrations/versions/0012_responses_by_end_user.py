"""What somebody asked is found by who asked."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_response_end_user_seq", "response", ["end_user", "seq"])


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
