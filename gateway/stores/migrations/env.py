"""What Alembic runs: the migrations on the connection that `opening.upgrade` hands over, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

from gateway.stores import tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
