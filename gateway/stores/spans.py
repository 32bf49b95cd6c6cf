"""What retrieval spans told, in the database of the record for some minutes, so that every process knows of it.

Rows are sealed (AES-256-GCM) under a key made of their trace id, which the table does not hold: who reads the file
learns of no span whose trace he does not know. They are no part of the record, and are deleted when their time is over.
"""

import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Self, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.domain.documents import Chunk, How, Source
from gateway.domain.json import JSON
from gateway.stores.asides import Aside, Asked
from gateway.stores.compression import compressor
from gateway.stores.packing import pack_trace, plain
from gateway.stores.pool import Readers
from gateway.stores.values import dumps, facts, loads, read_facts
from gateway.tracing.spans import Heard

ROOM = 16_000_000
"""Bytes that are kept for one tenant."""

SHARE = 4
"""A trace has at most this part of its tenant's room."""

_NONCE = 12

_ADD = """INSERT INTO span (tenant, trace, name, until, size, sealed) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, trace, name) DO NOTHING"""
_RENEW = "UPDATE span SET until = ? WHERE tenant = ? AND trace = ?"
_SWEEP = "DELETE FROM span WHERE until <= ?"
_SIZES = "SELECT COALESCE(SUM(size), 0) FROM span WHERE tenant = ?"
_SIZE = "SELECT COALESCE(SUM(size), 0) FROM span WHERE tenant = ? AND trace = ?"
_OLDEST = """SELECT trace, SUM(size) FROM span WHERE tenant = ? AND trace <> ? GROUP BY trace ORDER BY MAX(until)"""
_DROP = "DELETE FROM span WHERE tenant = ? AND trace = ?"
_OF = "SELECT name, sealed FROM span WHERE tenant = ? AND trace = ? AND until > ? ORDER BY until, name"


class SQLSpans:
    """A `tracing.spans.Spans` in the database at *url*, whose tables are there.

    Each tenant has *room*: what one sends never pushes out what another has sent. The trace of which nothing was heard
    longest goes first.
    """

    def __init__(
        self, url: str, *, room: int = ROOM, clock: Callable[[], float] = time.time, beside: Readers | None = None
    ) -> None:
        self._writing = Aside(url, "the spans cannot be kept")
        self._readers = Readers(self._writing.url, beside=beside)
        self._room = room
        self._clock = clock

    def keep(self, tenant: str, trace_id: str, heard: Heard, age: timedelta) -> bool:
        """Keep *heard* of the trace. See `Spans.keep`. Raises `LineageUnavailable`."""
        seal = _Seal.of(tenant, trace_id)
        if seal is None:
            return False
        data = compressor().pack_text(_written(heard))
        name, now = seal.name(data), self._now()
        sealed = seal.seal(name, data)
        owner, until = plain(tenant), now + int(age.total_seconds() * 1_000_000)
        with self._writing.transaction() as ask:
            ask.run(_SWEEP, (now,))
            ((held,),) = ask.rows(_SIZE, owner, seal.trace)
            if held + len(sealed) > self._room // SHARE:
                return False
            ask.run(_ADD, (owner, seal.trace, name, until, len(sealed), sealed))
            ask.run(_RENEW, (until, owner, seal.trace))
            self._make_room(ask, owner, seal.trace)
        return True

    def of(self, tenant: str, trace_id: str) -> Sequence[Heard]:
        """Return what was kept of the trace. See `Spans.of`. Raises `LineageUnavailable`."""
        seal = _Seal.of(tenant, trace_id)
        if seal is None:
            return ()
        with self._readers.borrow() as connection:
            ask = Asked(connection.cursor(), sqlite=self._writing.url.drivername == "sqlite")
            rows = ask.rows(_OF, plain(tenant), seal.trace, self._now())
        opened = (seal.opened(bytes(name), bytes(sealed)) for name, sealed in rows)
        return [_read(compressor().unpack(data)) for data in opened if data is not None]

    def close(self) -> None:
        """Close the connections."""
        self._writing.close()
        self._readers.close()

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)

    def _make_room(self, ask: Asked, tenant: str, newest: bytes) -> None:
        ((held,),) = ask.rows(_SIZES, tenant)
        if held > self._room:
            for trace, size in ask.rows(_OLDEST, tenant, newest):
                ask.run(_DROP, (tenant, trace))
                held -= size
                if held <= self._room:
                    break


_USES = (b"seal", b"name", b"trace")
"""What keys are derived for."""


class _Seal:
    """What seals the spans of one trace of one tenant."""

    def __init__(self, key: bytes, naming: bytes, trace: bytes) -> None:
        self.trace = trace
        """The trace's name in the table."""
        self._cipher = AESGCM(key)
        self._naming = naming

    @classmethod
    def of(cls, tenant: str, trace_id: str) -> Self | None:
        """Return that of the trace; `None` for what is no trace id."""
        packed = pack_trace(trace_id)
        if packed is None:
            return None
        owner = blake2b(tenant.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        seal, name, trace = (blake2b(owner, digest_size=32, key=packed, person=use).digest() for use in _USES)
        return cls(seal, name, trace[:16])

    def name(self, data: bytes) -> bytes:
        """Return the name of the span that says *data*: the same for the same."""
        return blake2b(data, digest_size=16, key=self._naming).digest()

    def seal(self, name: bytes, data: bytes) -> bytes:
        """Return *data* sealed as the span *name*."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, self.trace + name)

    def opened(self, name: bytes, sealed: bytes) -> bytes | None:
        """Return what was sealed; `None` if it was altered: then it tells nothing that can be believed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self.trace + name)
        except (InvalidTag, ValueError):
            return None


def _written(heard: Heard) -> bytes:
    ended = None if heard.ended is None else heard.ended.isoformat()
    return dumps({"ended": ended, "chunks": [_chunk(one) for one in heard.chunks]})


def _chunk(one: Chunk) -> JSON:
    return [
        one.source.namespace, one.source.name, one.document, one.version, one.ordinal, one.text, one.digest, one.title,
        one.url, facts(one.labels), one.score,
    ]  # fmt: skip


def _read(data: bytes) -> Heard:
    told = cast("dict[str, Any]", loads(data))
    ended = None if told["ended"] is None else datetime.fromisoformat(told["ended"])
    return Heard([_chunk_read(*one) for one in told["chunks"]], ended)


def _chunk_read(
    namespace: str, name: str, document: str, version: str, ordinal: int, text: str, digest: str, title: str | None,
    url: str | None, labels: JSON, score: float | None,
) -> Chunk:  # fmt: skip
    return Chunk(
        Source(namespace, name), document, version, ordinal, text, How.TRACED, digest, title, url, read_facts(labels),
        score=score,
    )  # fmt: skip
