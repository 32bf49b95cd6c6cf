"""Versions of documents, chunk by chunk, and what came into the catalogue together with a chunk."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from gateway.domain.catalogue import ChunkOrigin, VersionChunk
from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.runs import Body, Ingestion, Intent
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_digest, unpack_digest, unpack_id, unpack_time
from gateway.stores.queries import CHUNK, DOCUMENT, EVENT, SOURCE, VERSION
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, DocumentRow, EventRow, SourceRow, VersionRow

COMPANIONS_MAX = 100
"""Documents that are named beside a chunk's own."""


class SQLVersions:
    """Answers about versions and chunks, from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def chunks(self, document: str, version: Digest, tenant: str | None) -> Sequence[VersionChunk]:
        """Return the chunks of that *version* of *document*, in order; nothing if it is not known."""
        with self._questions.asking(tenant) as ask:
            rows = ask(_of_version, name=short(document), digest=pack_digest(version))
        return [VersionChunk(ordinal, unpack_digest(digest), owner) for ordinal, digest, owner in rows]

    def origins(self, chunk: Digest, tenant: str | None) -> Sequence[ChunkOrigin]:
        """Return where *chunk* stands and how it came in, the earliest first; nothing if it is not known."""
        with self._questions.asking(tenant) as ask:
            return [_origin(row) for row in ask(_of_chunk, digest=pack_digest(chunk))]


def _of_version(tenant: bool) -> Select[Any]:
    """Ordinal and digest of the chunks of the version `digest` of the documents `name`, and whose they are."""
    found = (
        select(CHUNK.ordinal, CHUNK.digest, SOURCE.tenant)
        .join_from(table(DocumentRow), table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .join(table(ChunkRow), CHUNK.version == VERSION.id)
        .where(DOCUMENT.name == bindparam("name"), VERSION.digest == bindparam("digest"))
        .order_by(CHUNK.ordinal, CHUNK.id)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _of_chunk(tenant: bool) -> Select[Any]:
    """The places of the chunk `digest`, and the events that brought it there."""
    found = (
        select(SOURCE.namespace, SOURCE.name, DOCUMENT.name, VERSION.digest, CHUNK.ordinal, SOURCE.tenant)
        .add_columns(EVENT.idx, EVENT.type, EVENT.run, EVENT.at, EVENT.detail)
        .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .join(table(EventRow), EVENT.idx == CHUNK.event)
        .where(CHUNK.digest == bindparam("digest"))
        .order_by(CHUNK.event, CHUNK.id)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _origin(row: Row) -> ChunkOrigin:
    namespace, name, document, version, ordinal, owner, index, kind, run, at, detail = row
    body = decode(kind, compressor().unpack(detail))
    principal = body.principal if isinstance(body, Intent | Ingestion) else None
    companions = _companions(body)
    return ChunkOrigin(
        tenant=owner,
        source=str(Source(namespace, name)),
        document=document,
        version=unpack_digest(version),
        ordinal=ordinal,
        at=unpack_time(at),
        index=index,
        run=unpack_id(run),
        by="ingest" if isinstance(body, Ingestion) else "request",
        application=principal.application if principal else "",
        end_user=principal.end_user if principal else "",
        collection=body.collection if isinstance(body, Ingestion) else "",
        companions=companions[:COMPANIONS_MAX],
        companions_total=len(companions),
    )


def _companions(body: Body) -> list[str]:
    """The documents that came in with the event, each once."""
    if isinstance(body, Ingestion):
        return list(dict.fromkeys(entry.document.id for entry in body.documents if entry.chunks))
    if isinstance(body, Intent):
        return list(dict.fromkeys(edge.chunk.document for edge in body.edges))
    return []
