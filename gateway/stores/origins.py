"""Where documents came in: which version, when, into which collection; the first step of every way upstream."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, String, bindparam, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.runs import Ingestion
from gateway.stores import queries
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_digest, pack_id, unpack_digest, unpack_time
from gateway.stores.queries import DOCUMENT, EVENT, INGESTION, SOURCE, VERSION, Asking
from gateway.stores.questions import NEWEST, Questions
from gateway.stores.statements import table
from gateway.stores.tables import DocumentRow, EventRow, IngestionRow, SourceRow, VersionRow
from gateway.stores.telling import Told

TOGETHER = 32
"""Addresses of one statement."""

DOCUMENTS_MAX = 1_000
"""Documents of one name, in different sources or of different tenants, that are told of."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A document version on its way in, as the record has it."""

    tenant: str
    source: Source
    document: str
    version: Digest
    url: str | None = None
    at: datetime | None = None
    """When it was ingested last; `None` if it never was."""
    collection: str = ""
    """The collection of ours that it entered then."""
    how: How | None = None
    state: ChunkState | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A document version by its numbers in the catalogue, and what tells which datasets it is part of."""

    version: int
    number: int
    """Of its source."""
    source: Source
    document: str
    url: str | None
    at: datetime | None
    """When it was ingested; `None` if it never was."""
    collection: str = ""
    """The collection of ours that it entered, where that was asked for."""
    whole: bool = False
    """Whether all of its source is told of."""


class SQLOrigins:
    """Answers from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def of_response(self, id: str, tenant: str | None) -> Sequence[Entered] | None:
        """Return what the chunks of response *id* are of, in their order, each once; `None` if there is no such one.

        What was never ingested has the time of the response.
        """
        with self._questions.asking(tenant) as ask:
            rows = ask(queries.response, id=pack_id(id))
            if not rows:
                return None
            told = Told(rows[0])
            context = told.context(ask)
            found: dict[tuple[Source, str, Digest, ChunkState], Entered] = {}
            for edge, entry in zip(told.intent.edges, context, strict=False):
                chunk = edge.chunk
                key = chunk.source, chunk.document, chunk.version, edge.state
                if key not in found:
                    come = self._entered(ask, told.tenant, chunk, entry.url, told.seq)
                    at = come.at or told.at
                    found[key] = Entered(
                        told.tenant, chunk.source, chunk.document, chunk.version, entry.url, at, come.collection,
                        chunk.how, edge.state,
                    )  # fmt: skip
        return [*found.values()]

    def of_chunks(self, chunks: Sequence[Chunk], tenant: str) -> Sequence[Entered]:
        """Return what each of *chunks* of *tenant* is of."""
        with self._questions.asking(tenant) as ask:
            return [self._entered(ask, tenant, chunk, chunk.url, NEWEST) for chunk in chunks]

    def of_document(self, name: str, tenant: str | None) -> Sequence[Entered]:
        """Return the current version of the document *name* in each source that has it."""
        with self._questions.asking(tenant) as ask:
            found: dict[tuple[str, Source], Entered] = {}
            for owner, namespace, source, version, url, at, detail in ask(_current, name=short(name)):
                place = owner, Source(namespace, source)
                collection = _collection(detail)
                found.setdefault(place, Entered(*place, name, unpack_digest(version), url, unpack_time(at), collection))
            for owner, namespace, source in ask(_owners, name=short(name)):
                place = owner, Source(namespace, source)
                found.setdefault(place, Entered(*place, name, ""))
        return [*found.values()]

    def tenants_of(self, source: Source, tenant: str | None) -> Sequence[str]:
        """Return who has documents of *source*."""
        with self._questions.asking(tenant) as ask:
            rows = ask(_having, namespace=short(source.namespace), source=short(source.name))
        return [owner for (owner,) in rows]

    def parts(self, datasets: Sequence[Source], collections: AbstractSet[str], tenant: str) -> Iterator[Part]:
        """Yield the document versions of *tenant* that may be part of one of *datasets*, or entered *collections*.

        They are more than those that are: their names have to be compared. What was ingested again comes again.
        """
        with self._questions.asking(tenant) as ask:
            for dataset in datasets:
                named = {"namespace": short(dataset.namespace), "source": short(dataset.name)}
                for row in ask(_of_source, **named):
                    yield replace(_part(row), whole=True)
                for name in dict.fromkeys(_document_names(dataset)):
                    yield from map(_part, ask(_named, name=short(name)))
            addresses = [address for dataset in datasets for address in _addresses(dataset)]
            for start in range(0, len(addresses), TOGETHER):
                some = addresses[start : start + TOGETHER]
                some += some[-1:] * (TOGETHER - len(some))
                yield from map(_part, ask(_addressed, **{f"u{at}": one for at, one in enumerate(some)}))
            for event, detail in ask(_ingests) if collections else ():
                collection = _collection(detail)
                if collection in collections:
                    for row in ask(_of_ingest, event=event):
                        yield replace(_part(row), collection=collection)

    def _entered(self, ask: Asking, tenant: str, chunk: Chunk, url: str | None, before: int) -> Entered:
        given = {
            "owner": tenant,
            "namespace": short(chunk.source.namespace),
            "source": short(chunk.source.name),
            "name": short(chunk.document),
            "digest": pack_digest(chunk.version),
            "before": before,
        }
        for at, detail, known in ask(_ingested, **given):
            collection, when = _collection(detail), unpack_time(at)
            return Entered(tenant, chunk.source, chunk.document, chunk.version, url or known, when, collection)
        return Entered(tenant, chunk.source, chunk.document, chunk.version, url)


def _collection(detail: bytes) -> str:
    body = decode("ingest", compressor().unpack(detail))
    return body.collection if isinstance(body, Ingestion) else ""


def _part(row: Row) -> Part:
    version, number, namespace, name, document, url, at = row
    when = None if at is None else unpack_time(at)
    return Part(version, number, Source(namespace, name), document, url, when)


def _document_names(dataset: Source) -> Iterator[str]:
    """Yield the names that a document has whose object, file or address *dataset* is."""
    yield from (dataset.name, str(dataset))
    for at, character in enumerate(dataset.name):
        if character == "/":
            yield dataset.name[at + 1 :]


def _addresses(dataset: Source) -> Iterator[str]:
    """Yield the addresses at which *dataset* may stand."""
    if dataset.namespace == "file":
        yield f"file://{dataset.name}"
    elif "://" in dataset.namespace:
        yield f"{dataset.namespace}/{dataset.name.lstrip('/')}"


def _parts(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Versions that fulfil *conditions*, once for each time that they were ingested."""
    url = func.coalesce(INGESTION.url, VERSION.url)
    return (
        select(VERSION.id, SOURCE.id, SOURCE.namespace, SOURCE.name, DOCUMENT.name, url, EVENT.at)
        .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
        .join(table(VersionRow), VERSION.document == DOCUMENT.id)
        .outerjoin(table(IngestionRow), INGESTION.version == VERSION.id)
        .outerjoin(table(EventRow), EVENT.idx == INGESTION.event)
        .where(SOURCE.tenant == bindparam("tenant"), *conditions)
    )


def _of_source(tenant: bool) -> Select[Any]:
    """The versions of the source `namespace`, `source`."""
    return _parts(SOURCE.namespace == bindparam("namespace"), SOURCE.name == bindparam("source"))


def _named(tenant: bool) -> Select[Any]:
    """The versions of the documents `name`."""
    return _parts(DOCUMENT.name == bindparam("name"))


def _addressed(tenant: bool) -> Select[Any]:
    """The versions at one of `TOGETHER` addresses."""
    listed: list[BindParameter[str]] = [bindparam(f"u{at}", type_=String()) for at in range(TOGETHER)]
    return _parts(or_(INGESTION.url.in_(listed), VERSION.url.in_(listed)))


def _ingests(tenant: bool) -> Select[Any]:
    """Every ingest that made a version current."""
    each = select(INGESTION.event).distinct().subquery()
    found = select(EVENT.idx, EVENT.detail).join_from(each, table(EventRow), EVENT.idx == each.c.event)
    return found.where(EVENT.tenant == bindparam("tenant"))


def _of_ingest(tenant: bool) -> Select[Any]:
    """The versions that the ingest `event` made current."""
    return _parts(INGESTION.event == bindparam("event"))


def _versions(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
        .join(table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(IngestionRow), INGESTION.version == VERSION.id)
        .join(table(EventRow), EVENT.idx == INGESTION.event)
        .where(DOCUMENT.name == bindparam("name"))
        .order_by(INGESTION.event.desc(), INGESTION.position.desc())
    )


def _ingested(tenant: bool) -> Select[Any]:
    """The last ingest of the version `digest` of the document `name` of `namespace`, `source`, before `before`."""
    return (
        _versions(EVENT.at, EVENT.detail, INGESTION.url)
        .where(
            SOURCE.tenant == bindparam("owner"),
            SOURCE.namespace == bindparam("namespace"),
            SOURCE.name == bindparam("source"),
            VERSION.digest == bindparam("digest"),
            INGESTION.event < bindparam("before"),
        )
        .limit(1)
    )


def _current(tenant: bool) -> Select[Any]:
    """Ingests of the documents `name` of any source, the last ones first."""
    found = _versions(
        SOURCE.tenant, SOURCE.namespace, SOURCE.name, VERSION.digest, INGESTION.url, EVENT.at, EVENT.detail
    ).limit(DOCUMENTS_MAX)
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _owners(tenant: bool) -> Select[Any]:
    """The sources of the documents `name`, ingested or not."""
    found = (
        select(SOURCE.tenant, SOURCE.namespace, SOURCE.name)
        .join_from(table(DocumentRow), table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(DOCUMENT.name == bindparam("name"))
        .order_by(DOCUMENT.id)
        .limit(DOCUMENTS_MAX)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _having(tenant: bool) -> Select[Any]:
    """Who has the source `namespace`, `source`."""
    found = select(SOURCE.tenant).where(SOURCE.namespace == bindparam("namespace"), SOURCE.name == bindparam("source"))
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found
