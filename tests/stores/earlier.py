"""Stores as earlier releases left them."""

from contextlib import closing

from gateway.domain.digests import Digest
from gateway.domain.runs import Ingestion, Intent, Outcome, RunEvent
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import parsed, writing
from gateway.stores.packing import pack_digest
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
