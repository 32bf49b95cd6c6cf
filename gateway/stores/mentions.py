"""Entries of the log that name a person beside their own responses: by their identifier, in a field or in a text, or
by a document that goes with them.

What operators looked at, who read the record of all tenants, is no tenant's: nobody can tell by a name whose person or
document it was, so there every one of that name is meant. Texts are those that people write into the record: titles,
notes and reasons of incidents, of holds and of quarantines. How a name is found there, `domain.naming` says.
"""

from collections.abc import Iterator

from gateway.domain.digests import digest
from gateway.domain.naming import named
from gateway.domain.runs import Accessed, Body, Breached, Embedding, Held, IncidentChanged, Quarantined
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import plain
from gateway.stores.sought import Named, Sought

PAGE = 500
"""Entries that are held in memory at a time."""

_ENTRIES = """SELECT idx, type, detail FROM event WHERE tenant IN (?, '') AND idx >= ?
    AND type IN ('embedding', 'hold', 'access', 'incident', 'quarantine', 'breach')
    ORDER BY idx LIMIT ?"""


def mentions(ask: Asked, tenant: str, sought: Sought, first: int = 0) -> Iterator[int]:
    """Yield those of *tenant*'s entries from *first* on that name what is *sought*, or hold the digest of the name.

    Operators' entries, which are no tenant's, are among them.
    """
    while rows := ask.rows(_ENTRIES, tenant, first, PAGE):
        for index, kind, detail in rows:
            if names(decode(kind, compressor().unpack(bytes(detail))), sought):
                yield int(index)
        first = rows[-1][0] + 1


def names(body: Body, sought: Sought) -> bool:
    """Return whether *body* names what is *sought*."""
    person = sought.person
    if isinstance(body, Breached):
        return any(Named(chunk.source, chunk.document) in sought.documents for chunk in body.chunks)
    if isinstance(body, Embedding):
        return plain(body.principal.end_user) == person
    if isinstance(body, Accessed):
        return body.query == digest(person) or not sought.things.isdisjoint(body.subjects)
    held = isinstance(body, Held) and body.kind == "subject" and plain(body.target) == person
    item = isinstance(body, IncidentChanged) and not sought.things.isdisjoint(body.items)
    return held or item or bool(named(written(body), person))


def written(body: Body) -> str:
    """Return the text in *body* that somebody wrote; nothing if there is none."""
    if isinstance(body, IncidentChanged):
        return body.text
    return body.reason if isinstance(body, Held | Quarantined) else ""
