import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from gateway.domain.documents import ChunkState, How
from gateway.domain.errors import ConfigurationError, LineageUnavailable
from gateway.stores import opening
from gateway.stores.connecting import parsed, writing
from gateway.stores.opening import HEAD, open_ledger, open_store, upgrade
from gateway.stores.packing import HOWS, STATES
from tests.stores.databases import rows
from tests.stores.earlier import all_nodes, in_the_clear, left_by
from tests.stores.material import activated, chunk, edges, faults, run
from tests.stores.snapshot import migrated, script


def test_the_folder_of_a_new_file_is_made(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/a/b/lineage.db")
    indexes = store.append(run())
    store.close()

    assert list(indexes) == [0, 1]
    assert (tmp_path / "a" / "b" / "lineage.db").is_file()


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    """It holds names of people and documents; one that is there already keeps the mode that somebody gave it."""
    path = tmp_path / "lineage.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.append(run())
        modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.glob("lineage.db*")}
    path.chmod(0o640)
    upgrade(f"sqlite:///{path}")

    assert set(modes) >= {"lineage.db", "lineage.db-wal"}
    assert set(modes.values()) == {0o600}
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_log_goes_on_when_it_is_opened_again(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    for _ in range(3):
        store = open_store(url)
        last = store.append(run())
        store.close()
    ledger = open_ledger(url)
    found = faults(ledger)
    ledger.close()

    assert list(last) == [4, 5]
    assert found == []


def test_the_last_migration_is_the_one_that_this_release_wants():
    config = Config()
    config.set_main_option("script_location", str(opening._MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_new_file_is_made_as_the_migrations_make_it(tmp_path):
    """If this fails there is a new migration: `python -m tests.stores.snapshot` writes what it changes."""
    upgrade(f"sqlite:///{tmp_path}/made.db")
    migrated(tmp_path / "migrated.db")

    assert script(tmp_path / "made.db") == script(tmp_path / "migrated.db")
    assert opening.SNAPSHOT.read_text() == script(tmp_path / "migrated.db")


def test_a_new_file_is_made_without_the_migrations(tmp_path):
    lines = (
        "import sys\nfrom gateway.stores.opening import upgrade\nupgrade(sys.argv[1])\nprint('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", lines, f"sqlite:///{tmp_path}/lineage.db"]

    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


def test_a_record_is_not_migrated_away(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/lineage.db")
    engine = create_engine(f"sqlite:///{tmp_path}/lineage.db")
    config = Config()
    config.set_main_option("script_location", str(opening._MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(NotImplementedError):
            command.downgrade(config, "base")
    engine.dispose()


def test_many_may_open_a_new_log_at_once(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    failures = []

    def work():
        try:
            upgrade(url)
        except Exception as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_the_disk_is_asked_to_keep_every_commit(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/lineage.db")
    store.append(run())
    cursor = store._connection.cursor()
    found = {}
    for pragma in ("journal_mode", "synchronous", "foreign_keys"):
        cursor.execute(f"PRAGMA {pragma}")
        found[pragma] = cursor.fetchone()[0]
    store.close()

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://root@localhost/x",
        "postgresql://localhost/x",
        "lineage.db",
        "",
        "sqlite:///lineage.db?mode=memory&uri=true",
    ],
)
def test_an_address_that_keeps_no_record_is_refused(url):
    with pytest.raises(ConfigurationError, match="lineage store"):
        open_store(url)


def test_a_password_does_not_stand_in_the_refusal():
    with pytest.raises(ConfigurationError) as caught:
        open_store("mysql://root:hunter2@localhost/x")

    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "lineage.db").write_bytes(b"Dear diary, today " * 100)

    with pytest.raises(LineageUnavailable, match="cannot be prepared"):
        open_store(f"sqlite:///{tmp_path}/lineage.db")


def test_a_server_that_is_not_there_is_refused_without_its_password():
    with pytest.raises(LineageUnavailable) as caught:
        open_store("postgresql+psycopg://u:hunter2@127.0.0.1:9/x")

    assert "hunter2" not in caught.value.message


def test_a_database_of_a_later_release_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    upgrade(url)
    connection = sqlite3.connect(tmp_path / "lineage.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    with pytest.raises(LineageUnavailable, match="later release"):
        open_store(url)


def test_opening_a_log_that_is_up_to_date_does_not_load_alembic(tmp_path):
    """It would cost each start a quarter of a second."""
    url = f"sqlite:///{tmp_path}/lineage.db"
    upgrade(url)
    code = f"import sys; from gateway.stores.opening import upgrade; upgrade({url!r}); print('alembic' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


EARLIER = {
    "alembic_version", "answer_print", "blob", "chunk", "document", "document_version", "edge", "event", "finding",
    "ingestion", "outcome", "passage", "registration", "response", "salt", "source", "tree",
}  # fmt: skip
"""Tables that the release before leaves had."""


def test_a_log_of_the_release_before_gets_its_leaves(tmp_path):
    """What cannot be derived any more is left out, and verification says so."""
    url = f"sqlite:///{tmp_path}/lineage.db"
    store = open_store(url)
    events = [event for number in range(5) for event in run(end_user=f"u-{number}")]
    store.append(events)
    store.close()
    in_the_clear(url, events)
    with closing(sqlite3.connect(tmp_path / "lineage.db")) as connection:
        packed = [data for (data,) in connection.execute("SELECT data FROM leaf ORDER BY idx")]
        leaves = [(*one, data) for one, data in zip(enumerate(all_nodes(packed)), packed, strict=True)]
        connection.executemany("UPDATE leaf SET hashes = ? WHERE idx = ?", [(one[1], one[0]) for one in leaves])
        connection.execute("ALTER TABLE event ADD COLUMN leaf_hash BLOB NOT NULL DEFAULT X''")
        own = "SELECT substr(hashes, 1, 32) FROM leaf WHERE leaf.idx = event.idx"
        connection.execute(f"UPDATE event SET leaf_hash = ({own})")
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in names - EARLIER:
            connection.execute(f"DROP TABLE {name}")
        later = ("response_trace", "response_end_user_seq", "chunk_digest", "document_version_digest", "event_policy")
        for index in (f"ix_{name}" for name in later):
            connection.execute(f"DROP INDEX {index}")
        in_words(connection)
        connection.execute("ALTER TABLE response ADD COLUMN policy BLOB NOT NULL DEFAULT X''")
        connection.execute("ALTER TABLE response DROP COLUMN trace")
        connection.execute("ALTER TABLE tree DROP COLUMN keys")
        connection.execute("ALTER TABLE tree DROP COLUMN epoch")
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
        connection.execute("UPDATE event SET tenant = 'altered' WHERE idx = 7")
        connection.commit()
    open_store(url).close()
    with closing(sqlite3.connect(tmp_path / "lineage.db")) as connection:
        again = connection.execute("SELECT idx, hashes, data FROM leaf ORDER BY idx").fetchall()
        connection.execute("UPDATE event SET tenant = 'acme' WHERE idx = 7")
        connection.commit()
    with closing(open_ledger(url)) as ledger:
        found = [step for step in ledger.verify() if not isinstance(step, int)]

    assert again[:7] == leaves[:7] and again[8:] == leaves[8:]
    assert again[7] == (7, leaves[7][1], None)
    assert {fault.index for fault in found} == {7}


WORDS = """CREATE TABLE edge (seq INTEGER NOT NULL, position INTEGER NOT NULL, chunk INTEGER NOT NULL,
    rank INTEGER NOT NULL, score FLOAT, state VARCHAR NOT NULL, how VARCHAR NOT NULL, rule VARCHAR,
    PRIMARY KEY (seq, position)) WITHOUT ROWID"""
"""Edges as they were before migration 0016."""


def in_words(connection):
    """Put the edges in SQLite back as they were."""
    edges = connection.execute("SELECT seq, position, chunk, state, how FROM edge").fetchall()
    connection.execute("DROP TABLE edge")
    connection.execute(WORDS)
    connection.execute("CREATE INDEX ix_edge_chunk_seq ON edge (chunk, seq, state)")
    connection.executemany("INSERT INTO edge VALUES (?, ?, ?, 1, 0.5, ?, ?, NULL)", [
        (*numbers, STATES[state].value, HOWS[how].value) for *numbers, state, how in edges
    ])  # fmt: skip


def in_words_on_the_server(connection):
    """Put those in PostgreSQL back."""
    for column, words in (("state", STATES), ("how", HOWS)):
        cases = " ".join(f"WHEN {number} THEN '{word.value}'" for number, word in enumerate(words))
        connection.execute(f"ALTER TABLE edge ALTER COLUMN {column} TYPE VARCHAR USING CASE {column} {cases} END")
    connection.execute("ALTER TABLE edge ADD COLUMN rank BIGINT NOT NULL DEFAULT 1, ADD COLUMN score FLOAT,"
                       " ADD COLUMN rule VARCHAR")  # fmt: skip


def test_edges_in_words_become_numbers_that_mean_the_same(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        for how in How:
            for state in ChunkState:
                store.append(run(*edges(chunk(how=how), chunk("b.md", how=how), state=state)))
    before = rows(url, "SELECT * FROM edge ORDER BY seq, position")
    with closing(writing(parsed(url))) as connection:
        cursor = connection.cursor()
        in_words(cursor) if url.startswith("sqlite") else in_words_on_the_server(cursor)
        cursor.execute("ALTER TABLE response ADD COLUMN policy VARCHAR NOT NULL DEFAULT 'sha256:'")
        if not url.startswith("sqlite"):
            cursor.execute("ALTER TABLE event ADD UNIQUE (id)")
            cursor.execute("DROP INDEX ix_event_id")
        cursor.execute("UPDATE alembic_version SET version_num = '0015'")
    open_store(url).close()
    with closing(open_ledger(url)) as ledger:
        found = faults(ledger)

    assert rows(url, "SELECT * FROM edge ORDER BY seq, position") == before
    assert len(before) == 2 * len(How) * len(ChunkState)
    assert {*STATES} == {*ChunkState}
    assert {*HOWS} == {*How}
    assert found == []


def test_a_log_whose_ids_were_all_indexed_goes_on_with_those_that_need_it(database):
    """Rows that refer to entries still do."""
    events = [*run(), activated(), *run(*edges(chunk("b.md")))]
    url = left_by(database, "0017", events)
    names = "SELECT name FROM sqlite_master WHERE tbl_name = 'event' AND type = 'index'"
    if not url.startswith("sqlite"):
        names = "SELECT indexname FROM pg_indexes WHERE tablename = 'event' AND indexname <> 'event_pkey'"
    before = rows(url, "SELECT * FROM event ORDER BY idx")
    with closing(open_store(url)) as store:
        again = store.append(events)
    if url.startswith("sqlite"):
        assert rows(url, "PRAGMA foreign_key_check") == []
        assert rows(url, "PRAGMA integrity_check") == [("ok",)]
    with closing(open_ledger(url)) as ledger:
        found = faults(ledger)

    assert rows(url, "SELECT * FROM event ORDER BY idx") == before
    assert {name for (name,) in rows(url, names)} == {"ix_event_id", "ix_event_policy"}
    assert list(again) == [0, 1, 2, 3, 4]
    assert found == []
