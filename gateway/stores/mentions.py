"""Entries of the log that name a person beside their own responses."""

from collections.abc import Iterator

from gateway.domain.digests import digest
from gateway.domain.runs import Accessed, Body, Embedding, Held, IncidentChanged
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import plain

PAGE = 500
"""Entries that are held in memory at a time."""

_ENTRIES = """SELECT idx, type, detail FROM event WHERE tenant = ? AND idx >= ?
    AND type IN ('embedding', 'hold', 'access', 'incident') ORDER BY idx LIMIT ?"""


def mentions(ask: Asked, tenant: str, person: str, first: int = 0) -> Iterator[int]:
    """Yield those of *tenant*'s entries from *first* on that name *person*, or hold the digest of the name."""
    while rows := ask.rows(_ENTRIES, tenant, first, PAGE):
        for index, kind, detail in rows:
            if names(decode(kind, compressor().unpack(bytes(detail))), person):
                yield int(index)
        first = rows[-1][0] + 1


def names(body: Body, person: str) -> bool:
    """Return whether *body* names *person*."""
    if isinstance(body, Embedding):
        return plain(body.principal.end_user) == person
    if isinstance(body, Held):
        return body.kind == "subject" and plain(body.target) == person
    if isinstance(body, Accessed):
        return body.query == digest(person) or f"subject/{person}" in body.subjects
    return isinstance(body, IncidentChanged) and f"subject/{person}" in body.items
