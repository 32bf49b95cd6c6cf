"""Questions for the log's entries about something: newest first, so many before a place, in a time.

Each takes `before`, `limit`, `since` and `until`, and the name of what it is about.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from gateway.stores.accesses import ACCESS
from gateway.stores.quarantines import QUARANTINE
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, EVENT, INGESTION, RESPONSE, VERSION
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, DocumentRow, EdgeRow, EventRow, IngestionRow, VersionRow


def events(tenant: bool) -> Select[Any]:
    """All entries; those of no tenant, too."""
    found = select(EVENT.idx).select_from(table(EventRow)).where(EVENT.idx < bindparam("before"), *in_time(EVENT.at))
    if tenant:
        found = found.where(or_(EVENT.tenant == bindparam("tenant"), EVENT.tenant == ""))
    return found.order_by(EVENT.idx.desc()).limit(bindparam("limit"))


def responses(tenant: bool) -> Select[Any]:
    """All responses, by the entries that begin them."""
    found = select(RESPONSE.seq).where(RESPONSE.seq < bindparam("before"), *in_time(RESPONSE.at))
    found = found.order_by(RESPONSE.seq.desc()).limit(bindparam("limit"))
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found


def in_time(at: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether *at* is from `since` to `until`."""
    return at >= bindparam("since"), at <= bindparam("until")


def response(tenant: bool) -> Select[Any]:
    """The response `id`."""
    return responses(tenant).where(RESPONSE.id == bindparam("id"))


def accesses(tenant: bool) -> Select[Any]:
    """Who was shown `subject`."""
    return events(tenant).where(EVENT.idx.in_(select(ACCESS.event).where(ACCESS.subject == bindparam("subject"))))


def accesses_since(tenant: bool) -> Select[Any]:
    """The same behind the entry `added`."""
    shown = select(ACCESS.event).where(ACCESS.subject == bindparam("subject"), ACCESS.event > bindparam("added"))
    return events(tenant).where(EVENT.idx.in_(shown))


def ingests(tenant: bool) -> Select[Any]:
    """When versions of the document `name` came in."""
    entered = (
        select(INGESTION.event)
        .join_from(table(DocumentRow), table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(IngestionRow), INGESTION.version == VERSION.id)
        .where(DOCUMENT.name == bindparam("name"))
    )
    return events(tenant).where(EVENT.idx.in_(entered))


def quarantines(tenant: bool) -> Select[Any]:
    """When the document `name` was taken out of use, or released."""
    changed = select(QUARANTINE.event).where(QUARANTINE.document == bindparam("name"))
    return events(tenant).where(EVENT.idx.in_(changed))


def versions(tenant: bool) -> Select[Any]:
    """When the version `digest` came in, or was first seen."""
    seen = select(VERSION.event).where(VERSION.digest == bindparam("digest"))
    return events(tenant).where(EVENT.idx.in_(seen))


def chunks(tenant: bool) -> Select[Any]:
    """When the chunk `digest` was first seen, in each place."""
    return events(tenant).where(EVENT.idx.in_(select(CHUNK.event).where(CHUNK.digest == bindparam("digest"))))


def fed_by_document(tenant: bool) -> Select[Any]:
    """The responses in which the document `name` took part."""
    return responses(tenant).where(RESPONSE.seq.in_(_edges_of_document()))


def fed_by_document_since(tenant: bool) -> Select[Any]:
    """The same behind the entry `added`."""
    return responses(tenant).where(RESPONSE.seq.in_(_since(_edges_of_document())))


def fed_by_version_since(tenant: bool) -> Select[Any]:
    """Those in which the version `digest` took part."""
    edges = (
        select(EDGE.seq)
        .join_from(table(VersionRow), table(ChunkRow), CHUNK.version == VERSION.id)
        .join(table(EdgeRow), EDGE.chunk == CHUNK.id)
        .where(VERSION.digest == bindparam("digest"))
    )
    return responses(tenant).where(RESPONSE.seq.in_(_since(edges)))


def fed_by_chunk_since(tenant: bool) -> Select[Any]:
    """Those in which the chunk `digest` took part."""
    edges = select(EDGE.seq).join_from(table(ChunkRow), table(EdgeRow), EDGE.chunk == CHUNK.id)
    return responses(tenant).where(RESPONSE.seq.in_(_since(edges.where(CHUNK.digest == bindparam("digest")))))


def _edges_of_document() -> Select[Any]:
    return (
        select(EDGE.seq)
        .join_from(table(DocumentRow), table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(ChunkRow), CHUNK.version == VERSION.id)
        .join(table(EdgeRow), EDGE.chunk == CHUNK.id)
        .where(DOCUMENT.name == bindparam("name"))
    )


def _since(edges: Select[Any]) -> Select[Any]:
    return edges.where(EDGE.seq > bindparam("added"))
