"""Whether a chunk's text was used since a time, by a response or by an ingest that made its version the current one.

The record knows, so that no mark has to be kept beside it.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gateway.recognition.arrays import Ints
from gateway.stores.asides import Asked
from gateway.stores.contentkeys import TenantKey
from gateway.stores.packing import unpack_digest
from gateway.stores.tables import LATER

PAGE = 20_000
"""Chunks that are read at a time."""

_CHUNKS = """SELECT c.id, c.digest, s.tenant FROM chunk c JOIN document_version v ON v.id = c.version
    JOIN document d ON d.id = v.document JOIN source s ON s.id = d.source WHERE c.id > ? ORDER BY c.id LIMIT ?"""
_FED = f"""SELECT 1 FROM edge g JOIN event e
    ON e.idx = CASE WHEN g.position < {LATER} THEN g.seq ELSE g.position / {LATER} END
    WHERE g.chunk = ? AND e.at >= ? ORDER BY g.seq DESC LIMIT 1"""  # noqa: S608
_ENTERED = """SELECT 1 FROM chunk c JOIN ingestion i ON i.version = c.version JOIN event e ON e.idx = i.event
    WHERE c.id = ? AND e.at >= ? ORDER BY i.event DESC LIMIT 1"""


class LastUses:
    """Knows under which names the texts of chunks are kept: 16 bytes a chunk."""

    def __init__(self) -> None:
        self._last = 0
        self._names: Ints = np.zeros(0, np.int64)
        self._chunks: Ints = np.zeros(0, np.int64)

    def learn(self, ask: Asked, keys: Mapping[str, TenantKey]) -> None:
        """Learn of chunks that are new; *keys* give the names in their tenants."""
        while rows := ask.rows(_CHUNKS, self._last, PAGE):
            self._last = int(rows[-1][0])
            found = [(_short(keys[tenant].text(unpack_digest(bytes(digest)))), number)
                     for number, digest, tenant in rows if tenant in keys]  # fmt: skip
            names, chunks = np.array(found, np.int64).reshape(-1, 2).T
            names, chunks = np.concatenate((self._names, names)), np.concatenate((self._chunks, chunks))
            order = np.argsort(names, kind="stable")
            self._names, self._chunks = names[order], chunks[order]

    def since(self, ask: Asked, names: Sequence[bytes], time: int) -> set[bytes]:
        """Return those of *names* whose chunks were used at *time* or later, in microseconds since 1970."""
        return {
            name
            for name in names
            if any(ask.rows(question, chunk, time) for chunk in self._of(name) for question in (_FED, _ENTERED))
        }

    def _of(self, name: bytes) -> Iterator[int]:
        low, high = np.searchsorted(self._names, _short(name)), np.searchsorted(self._names, _short(name), "right")
        yield from self._chunks[low:high].tolist()


def _short(name: bytes) -> int:
    """Return a number for *name*; in the one of many millions of cases where another has it, a text stays longer."""
    return int.from_bytes(name[:8], "big", signed=True)
