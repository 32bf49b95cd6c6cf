"""The questions to the tables, as statements for one database, each made when it is first asked.

Every question takes `tenant`: whether it is asked for one tenant, whose name is then the parameter of that name.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, String, bindparam, func, or_, select

from gateway.domain.documents import ChunkState
from gateway.stores.connecting import Cursor, Row
from gateway.stores.statements import Statement, Statements, table
from gateway.stores.tables import (
    LATER,
    ChunkRow,
    DocumentRow,
    EdgeRow,
    EventRow,
    IngestionRow,
    OutcomeRow,
    ResponseRow,
    SourceRow,
    TreeRow,
    VersionRow,
)

EVENT, TREE = table(EventRow).c, table(TreeRow).c
SOURCE, DOCUMENT, VERSION, CHUNK = (table(row).c for row in (SourceRow, DocumentRow, VersionRow, ChunkRow))
INGESTION, RESPONSE, OUTCOME, EDGE = (table(row).c for row in (IngestionRow, ResponseRow, OutcomeRow, EdgeRow))

READ_BY_A_MODEL = (ChunkState.SENT, ChunkState.MASKED, ChunkState.ATTRIBUTED)
"""States of a chunk whose text a model read, as it is or masked."""

OPEN_RUNS_MAX = 1_000
"""Open runs that are listed, the newest."""

Query = Callable[[bool], Select[Any]]


class Queries:
    """Statements by question."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._made: dict[tuple[Query, bool], Statement] = {}

    def __call__(self, query: Query, *, tenant: bool = False) -> Statement:
        """Return *query* as a statement."""
        made = self._made.get((query, tenant))
        if made is None:
            made = self._made[query, tenant] = _made(self._statements, query, tenant)
        return made


@lru_cache(maxsize=1_000)
def _made(statements: Statements, query: Query, tenant: bool) -> Statement:
    """Return *query* as a statement; making one takes longer than most take to answer."""
    return statements.compiled(query(tenant))


class Asking:
    """Asks *queries* on *cursor*, for one *tenant* or, with `None`, for all."""

    def __init__(self, queries: Queries, cursor: Cursor, tenant: str | None) -> None:
        self.cursor = cursor
        self._queries = queries
        self._tenant = tenant

    def __call__(self, query: Query, **values: object) -> Sequence[Row]:
        """Return the rows of *query*, whose parameters are *values*."""
        statement = self._queries(query, tenant=self._tenant is not None)
        given = {**statement.usual, "tenant": self._tenant, **values}
        self.cursor.execute(statement.text, tuple(given[name] for name in statement.names))
        return self.cursor.fetchall()


def response(tenant: bool) -> Select[Any]:
    """Event rows and outcome of the response `id`."""
    return responses_told(tenant).where(RESPONSE.id == bindparam("id"))


def responses(tenant: bool) -> Select[Any]:
    """The same of the `limit` newest responses before `before`."""
    found = responses_told(tenant).where(RESPONSE.seq < bindparam("before"))
    return found.order_by(RESPONSE.seq.desc()).limit(bindparam("limit"))


def context(tenant: bool) -> Select[Any]:
    """Where the chunks of the response `seq` come from, in the order of its edges."""
    return (
        select(
            EDGE.position,
            VERSION.title,
            VERSION.url,
            VERSION.labels,
            CHUNK.title,
            CHUNK.url,
            CHUNK.labels,
        )
        .join_from(table(EdgeRow), table(ChunkRow), CHUNK.id == EDGE.chunk)
        .join(table(VersionRow), VERSION.id == CHUNK.version)
        .where(EDGE.seq == bindparam("seq"))
        .order_by(EDGE.position)
    )


def told(tenant: bool) -> Select[Any]:
    """The entries that told of edges of the response `seq` later, with what they hold, in their order."""
    later = (
        select((EDGE.position // LATER).label("idx"))
        .where(EDGE.seq == bindparam("seq"), EDGE.position >= LATER)
        .distinct()
        .subquery()
    )
    found = select(EVENT.idx, EVENT.detail, EVENT.catalogue).join_from(later, table(EventRow), EVENT.idx == later.c.idx)
    return found.order_by(EVENT.idx)


def documents(tenant: bool) -> Select[Any]:
    """The documents `name` of any source."""
    found = (
        select(DOCUMENT.id, SOURCE.namespace, SOURCE.name)
        .join_from(table(DocumentRow), table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(DOCUMENT.name == bindparam("name"))
        .order_by(DOCUMENT.id)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def listed(tenant: bool) -> Select[Any]:
    """The `limit` newest documents before `before`; those of the source `namespace`, `name`, or, if empty, all."""
    found = (
        select(DOCUMENT.id, SOURCE.namespace, SOURCE.name, DOCUMENT.name)
        .join_from(table(DocumentRow), table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(
            DOCUMENT.id < bindparam("before"),
            or_(_text("namespace") == "", (SOURCE.namespace == _text("namespace")) & (SOURCE.name == _text("name"))),
        )
        .order_by(DOCUMENT.id.desc())
        .limit(bindparam("limit"))
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def titled(tenant: bool) -> Select[Any]:
    """The same of those with `text`, a pattern, in their names or in the title of a version.

    Each is looked through once, the names in their index, before anything is joined: a third of a millisecond
    for every thousand documents.
    """
    names = select(DOCUMENT.id).where(func.lower(DOCUMENT.name).like(_text("text"), escape="\\"))
    titles = select(VERSION.document).where(func.lower(VERSION.title).like(_text("text"), escape="\\"))
    return listed(tenant).where(DOCUMENT.id.in_(names.union(titles)))


def sources(tenant: bool) -> Select[Any]:
    """The sources, how many documents each has, and when the last of them was first seen."""
    found = (
        select(SOURCE.namespace, SOURCE.name, func.count(), func.max(EVENT.at))
        .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
        .join(table(EventRow), EVENT.idx == DOCUMENT.event)
        .group_by(SOURCE.namespace, SOURCE.name)
        .order_by(SOURCE.namespace, SOURCE.name)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=String())


def versions(tenant: bool) -> Select[Any]:
    """The versions of the document `document`, in the order in which they were first seen."""
    chunks = select(func.count()).where(CHUNK.version == VERSION.id).scalar_subquery()
    return (
        select(VERSION.id, VERSION.digest, VERSION.title, VERSION.url, VERSION.labels, EVENT.idx, EVENT.at, EVENT.run)
        .add_columns(chunks)
        .join_from(table(VersionRow), table(EventRow), EVENT.idx == VERSION.event)
        .where(VERSION.document == bindparam("document"))
        .order_by(VERSION.id)
    )


def ingestions(tenant: bool) -> Select[Any]:
    """When versions of the document `document` became current, in that order."""
    return (
        select(VERSION.id, INGESTION.title, INGESTION.url, INGESTION.labels, EVENT.idx, EVENT.at, EVENT.run)
        .join_from(table(VersionRow), table(IngestionRow), INGESTION.version == VERSION.id)
        .join(table(EventRow), EVENT.idx == INGESTION.event)
        .where(VERSION.document == bindparam("document"))
        .order_by(INGESTION.event, INGESTION.position)
    )


def current_of(tenant: bool) -> Select[Any]:
    """The same of the document `document` alone, the last one first."""
    found = current(tenant).where(DOCUMENT.name == bindparam("document")).order_by(None)
    return found.order_by(INGESTION.event.desc(), INGESTION.position.desc()).limit(1)


def current(tenant: bool) -> Select[Any]:
    """Each version that became current in the source `namespace`, `name` of `owner`, in that order."""
    return (
        select(DOCUMENT.name, VERSION.digest, INGESTION.title, INGESTION.url, INGESTION.labels)
        .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
        .join(table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(IngestionRow), INGESTION.version == VERSION.id)
        .where(
            SOURCE.tenant == bindparam("owner"),
            SOURCE.namespace == bindparam("namespace"),
            SOURCE.name == bindparam("name"),
        )
        .order_by(INGESTION.event, INGESTION.position)
    )


def open_runs(tenant: bool) -> Select[Any]:
    """The newest intents without an outcome."""
    return (
        select(RESPONSE.id, RESPONSE.at, RESPONSE.application, RESPONSE.seq)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .where(OUTCOME.seq.is_(None))
        .order_by(RESPONSE.seq.desc())
        .limit(OPEN_RUNS_MAX)
    )


def sizes(tenant: bool) -> Select[Any]:
    """How many rows there are: of the log, and of the tables that a person asks for."""
    counted = (ResponseRow, DocumentRow, VersionRow, ChunkRow, EdgeRow)
    counts = [select(func.count()).select_from(table(row)).scalar_subquery() for row in counted]
    return select(select(TREE.size).scalar_subquery(), *counts)


def responses_told(tenant: bool) -> Select[Any]:
    """Event rows and outcome of all responses, as `telling.Told` takes them."""
    ending = table(EventRow).alias("ending")
    found = (
        select(RESPONSE.seq, RESPONSE.id, EVENT.at, EVENT.tenant, EVENT.detail, EVENT.catalogue)
        .add_columns(OUTCOME.event, OUTCOME.state, ending.c.detail)
        .join_from(table(ResponseRow), table(EventRow), EVENT.idx == RESPONSE.seq)
        .outerjoin(table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .outerjoin(ending, ending.c.idx == OUTCOME.event)
    )
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found
