"""Documents that nobody but one person ever declared, or people who were erased: they go with the last of them.

Whoever is nobody's by an erasure does not count, whose it was; so it is the same in which order people are erased, and
whether two of them are at once. What of a document entries of others still say, who were erased before, is in
lastdocuments.py. An entry of the log lists a document in the transaction from which on nobody else is known to have
it: an erasure that broke off is finished by the next one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from gateway.domain.documents import How, Source
from gateway.domain.runs import Erased
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import HOW_NUMBERS, pack_digest
from gateway.stores.redacting import Documents, ErasedChunk, erased_name
from gateway.stores.sought import Named

_BY_CALLER = HOW_NUMBERS[How.DECLARED]
_FOUND = f"{HOW_NUMBERS[How.RETRIEVED]}, {HOW_NUMBERS[How.TRACED]}"

_DECLARED = f"""SELECT DISTINCT v.document FROM response r JOIN edge e ON e.seq = r.seq JOIN chunk c ON c.id = e.chunk
    JOIN document_version v ON v.id = c.version WHERE r.tenant = ? AND r.end_user = ? AND e.how = {_BY_CALLER}"""  # noqa: S608
_WAS_DECLARED = f"""SELECT 1 FROM document_version v JOIN chunk c ON c.version = v.id JOIN edge e ON e.chunk = c.id
    WHERE v.document = ? AND e.how = {_BY_CALLER} LIMIT 1"""  # noqa: S608
_OF_CHUNKS = "SELECT DISTINCT v.document FROM chunk c JOIN document_version v ON v.id = c.version WHERE c.id IN (*)"
_NAMED = """SELECT d.id, s.namespace, s.name, d.name FROM document d JOIN source s ON s.id = d.source
    WHERE s.tenant = ? AND d.id IN (*)"""
_ENTERED = """SELECT i.event FROM document_version v JOIN ingestion i ON i.version = v.id
    WHERE v.document = ? AND i.event >= ? LIMIT 1"""
_USED = f"""SELECT e.seq FROM document_version v JOIN chunk c ON c.version = v.id JOIN edge e ON e.chunk = c.id
    JOIN response r ON r.seq = e.seq WHERE v.document = ? AND e.seq >= ? AND (r.tenant <> ?
    OR e.how IN ({_FOUND}) OR (r.end_user <> ? AND NOT (? = 1 AND r.end_user = ''
    AND NOT EXISTS (SELECT 1 FROM salt WHERE salt.event = r.seq)))) LIMIT 1"""  # noqa: S608
_TRACED = "SELECT 1 FROM event WHERE idx >= ? AND type = 'traced' LIMIT 1"
_PARTS = """SELECT d.id, d.event, v.id, v.event, c.id, c.event FROM document d JOIN document_version v
    ON v.document = d.id LEFT JOIN chunk c ON c.version = v.id WHERE d.id IN (*)"""
_ERASURES = """SELECT e.detail FROM erasure k JOIN event e ON e.idx = k.event
    WHERE e.tenant = ? AND k.kind = 'subject' ORDER BY k.event"""

_DOCUMENT = "UPDATE document SET name = ? WHERE id = ?"
_VERSION = "UPDATE document_version SET digest = ?, title = NULL, url = NULL, labels = '{}' WHERE id = ?"
_CHUNK = "UPDATE chunk SET digest = ?, kept = ?, title = NULL, url = NULL, labels = NULL WHERE id = ?"


@dataclass(slots=True)
class Parts:
    """Documents that are erased, and which entries brought them, their versions and their chunks."""

    named: dict[int, Named] = field(default_factory=dict)
    documents: dict[int, int] = field(default_factory=dict)
    """The entry by number; so with the others."""
    versions: dict[int, int] = field(default_factory=dict)
    chunks: dict[int, int] = field(default_factory=dict)
    erased: dict[int, ErasedChunk] = field(default_factory=dict)

    @property
    def all(self) -> Documents:
        """All of them."""
        return Documents(frozenset(self.documents), frozenset(self.versions), self.erased)

    def rename(self, ask: Asked, entries: Collection[int]) -> dict[int, Named]:
        """Take their names from those that came with *entries*; return which documents that were, by number."""
        gone = [number for number, entry in self.documents.items() if entry in entries]
        ask.run(_DOCUMENT, *((erased_name(number), number) for number in gone))
        versions = [number for number, entry in self.versions.items() if entry in entries]
        ask.run(_VERSION, *((pack_digest(erased_name(number)), number) for number in versions))
        chunks = [number for number, entry in self.chunks.items() if entry in entries]
        ask.run(_CHUNK, *((pack_digest(erased_name(number)), False, number) for number in chunks))
        return {number: self.named[number] for number in gone}


def declared(ask: Asked, tenant: str, person: str) -> list[int]:
    """Return the documents of *tenant* that *person* declared, whoever else did."""
    return [int(row[0]) for row in ask.rows(_DECLARED, tenant, person)]


def was_declared(ask: Asked, number: int) -> bool:
    """Return whether anybody ever declared the document *number*; others are no person's own."""
    return bool(ask.rows(_WAS_DECLARED, number))


def alone(ask: Asked, tenant: str, numbers: Iterable[int], person: str, since: int = 0) -> list[int]:
    """Return those documents *numbers* of *tenant* of which nobody but *person* and erased people ever had anything.

    If it was so before entry *since* of the log, only what came then is looked at.
    """
    since = _looked_at(ask, since)
    return [number for number in numbers if other(ask, tenant, number, person, since) is None]


def untouched(ask: Asked, tenant: str, numbers: Iterable[int], person: str, since: int = 0) -> list[int]:
    """Return those of which not even people who are erased had anything, nor *person* where that is erased already."""
    since = _looked_at(ask, since)
    return [number for number in numbers if other(ask, tenant, number, person, since, erased=False) is None]


def other(
    ask: Asked, tenant: str, number: int, person: str, since: int = 0, *, erased: bool = True
) -> int | None:  # fmt: skip
    """Return an entry, from *since* on, by which somebody but *person* has the document *number*; `None` without one.

    Those of erased people are passed over if *erased*.
    """
    rows = ask.rows(_ENTERED, number, since) or ask.rows(_USED, number, since, tenant, person, int(erased))
    return int(rows[0][0]) if rows else None


def of_chunks(ask: Asked, chunks: Sequence[int]) -> list[int]:
    """Return the documents that *chunks* belong to."""
    return [*dict.fromkeys(int(row[0]) for row in ask.listed(_OF_CHUNKS, chunks))]


def named(ask: Asked, tenant: str, numbers: Iterable[int]) -> dict[int, Named]:
    """Return what those documents *numbers* of *tenant* are called, by number, that are not erased."""
    found = ask.listed(_NAMED, [*numbers], tenant)
    return {
        int(number): Named(Source(namespace, name), document)
        for number, namespace, name, document in found
        if document != erased_name(number)
    }


def begun(ask: Asked, tenant: str) -> frozenset[int]:
    """Return the documents that erasures of *tenant*'s people list."""
    unpacked = (compressor().unpack(bytes(detail)) for (detail,) in ask.rows(_ERASURES, tenant))
    # Of a person with thousands of responses there are hundreds of entries, and one of them lists.
    bodies = (decode("erasure", detail) for detail in unpacked if b'"documents"' in detail)
    return frozenset(number for body in bodies if isinstance(body, Erased) for number in body.documents)


def parts(ask: Asked, named: dict[int, Named]) -> Parts:
    """Return what the documents *named* consist of."""
    found = Parts(named)
    for document, entry, version, version_entry, chunk, chunk_entry in ask.listed(_PARTS, [*named]):
        found.documents[document] = entry
        found.versions[version] = version_entry
        if chunk is not None:
            found.chunks[chunk] = chunk_entry
            found.erased[chunk] = ErasedChunk(document, version, chunk)
    return found


def _looked_at(ask: Asked, since: int) -> int:
    """Return from where on is to be looked: of an old response something new may have been told since."""
    return 0 if since and ask.rows(_TRACED, since) else since
