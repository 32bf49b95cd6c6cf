"""Stores as earlier releases left them."""

from contextlib import closing

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine

from gateway.domain.digests import Digest
from gateway.domain.runs import Ingestion, Intent, Outcome, RunEvent
from gateway.lineage.merkle import Frontier, leaf_hash
from gateway.stores import opening
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import file, parsed, writing
from gateway.stores.opening import open_store
from gateway.stores.packing import HOWS, STATES, pack_digest
from tests.stores.databases import alter


def texts(event: RunEvent) -> dict[Digest, str]:
    """The texts that *event* brings."""
    body = event.body
    found = dict(body.content) if isinstance(body, Intent | Outcome) else {}
    if isinstance(body, Intent):
        found |= {edge.chunk.digest: edge.chunk.text for edge in body.edges}
    if isinstance(body, Ingestion):
        found |= {chunk.digest: chunk.text for entry in body.documents for chunk in entry.chunks}
    return found


def in_the_clear(url, events):
    """Let the texts of *events* stand in the database at *url* as they did before they were sealed."""
    rows = {
        (event.tenant, pack_digest(digest)): compressor().pack_text(text.encode())
        for event in events
        for digest, text in texts(event).items()
    }
    alter(url, "DELETE FROM sealed_text", "DELETE FROM content_key")
    address = parsed(url)
    with closing(writing(address)) as connection:
        ask = Asked(connection.cursor(), sqlite=address.drivername == "sqlite")
        ask.run("INSERT INTO blob VALUES (?, ?, ?)", *((*key, text) for key, text in rows.items()))


def left_by(database, revision, events):
    """Return the address of a store with *events* as the release whose last migration is *revision* left it.

    Its tables are made by the migrations themselves; its rows are those of today that it had columns for.
    """
    today, url = database.prepared(), database()
    with closing(open_store(today)) as store:
        store.append(events)
    in_the_clear(today, events)
    if url.startswith("sqlite"):
        file(parsed(url)).parent.mkdir()
    config = Config()
    config.set_main_option("script_location", str(opening._MIGRATIONS))
    new, old = create_engine(today), create_engine(url)
    with new.connect() as source, old.begin() as target:
        config.attributes["connection"] = target
        command.upgrade(config, revision)
        _copy(source, target)
    new.dispose()
    old.dispose()
    return url


def _copy(source, target):
    """Give the tables that *target* has the rows that *source* has."""
    metadata = MetaData()
    metadata.reflect(target)
    leaves = all_nodes(source.exec_driver_sql("SELECT data FROM leaf ORDER BY idx").scalars())
    for table in metadata.sorted_tables:
        if table.name == "alembic_version":
            continue
        target.execute(table.delete())
        rows = [dict(row) for row in source.exec_driver_sql(f'SELECT * FROM "{table.name}"').mappings()]
        if table.name == "leaf":
            rows = [{**row, "hashes": leaves[row["idx"]]} for row in rows]
        if "leaf_hash" in table.c:
            rows = [{**row, "leaf_hash": leaves[row["idx"]][:32]} for row in rows]
        if table.name == "response" and "policy" in table.c:
            rows = [{**row, "policy": b""} for row in rows]
        if "rank" in table.c:  # edges in words
            words = {"rank": 1, "score": 0.5, "rule": None}
            rows = [
                {**row, "state": STATES[row["state"]].value, "how": HOWS[row["how"]].value, **words} for row in rows
            ]
        if rows:
            target.execute(table.insert(), [{one.name: row[one.name] for one in table.c} for row in rows])


def all_nodes(packed):
    """What earlier releases stored of the tree beside each of the *packed* leaves: all nodes that end with it."""
    frontier = Frontier()
    return [frontier.append(leaf_hash(compressor().unpack(bytes(one)))) for one in packed]
