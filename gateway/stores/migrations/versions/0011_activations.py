"""The entries that say which policies decide are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

POLICY = sa.text("type = 'policy'")


def upgrade() -> None:
    """Create the index, which has those entries and no other."""
    op.create_index("ix_event_policy", "event", ["idx"], sqlite_where=POLICY, postgresql_where=POLICY)


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
