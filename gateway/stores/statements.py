"""SQL text, made once from the tables for one database and then handed to its driver as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
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
    """Makes statements for the database that *url* names. All of one kind of database are equal: they make the same."""

    def __init__(self, url: URL) -> None:
        self._sqlite = url.drivername == "sqlite"
        self._dialect = _dialect(self._sqlite)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statements) and other._sqlite == self._sqlite

    def __hash__(self) -> int:
        return hash(self._sqlite)

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
        return _insert(self, model, once)

    def newest(self, model: type[SQLModel], column: str) -> Statement:
        """Return the statement that adds such a row; of one that is there *column* is set, if that makes it larger."""
        return _newest(self, model, column)

    def inserting(self, into: Table) -> sqlite.Insert | postgresql.Insert:
        """Return what adds a row *into* a table, in the words of this database."""
        return sqlite.insert(into) if self._sqlite else postgresql.insert(into)

    def compiled(self, statement: Executable) -> Statement:
        """Return *statement*, in which every parameter is a `bindparam` with a name, as text."""
        made = cast(SQLCompiler, cast(Any, statement).compile(dialect=self._dialect))
        usual = {name: value for name, value in made.params.items() if value is not None}
        return Statement(made.string, tuple(made.positiontup or ()), usual)


def table(model: type[SQLModel]) -> Table:
    """Return the table of *model*."""
    return cast(Table, cast(Any, model).__table__)


@cache
def _dialect(is_sqlite: bool) -> Dialect:
    made: Any = sqlite.dialect if is_sqlite else PGDialect_psycopg
    return cast(Dialect, made(paramstyle="qmark" if is_sqlite else "format"))


@cache
def _insert(statements: Statements, model: type[SQLModel], once: bool) -> Statement:
    statement = statements.inserting(table(model))
    return statements.compiled(statement.on_conflict_do_nothing() if once else statement)


@cache
def _newest(statements: Statements, model: type[SQLModel], column: str) -> Statement:
    row = table(model)
    statement = statements.inserting(row)
    new = statement.excluded[column]
    key = [*row.primary_key]
    return statements.compiled(
        statement.on_conflict_do_update(index_elements=key, set_={column: new}, where=row.c[column] < new)
    )
