"""What the edges of a large transaction lead to, looked up at once before it is resolved event by event."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.runs import Intent, RunEvent, Traced
from gateway.stores.additions import short
from gateway.stores.catalogue import Catalogue, Entry, VersionKey
from gateway.stores.connecting import Cursor
from gateway.stores.packing import pack_digest, unpack_digest

FEW = 8
"""Events that are as well resolved one by one."""

_Parts = Mapping[VersionKey, set[tuple[int, Digest]]]
"""Ordinals and digests of chunks, by their version."""


def foresee(catalogue: Catalogue, cursor: Cursor, events: Sequence[RunEvent]) -> None:
    """Let *catalogue* know what edges of *events* lead to, or that it is not there, for this transaction."""
    parts = _parts(events)
    unknown = [key for key in parts if catalogue.versions.get(key) is None]
    if unknown:
        _versions(catalogue, cursor, unknown)
    _chunks(catalogue, cursor, parts)


def _parts(events: Sequence[RunEvent]) -> _Parts:
    parts: dict[VersionKey, set[tuple[int, Digest]]] = {}
    for event in events:
        if isinstance(event.body, Intent | Traced):
            for edge in event.body.edges:
                chunk = edge.chunk
                key = (event.tenant, chunk.source.namespace, chunk.source.name, chunk.document, chunk.version)
                parts.setdefault(key, set()).add((chunk.ordinal, chunk.digest))
    return parts


def _versions(catalogue: Catalogue, cursor: Cursor, unknown: Sequence[VersionKey]) -> None:
    documents = _documents(catalogue, cursor, dict.fromkeys(key[:4] for key in unknown))
    wanted = {(documents[key[:4]], pack_digest(key[4])): key for key in unknown if key[:4] in documents}
    absent = {*wanted}
    for document, digest, *row in catalogue.version.rows(cursor, [*wanted]):
        absent.discard((document, bytes(digest)))
        catalogue.learn_version(wanted[document, bytes(digest)], tuple(row))
    catalogue.absent.update((catalogue.version, key) for key in absent)


_Named = tuple[str, str, str, str]
"""Tenant, the source's namespace and name, the document's name."""


def _documents(catalogue: Catalogue, cursor: Cursor, named: Iterable[_Named]) -> Mapping[_Named, int]:
    """Return the numbers of those documents that are there."""
    found: dict[_Named, int] = {}
    wanted: dict[tuple[int, str], _Named] = {}
    for one in named:
        source = _source(catalogue, cursor, one)
        if source is not None:
            number = catalogue.documents.get((source, one[3]))
            if number is None:
                wanted[source, short(one[3])] = one
            else:
                found[one] = number
    for source, name, number in catalogue.document.rows(cursor, [*wanted]):
        one = wanted[source, name]
        found[one] = number
        catalogue.documents.learn((source, one[3]), number)
    catalogue.absent.update((catalogue.document, key) for key, one in wanted.items() if one not in found)
    return found


def _source(catalogue: Catalogue, cursor: Cursor, named: _Named) -> int | None:
    tenant, namespace, name, _ = named
    source = Source(namespace, name)
    number = catalogue.sources.get((tenant, source))
    if number is None:
        row = catalogue.source.one(cursor, (tenant, short(namespace), short(name)))
        if row is not None:
            number = int(row[0])
            catalogue.sources.learn((tenant, source), number)
    return number


def _chunks(catalogue: Catalogue, cursor: Cursor, parts: _Parts) -> None:
    wanted: dict[tuple[int, int, bytes], Entry] = {}
    for key, chunks in parts.items():
        version = catalogue.versions.get(key)
        if version is not None:
            for ordinal, digest in chunks:
                if catalogue.chunks.get((version.id, ordinal, digest)) is None:
                    wanted[version.id, ordinal, pack_digest(digest)] = version
    absent = {*wanted}
    for number, ordinal, digest, *row in catalogue.chunk.rows(cursor, [*wanted]):
        one = (number, ordinal, bytes(digest))
        absent.discard(one)
        catalogue.learn_chunk(wanted[one], (number, ordinal, unpack_digest(one[2])), tuple(row))
    catalogue.absent.update((catalogue.chunk, key) for key in absent)
