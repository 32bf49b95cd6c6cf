import random
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from gateway.domain.digests import digest, new_id
from gateway.domain.documents import ChunkState
from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import Fault
from gateway.domain.runs import Anchored, RunEvent, RunState
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.keys import activation
from gateway.lineage.merkle import Frontier, leaf_hash
from gateway.stores.checks import OWNER
from gateway.stores.compression import compressor
from gateway.stores.log import SQLLog
from gateway.stores.nodes import stored
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.statements import table
from gateway.stores.tables import LATER
from gateway.stores.verifying import PAGE
from tests.lineage.test_notes import OTHER as NEXT
from tests.lineage.test_notes import SIGNER
from tests.stores.databases import Postgres, alter, dumped, literal, restore, rows
from tests.stores.material import (
    DROP,
    LABELS,
    activated,
    breached,
    chunk,
    document,
    edges,
    ended,
    entering,
    faults,
    ingested,
    intent,
    run,
    started,
    told,
)
from tests.stores.signed import hand_over

SIZE = 10
"""Entries of the log that is tampered with."""


@pytest.fixture(scope="module")
def filled(database):
    """A log with an entry of each kind, and rows in every table; and its dump."""
    url = database.prepared()
    store = open_store(url)
    used = (
        *edges(chunk(labels=LABELS | {"owner": "x"})),
        *edges(chunk("b.md"), state=ChunkState.DROPPED, decision=DROP),
    )
    store.append([activated(), ingested(entering(document(), "one", "two"))])
    start, end = run(*used)
    store.append([start, end, *run(*used, end_user="u-2")])
    store.append(run(end_user="u-3"))
    store.close()
    signed = open_store(url, SIGNER)
    signed.append([activation(SIGNER.key)])
    signed.append([RunEvent(new_id(), RunState.COMPLETE, Anchored("s3://elsewhere", 9, digest("root")), "")])
    signed.close()
    return url, dumped(url)


@pytest.fixture
def url(filled):
    """The log, which is put back as it was."""
    url, dump = filled
    yield url
    restore(url, dump)


def tampered(url, *statements):
    assert all(alter(url, *statements)), statements


def verified(url):
    with closing(open_ledger(url)) as ledger:
        return faults(ledger)


def test_a_log_that_nobody_touched_has_no_faults(url):
    with closing(open_ledger(url)) as ledger:
        assert list(ledger.verify()) == [SIZE]


COLUMNS = [
    ("event", "idx = 4", column)
    for column in ("id", "run", "type", "state", "at", "tenant", "detail")
] + [
    ("leaf", "idx = 3", "idx"),
    ("leaf", "idx = 3", "hashes"),
    ("leaf", "idx = 3", "data"),
    ("event", "idx = 2", "catalogue"),
    ("salt", "event = 4", "secret"),
    ("tree", "TRUE", "size"),
    ("tree", "TRUE", "root"),
    ("tree", "TRUE", "frontier"),
    ("tree", "TRUE", "keys"),
    *[("checkpoint", "size = 9", column) for column in ("size", "base", "root", "key", "signature")],
    *[("checkpoint", "size = 10", column) for column in ("size", "base", "root", "key", "signature")],
    *[("signing_key", "TRUE", column) for column in ("event", "key")],
    *[("anchor", "TRUE", column) for column in ("event", "url", "size", "root")],
    *[("source", "id = 1", column) for column in ("event", "tenant", "namespace", "name")],
    *[("document", "id = 2", column) for column in ("event", "source", "name")],
    *[("document_version", "id = 1", column) for column in ("event", "document", "digest", "title", "url", "labels")],
    *[("chunk", "id = 3", column) for column in
      ("event", "version", "ordinal", "digest", "kept", "title", "url", "labels")],
    *[("ingestion", "TRUE", column) for column in ("event", "position", "version", "title", "url", "labels")],
    *[("response", "seq = 2", column) for column in
      ("seq", "id", "at", "tenant", "application", "end_user", "model", "trace")],
    *[("outcome", "seq = 2", column) for column in ("seq", "event", "state", "decision", "error")],
    *[("edge", "seq = 2 AND position = 0", column) for column in
      ("seq", "position", "chunk", "state", "how")],
    *[("finding", "event = 2", column) for column in
      ("event", "position", "entity", "border", "detector", "action", "rule")],
    *[("sealed_text", "name = (SELECT name FROM sealed_text WHERE key = 2 ORDER BY name LIMIT 1)", column)
      for column in ("name", "key", "text")],
    *[("content_key", "kind = 'tenant'", column) for column in ("tenant", "kind", "master", "wrapped")],
    *[("content_key", "id = 2", column) for column in ("tenant", "kind", "owner", "master", "wrapped")],
]  # fmt: skip
"""One row of each table, and every column of it that says something."""


@pytest.mark.parametrize(("table", "row", "column"), COLUMNS)
def test_a_changed_value_is_found_wherever_it_stands(url, table, row, column):
    tampered(url, f"UPDATE {table} SET {column} = {changed(url, table, row, column)} WHERE {row}")
    found = verified(url)

    assert found
    assert all(isinstance(fault, Fault) and 0 <= fault.index <= SIZE for fault in found)
    assert all(fault.problem for fault in found)


def changed(url, table, row, column):
    """An SQL value that differs in one place from what stands in *column*."""
    [(value,)] = rows(url, f"SELECT {column} FROM {table} WHERE {row}")
    if isinstance(value, bytes):
        middle = len(value) // 2
        return literal(value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :])
    if isinstance(value, int | float):
        return f"{column} + 100" if column != "kept" else "NOT kept"
    return f"{column} || 'x'" if value is not None else "'x'"


ROWS = [
    ("event", "idx = 0"),
    ("event", "idx = 4"),
    ("event", f"idx = {SIZE - 1}"),
    ("salt", "event = 4"),
    ("tree", "TRUE"),
    ("leaf", "idx = 0"),
    ("leaf", "idx = 4"),
    ("leaf", f"idx = {SIZE - 1}"),
    ("checkpoint", "size = 9"),
    ("checkpoint", "size = 10"),
    ("signing_key", "TRUE"),
    ("anchor", "TRUE"),
    ("source", "id = 1"),
    ("document", "id = 1"),
    ("document_version", "id = 1"),
    ("chunk", "id = 1"),
    ("chunk", "id = 3"),
    ("ingestion", "TRUE"),
    ("response", "seq = 2"),
    ("outcome", "seq = 4"),
    ("edge", "seq = 4 AND position = 1"),
    ("edge", "seq = 4"),
    ("finding", "event = 5"),
    ("sealed_text", "key = 2"),
    ("sealed_text", "key IN (SELECT id FROM content_key WHERE kind = 'subject')"),
    ("content_key", "kind = 'tenant'"),
    ("content_key", "kind = 'subject'"),
    ("content_key", "kind = 'document'"),
]  # fmt: skip


RECORD = [str(table(model).name) for model in OWNER] + ["tree", "checkpoint", "sealed_text", "content_key"]
"""Tables of which every byte counts."""

FREE = {("tree", "id"), ("tree", "epoch"), ("sealed_text", "used")}
"""Columns that say nothing of the log; nor does the number of a key that seals no text (`tenant`)."""


@pytest.mark.parametrize("seed", range(24))
def test_any_byte_of_any_row_that_changes_is_found(url, later, filled, added, seed):
    """Rows, columns and bytes as they come: nobody has thought of each."""
    chance = random.Random(seed)
    damaged, dump = chance.choice([filled, added])
    name = chance.choice([name for name in RECORD if dump[name]])
    described = SQLModel.metadata.tables[name]
    row = dict(zip(described.c.keys(), chance.choice(dump[name]), strict=True))
    column = chance.choice(
        [
            one
            for one, value in row.items()
            if value not in (None, "", b"") and (name, one) not in FREE and (one, row.get("kind")) != ("id", "tenant")
        ]
    )
    where = " AND ".join(f"{key.name} = {literal(row[key.name])}" for key in described.primary_key)
    value = flipped(chance, row[column])
    tampered(damaged, f"UPDATE {name} SET {column} = {literal(value)} WHERE {where}")

    assert verified(damaged), (name, column, row[column], value)


def flipped(chance, value):
    """Return *value* with one bit that is another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1 << chance.randrange(20, 30)  # a place that no other row has
    if isinstance(value, float):
        return value + 0.25
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[chance.randrange(len(data))] ^= 1
    return data.decode() if isinstance(value, str) else bytes(data)


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_missing_row_is_found_wherever_it_stood(url, table, row):
    tampered(url, f"DELETE FROM {table} WHERE {row}")

    assert verified(url)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO edge SELECT seq, 9, chunk, state, how FROM edge WHERE seq = 4 AND position = 0",
        "INSERT INTO edge SELECT 900, 0, chunk, state, how FROM edge WHERE seq = 4 AND position = 0",
        "INSERT INTO finding SELECT event, 9, entity, border, detector, action, rule FROM finding WHERE event = 4",
        "INSERT INTO edge SELECT seq, 9999999, chunk, state, how FROM edge WHERE seq = 4 AND position = 0",
        "INSERT INTO breach SELECT 4, 'acme'",
        "INSERT INTO response SELECT 1, X'00', at, tenant, application, end_user, model, NULL FROM response LIMIT 1",
        "INSERT INTO outcome SELECT 1, event, state, decision, error FROM outcome LIMIT 1",
        "INSERT INTO chunk SELECT 99, event, version, 9, digest, kept, title, url, labels FROM chunk WHERE id = 1",
        "INSERT INTO chunk SELECT 99, -1, version, 9, digest, kept, title, url, labels FROM chunk WHERE id = 1",
        "INSERT INTO salt VALUES (77, X'00')",
        "INSERT INTO leaf SELECT 77, hashes, data FROM leaf WHERE idx = 4",
        "INSERT INTO checkpoint SELECT 4, 0, root, key, signature FROM checkpoint WHERE size = 9",
        "INSERT INTO checkpoint SELECT 99, 10, root, key, signature FROM checkpoint WHERE size = 10",
        "INSERT INTO signing_key SELECT 4, key FROM signing_key",
        "INSERT INTO anchor SELECT 4, url, size, root FROM anchor",
        "INSERT INTO tree SELECT 2, size, root, frontier, keys, epoch FROM tree",
        f"INSERT INTO event SELECT {SIZE}, X'00', run, type, state, at, tenant, detail, catalogue"
        " FROM event WHERE idx = 0",
        "INSERT INTO event SELECT -1, X'00', run, type, state, at, tenant, detail, catalogue FROM event WHERE idx = 0",
    ],
)
def test_an_added_row_is_found(url, statement):
    tampered(url, statement)

    assert verified(url)


@pytest.fixture(scope="module")
def added(database):
    """A log with entries that add to what came before; and its dump."""
    url = database.prepared()
    with closing(open_store(url)) as store:
        start, end = run(*edges(chunk(), chunk("b.md")))
        store.append(
            [start, end, told(start, chunk("late.md"), chunk("b.md")), breached(chunk("theirs.md"), late=True)]
        )
        store.append([told(start, chunk("later.md"))])
    return url, dumped(url)


@pytest.fixture
def later(added):
    """That log, which is put back as it was."""
    url, dump = added
    yield url
    restore(url, dump)


LATE = "position > 1000"
LAST = f"position = {LATER * 2 + 1}"


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        *[(f"UPDATE edge SET {column} = {value} WHERE {LAST}", 2) for column, value in
          (("chunk", 1), ("state", 0), ("state", 77), ("how", 2), ("how", -1), ("position", f"{LATER * 2 + 7}"))],
        (f"UPDATE edge SET seq = 1 WHERE {LATE}", 2),
        (f"DELETE FROM edge WHERE {LAST}", 2),
        (f"DELETE FROM edge WHERE {LATE}", 2),
        (f"INSERT INTO edge SELECT seq, position + 5, chunk, state, how FROM edge WHERE {LATE}", 2),
        (f"INSERT INTO edge SELECT seq, {LATER * 3}, chunk, state, how FROM edge LIMIT 1", 5),
        ("UPDATE breach SET tenant = 'acme'", 3),
        ("UPDATE breach SET event = 1", 1),
        ("DELETE FROM breach", 3),
        ("UPDATE response SET trace = X'00'", 0),
    ],
)  # fmt: skip
def test_what_later_entries_added_is_checked_against_them(later, statement, index):
    assert verified(later) == []

    tampered(later, statement)

    assert index in {fault.index for fault in verified(later)}


def test_a_fault_says_where_and_what(url):
    tampered(url, "UPDATE edge SET state = 1 WHERE seq = 4 AND position = 0")

    assert verified(url) == [Fault(4, "table edge, state: not what this intent recorded")]


def test_a_missing_entry_is_named_with_its_index(url):
    tampered(url, "DELETE FROM event WHERE idx IN (3, 4)")
    found = verified(url)

    assert found[0] == Fault(3, "entries 3 to 4 are missing from the log")
    assert "the log's leaf hashes do not give the root of the Merkle tree" in {fault.problem for fault in found}


def test_entries_that_were_exchanged_are_found(url):
    tampered(
        url,
        "UPDATE event SET idx = 1000 WHERE idx = 4",
        "UPDATE event SET idx = 4 WHERE idx = 6",
        "UPDATE event SET idx = 6 WHERE idx = 1000",
    )

    assert {4, 6} <= {fault.index for fault in verified(url)}


def test_a_log_that_was_cut_off_is_found(url):
    tampered(url, f"DELETE FROM event WHERE idx >= {SIZE - 2}")
    found = verified(url)

    assert Fault(SIZE - 2, f"the Merkle tree has {SIZE} leaves, the log {SIZE - 2} entries") in found


def test_an_edge_that_points_at_another_chunk_is_found(url):
    """Both chunks exist; only the entry knows which of them was there."""
    tampered(url, "UPDATE edge SET chunk = 1 WHERE seq = 6")
    found = verified(url)

    assert [fault.index for fault in found] == [6]
    assert "number 1 in the catalogue" in found[0].problem


def test_a_text_that_was_exchanged_for_another_is_found(url):
    """Who can write the database and has no key can neither forge a text nor move one."""
    [(key,)] = rows(url, "SELECT MIN(id) FROM content_key WHERE kind = 'subject'")
    one, other = [literal(name) for (name,) in rows(url, f"SELECT name FROM sealed_text WHERE key = {key}")]
    texts = f"SELECT text FROM sealed_text WHERE key = {key} AND name = {one}"
    tampered(url, f"UPDATE sealed_text SET text = ({texts}) WHERE key = {key} AND name = {other}")

    *found, last = verified(url)

    assert "table sealed_text has rows (1) that were altered or moved" in last.problem
    assert all("was altered: a sealed text was altered or moved" in fault.problem for fault in found)


def test_a_detail_that_was_rewritten_whole_is_found(url):
    """Well-formed, and with the outcome that somebody wishes: but not what the leaf committed to."""
    tampered(url, "UPDATE event SET detail = (SELECT detail FROM event WHERE idx = 2) WHERE idx = 4")

    assert [fault.index for fault in verified(url)] == [4]


def test_a_file_that_is_physically_damaged_is_found(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    store = open_store(url)
    for _ in range(40):
        store.append(run())
    store.close()
    with (tmp_path / "lineage.db").open("r+b") as raw:
        raw.seek(8192 * 8)
        raw.write(b"\xff" * 8192 * 6)

    assert verified(url)


def test_a_servers_file_that_is_physically_damaged_is_found(postgres_server):
    """The copy of a database has no page in memory before somebody reads it: so what is read is what is on disk."""
    with closing(Postgres(postgres_server)) as database:
        original = database.prepared()
        with closing(open_store(original)) as store:
            store.append([event for _ in range(40) for event in run()])
        url = database.copied(original)
        [(folder, place)] = rows(url, "SELECT current_setting('data_directory'), pg_relation_filepath('event')")
        with (Path(folder) / place).open("r+b") as raw:
            raw.seek(8192)
            raw.write(b"\xff" * 8192)
        found = verified(url)

    assert found == [Fault(0, "from here on the database itself is damaged and cannot be read")]


def test_progress_is_told_page_by_page(database):
    url = database.prepared()
    store = open_store(url)
    store.append([activated() for _ in range(PAGE * 2 + 1)])
    store.close()
    ledger = open_ledger(url)
    steps = list(ledger.verify())
    ledger.close()

    assert steps == [PAGE, PAGE * 2, PAGE * 2 + 1]


def test_a_log_is_verified_while_it_grows(database):
    url = database.prepared()
    store, ledger = open_store(url), open_ledger(url)
    for _ in range(PAGE):
        store.append(run())
    steps = []
    for step in ledger.verify():
        steps.append(step)
        store.append(run())
    ledger.close()
    store.close()

    assert steps == [PAGE, PAGE * 2]


def test_a_check_that_is_broken_off_leaves_the_ledger_usable(url):
    ledger = open_ledger(url)
    for _ in range(3):
        steps = ledger.verify()
        next(steps)
        steps.close()
    whole = list(ledger.verify())
    ledger.close()

    assert whole == [SIZE]


def test_an_empty_log_is_whole(database):
    assert verified(database.prepared()) == []


def test_a_crash_between_intent_and_outcome_is_no_fault(database):
    url = database.prepared()
    store = open_store(url)
    start = started(intent(*edges(chunk())))
    store.append([start])
    store.append([ended(started())])
    store.close()

    assert [fault.index for fault in verified(url)] == [1]


LOG_ALONE = [
    (table, row, column)
    for table, row, column in COLUMNS
    if table in ("leaf", "tree") or (table, row) == ("checkpoint", "size = 10")
    if column != "base"
]


@pytest.mark.parametrize(("table", "row", "column"), LOG_ALONE)
def test_the_quick_check_finds_what_was_changed_in_the_log_itself(url, table, row, column):
    tampered(url, f"UPDATE {table} SET {column} = {changed(url, table, row, column)} WHERE {row}")

    assert quickly(url)


@pytest.mark.parametrize(("table", "row"), [one for one in ROWS if one[0] in ("leaf", "tree") or "10" in one[1]])
def test_the_quick_check_finds_what_is_missing_from_the_log_itself(url, table, row):
    tampered(url, f"DELETE FROM {table} WHERE {row}")

    assert quickly(url)


def test_the_quick_check_does_not_look_at_what_leaves_commit_to(url):
    tampered(url, "UPDATE event SET detail = X'00'", "DELETE FROM salt", "DELETE FROM edge")

    assert quickly(url) == []
    assert verified(url)


def test_a_forged_entry_is_found_where_it_was_signed(url):
    """With leaf, nodes and root written anew, only the signature tells."""
    hashes = [leaf_hash(compressor().unpack(row[0])) for row in rows(url, "SELECT data FROM leaf ORDER BY idx")]
    forged = b'{"v":1}'
    hashes[4] = leaf_hash(forged)
    frontier = Frontier()
    grown = [literal(stored(frontier.append(hashed))) for hashed in hashes]
    tampered(
        url,
        *(f"UPDATE leaf SET hashes = {one} WHERE idx = {index}" for index, one in enumerate(grown)),
        f"UPDATE leaf SET data = {literal(bytes(1) + forged)} WHERE idx = 4",
        f"UPDATE tree SET root = {literal(frontier.root())}, frontier = {literal(frontier.dump())}",
    )

    assert [(fault.index, "not the one that was signed" in fault.problem) for fault in quickly(url)] == [(9, True)]
    assert "entries 0 to 8: with them" in " ".join(fault.problem for fault in verified(url))


def test_a_log_that_is_handed_over_to_another_key_is_whole(url):
    hand_over(url)

    assert verified(url) == []
    assert quickly(url) == []


def test_a_retired_key_signs_no_more(url):
    hand_over(url)
    with closing(open_store(url, SIGNER)) as store, pytest.raises(LineageUnavailable, match="signed"):
        store.append(run())
    with closing(SQLLog(url, "x")) as log:
        head = log.head()
    signature = Checkpoint(SIGNER.key.name, head).signed(SIGNER)
    forged = f"key = {literal(SIGNER.key.id)}, signature = {literal(signature)}"
    tampered(url, f"UPDATE checkpoint SET {forged} WHERE size = {head.size}")

    assert [fault.problem for fault in verified(url)] == [
        "the checkpoint of 13 entries is not signed with a key that was valid then"
    ]
    assert len(quickly(url)) == 1


def test_a_key_that_nobody_vouched_for_is_found(url):
    """Whoever can write the database can bring a key of their own, but not have it signed by the one before."""
    tampered(url, f"UPDATE tree SET keys = '{NEXT.key}'")
    with closing(open_store(url, NEXT)) as store:
        store.append([activation(NEXT.key, [str(SIGNER.key)])])

    assert [fault.problem for fault in verified(url)] == [
        f"the key {NEXT.key} signs from here on, but no key before it signed that"
    ]


def quickly(url):
    with closing(open_ledger(url)) as ledger:
        return [step for step in ledger.verify_quickly() if isinstance(step, Fault)]
