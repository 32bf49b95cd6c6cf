"""Which policy set decided a response stands in its intent alone: few ask for it, in a fourth of the row."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let go of the column."""
    op.drop_column("response", "policy")


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
