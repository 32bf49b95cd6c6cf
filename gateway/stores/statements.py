"""SQL text, made once from the tables for one database and then handed to its driver as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import SQLModel

ONE_LOG = 0x6C696E6577617264
"""Key of PostgreSQL's advisory lock: while it is held, nobody else appends."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with positional parameters, and which value each position takes."""

    text: str
    names: tuple[str, ...] = ()
    usual: Mapping[str, object] = field(default_factory=dict)
    """Values of the parameters that the statement brings itself."""


class Statements:
    """Makes statements for the database that *url* names."""

    def __init__(self, url: URL) -> None:
        self._sqlite = url.drivername == "sqlite"
        made: Any = sqlite.dialect if self._sqlite else PGDialect_psycopg
        self._dialect: Dialect = made(paramstyle="qmark" if self._sqlite else "format")

    @property
    def begin(self) -> Sequence[str]:
        """What starts a transaction that appends: from here to its end there is no other."""
        if self._sqlite:
            return ("BEGIN IMMEDIATE",)
        return ("BEGIN", f"SELECT pg_advisory_xact_lock({ONE_LOG})")

    @property
    def snapshot(self) -> Statement:
        """What starts a transaction that reads one state of the database, however long it takes."""
        return Statement("BEGIN" if self._sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def insert(self, model: type[SQLModel], *, once: bool = False) -> Statement:
        """Return the statement that adds a row with all columns in order; *once*: a row that is there stays."""
        statement = (sqlite.insert if self._sqlite else postgresql.insert)(table(model))
        return self.compiled(statement.on_conflict_do_nothing() if once else statement)

    def newest(self, model: type[SQLModel], column: str) -> Statement:
        """Return the statement that adds such a row; of one that is there *column* is set, if that makes it larger."""
        row = table(model)
        statement = (sqlite.insert if self._sqlite else postgresql.insert)(row)
        new = statement.excluded[column]
        key = [*row.primary_key]
        return self.compiled(
            statement.on_conflict_do_update(index_elements=key, set_={column: new}, where=row.c[column] < new)
        )

    def compiled(self, statement: Executable) -> Statement:
        """Return *statement*, in which every parameter is a `bindparam` with a name, as text."""
        made = cast(SQLCompiler, cast(Any, statement).compile(dialect=self._dialect))
        usual = {name: value for name, value in made.params.items() if value is not None}
        return Statement(made.string, tuple(made.positiontup or ()), usual)


def table(model: type[SQLModel]) -> Table:
    """Return the table of *model*."""
    return cast(Table, cast(Any, model).__table__)
