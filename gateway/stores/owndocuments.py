"""Documents that nobody but one person ever declared, and that entered in no other way: they go with the person.

An erasure takes many transactions, and after the first of them a part of the person's responses is nobody's. Those
still count as theirs for the documents that the erasure began with, which its entries of the log list.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from gateway.domain.documents import Source
from gateway.domain.runs import Erased
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_digest
from gateway.stores.redacting import Documents, ErasedChunk, erased_name
from gateway.stores.sought import Named

_DECLARED = """SELECT DISTINCT v.document FROM response r JOIN edge e ON e.seq = r.seq JOIN chunk c ON c.id = e.chunk
    JOIN document_version v ON v.id = c.version WHERE r.tenant = ? AND r.end_user = ? AND e.how = 'declared'"""
_OF_CHUNKS = "SELECT DISTINCT v.document FROM chunk c JOIN document_version v ON v.id = c.version WHERE c.id IN (*)"
_ALONE = """SELECT d.id, s.namespace, s.name, d.name FROM document d JOIN source s ON s.id = d.source
    WHERE d.id = ? AND NOT EXISTS (SELECT 1 FROM document_version v JOIN ingestion i ON i.version = v.id
    WHERE v.document = d.id AND i.event >= ?) AND NOT EXISTS (SELECT 1 FROM document_version v
    JOIN chunk c ON c.version = v.id JOIN edge e ON e.chunk = c.id JOIN response r ON r.seq = e.seq
    WHERE v.document = d.id AND e.seq >= ? AND (r.tenant <> s.tenant OR e.how IN ('retrieved', 'traced')
    OR (r.end_user <> ? AND NOT (? = 1 AND r.end_user = ''
    AND NOT EXISTS (SELECT 1 FROM salt WHERE salt.event = r.seq)))))"""
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

    def rename(self, ask: Asked, entries: Collection[int]) -> list[Named]:
        """Take their names from those that came with *entries*; return which documents that were."""
        gone = [number for number, entry in self.documents.items() if entry in entries]
        ask.run(_DOCUMENT, *((erased_name(number), number) for number in gone))
        versions = [number for number, entry in self.versions.items() if entry in entries]
        ask.run(_VERSION, *((pack_digest(erased_name(number)), number) for number in versions))
        chunks = [number for number, entry in self.chunks.items() if entry in entries]
        ask.run(_CHUNK, *((pack_digest(erased_name(number)), False, number) for number in chunks))
        return [self.named[number] for number in gone]


def declared(ask: Asked, tenant: str, person: str) -> dict[int, Named]:
    """Return by number the documents of *tenant* that nobody but *person* ever declared."""
    numbers = [int(row[0]) for row in ask.rows(_DECLARED, tenant, person)]
    return alone(ask, numbers, person, begun(ask, tenant) if numbers else frozenset())


def alone(ask: Asked, numbers: Iterable[int], person: str, begun: Collection[int], since: int = 0) -> dict[int, Named]:
    """Return which of the documents *numbers* are those of *person* alone; the erasure of those *begun* has begun.

    If they were before entry *since* of the log, only what came then is looked at.
    """
    if since and ask.rows(_TRACED, since):  # of an old response something new may have been told
        since = 0
    found: dict[int, Named] = {}
    for number in numbers:
        for _, namespace, name, document in ask.rows(_ALONE, number, since, since, person, int(number in begun)):
            if document != erased_name(number):
                found[number] = Named(Source(namespace, name), document)
    return found


def of_chunks(ask: Asked, chunks: Sequence[int]) -> list[int]:
    """Return the documents that *chunks* belong to."""
    return [*dict.fromkeys(int(row[0]) for row in ask.listed(_OF_CHUNKS, chunks))]


def begun(ask: Asked, tenant: str) -> frozenset[int]:
    """Return the documents that erasures of *tenant*'s people began with."""
    bodies = (decode("erasure", compressor().unpack(bytes(detail))) for (detail,) in ask.rows(_ERASURES, tenant))
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
