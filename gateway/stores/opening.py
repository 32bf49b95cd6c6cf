"""Opens stores and ledgers; sees to it that their tables are there."""

from pathlib import Path

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from gateway.domain.errors import LineageUnavailable
from gateway.lineage.notes import Signer
from gateway.stores.connecting import BUSY_SECONDS, file, locked, parsed, translated
from gateway.stores.masters import Masters, default_masters
from gateway.stores.pool import Readers
from gateway.stores.reading import SQLLedger
from gateway.stores.resealing import Resealing
from gateway.stores.sql import SQLStore
from gateway.stores.statements import ONE_LOG

HEAD = "0018"
"""The migration that the tables of this release have."""

SNAPSHOT = Path(__file__).parent / "migrations" / "sqlite.sql"
"""What all migrations together make of a new SQLite file (`python -m tests.stores.snapshot` writes it)."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_store(url: str, signer: Signer | None = None, masters: Masters | None = None) -> SQLStore:
    """Return the store at *url*, whose database is created or brought up to date; *signer* signs its checkpoints.

    *masters* open and seal its texts; without any, those in the usual file. Raises `ConfigurationError` for an address
    that cannot be used and when the keys of texts are missing, `LineageUnavailable` for a database that does not
    answer or cannot be written.
    """
    upgrade(url)
    known = masters or default_masters(parsed(url))
    reseal(url, known)
    return SQLStore(url, signer, known)


def open_ledger(url: str, masters: Masters | None = None, beside: Readers | None = None) -> SQLLedger:
    """Return the ledger over the store at *url*, which `open_store` or `upgrade` has prepared."""
    return SQLLedger(url, masters, beside)


def upgrade(url: str) -> None:
    """Create the tables at *url* or bring them up to date; a SQLite file is created with its folder, for its owner."""
    address = parsed(url)
    with translated("the lineage database cannot be prepared"):
        if address.drivername == "sqlite":
            file(address).parent.mkdir(parents=True, exist_ok=True)
            if not file(address).exists():
                file(address).touch(mode=0o600)  # it names people; what SQLite keeps beside it gets the same mode
        engine = _engine(address)
        try:
            with engine.begin() as connection:
                if address.drivername == "sqlite" and not inspect(connection).get_table_names():
                    _make(connection)
                if revision(connection) != HEAD:
                    _migrate(connection)
        except DBAPIError as exc:
            # SQLAlchemy's own words would repeat statement and parameters.
            raise exc.orig or exc from None
        finally:
            engine.dispose()


def reseal(url: str, masters: Masters) -> None:
    """Seal with *masters* what an earlier release has left in the clear at *url*, whose tables are up to date.

    Raises `ConfigurationError` when *masters* have not the keys that the other texts are sealed with.
    """
    with translated("the lineage database cannot be prepared"):
        Resealing(parsed(url), masters).run()


def revision(connection: Connection) -> str | None:
    """Return the migration that the tables have, `None` without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _make(connection: Connection) -> None:
    """Make the tables of a new file as all migrations would, in a hundredth of their time."""
    for statement in SNAPSHOT.read_text("utf-8").split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def _migrate(connection: Connection) -> None:
    # Imported here: Alembic costs a start a quarter of a second, and nearly every start finds nothing to do.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as exc:
        raise LineageUnavailable(
            f"the lineage database was made by a later release (migration {revision(connection)}, not {HEAD})"
        ) from exc


def _engine(url: URL) -> Engine:
    """Return an engine whose transactions are alone from their first statement on."""
    if url.drivername != "sqlite":
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": int(BUSY_SECONDS)})
        event.listen(engine, "begin", _lock_postgres)
        return engine
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None})
    event.listen(engine, "begin", _lock_sqlite)
    return engine


def _lock_sqlite(connection: Connection) -> None:
    # Both settings belong to the file, and can only be made before it is written.
    cursor = connection.connection.cursor()
    locked(cursor, ("PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE"))
    cursor.close()


def _lock_postgres(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_LOG})")
