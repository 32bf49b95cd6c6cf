"""Writes the tables of a new SQLite file as one script, which a start reads instead of all migrations.

After a new migration: `python -m tests.stores.snapshot`.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from gateway.stores import opening
from gateway.stores.connecting import parsed


def migrated(path: Path) -> None:
    """Make the database *path* as the migrations make it, one after the other."""
    engine = opening._engine(parsed(f"sqlite:///{path}"))
    with engine.begin() as connection:
        opening._migrate(connection)
    engine.dispose()


def script(path: Path) -> str:
    """Return the statements that make a database with the tables and the rows of *path*."""
    with closing(sqlite3.connect(path)) as connection:
        made = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                values = ", ".join(_literal(value) for value in row)
                made.append(f'INSERT INTO "{table}" VALUES ({values})')
    assert not any(";" in statement for statement in made)
    return ";\n\n".join(statement.strip() for statement in made) + ";\n"


def _literal(value: object) -> str:
    return f"X'{value.hex()}'" if isinstance(value, bytes) else f"'{value}'" if isinstance(value, str) else str(value)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        migrated(Path(folder) / "lineage.db")
        opening.SNAPSHOT.write_text(script(Path(folder) / "lineage.db"))
