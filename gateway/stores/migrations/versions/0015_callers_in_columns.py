"""Who made the responses, in columns, so that the blast radius of what feeds everybody is counted quickly."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table; a follower fills it, also with what was recorded before."""
    op.create_table(
        "caller_block",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("applications", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def downgrade() -> None:
    """Refuse, as every migration of the database with the record does."""
    raise NotImplementedError("the lineage record is not removed by a migration; delete the database yourself")
