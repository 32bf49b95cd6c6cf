"""Databases for tests of what stands beside the record: new ones in SQLite and PostgreSQL, tables and all."""

from gateway.domain.digests import new_id
from gateway.stores.opening import upgrade


def prepared(database):
    """Return the address of a new database that *database* (`STORES` of the contract) makes, tables and all."""
    url = database(f"log_{new_id().replace('-', '')}")
    upgrade(url)
    return url
