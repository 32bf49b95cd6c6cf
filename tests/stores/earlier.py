"""Stores as earlier releases left them."""

import sqlite3
from contextlib import closing

from gateway.domain.digests import Digest
from gateway.domain.runs import Ingestion, Intent, Outcome, RunEvent
from gateway.stores.compression import compressor
from gateway.stores.packing import pack_digest


def texts(event: RunEvent) -> dict[Digest, str]:
    """The texts that *event* brings."""
    body = event.body
    found = dict(body.content) if isinstance(body, Intent | Outcome) else {}
    if isinstance(body, Intent):
        found |= {edge.chunk.digest: edge.chunk.text for edge in body.edges}
    if isinstance(body, Ingestion):
        found |= {chunk.digest: chunk.text for entry in body.documents for chunk in entry.chunks}
    return found


def in_the_clear(file, events):
    """Let the texts of *events* stand in the database *file* as they did before they were sealed."""
    rows = {
        (event.tenant, pack_digest(digest)): compressor().pack_text(text.encode())
        for event in events
        for digest, text in texts(event).items()
    }
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM sealed_text")
        connection.execute("DELETE FROM content_key")
        connection.executemany("INSERT INTO blob VALUES (?, ?, ?)", [(*key, text) for key, text in rows.items()])
        connection.commit()
