"""The questions of verification to the tables (see queries.py)."""

from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlmodel import SQLModel

from gateway.stores.leaves import LEAF
from gateway.stores.projecting import PROJECTED
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, EVENT, OUTCOME, RESPONSE, SOURCE, TREE, VERSION, Query
from gateway.stores.statements import table
from gateway.stores.tables import (
    LATER,
    ChunkRow,
    DocumentRow,
    EdgeRow,
    EventRow,
    LeafRow,
    OutcomeRow,
    SaltRow,
    SourceRow,
    VersionRow,
)

SALT = table(SaltRow).c


def entries(tenant: bool) -> Select[Any]:
    """At most `limit` entries of the log from `first` on, each with its leaf and secret."""
    return (
        select(*EVENT, LEAF.hashes, LEAF.data, SALT.secret)
        .outerjoin_from(table(EventRow), table(LeafRow), LEAF.idx == EVENT.idx)
        .outerjoin(table(SaltRow), SALT.event == EVENT.idx)
        .where(EVENT.idx >= bindparam("first"))
        .order_by(EVENT.idx)
        .limit(bindparam("limit"))
    )


def tree(tenant: bool) -> Select[Any]:
    """What the tree says of itself."""
    return select(TREE.size, TREE.root, TREE.frontier, TREE["keys"])


def rows(model: type[SQLModel]) -> Query:
    """Return the question for the rows of *model* that belong to the entries from `first` to `last`."""
    columns = table(model).c
    owner = columns[OWNER[model]]

    def query(tenant: bool) -> Select[Any]:
        found = select(*columns).where(owner >= bindparam("first"), owner <= bindparam("last"))
        if model is EdgeRow:
            found = found.where(EDGE.position < LATER)
        return found.order_by(owner, *table(model).primary_key.columns)

    return query


def strangers(model: type[SQLModel]) -> Query:
    """Return the question how many rows of *model* belong to no entry before `end`."""
    owner = table(model).c[OWNER[model]]

    def query(tenant: bool) -> Select[Any]:
        return select(func.count()).where(or_(owner < 0, owner >= bindparam("end")))

    return query


def ending(tenant: bool) -> Select[Any]:
    """The response of the run `run`, who made it and, if it has one, the row of its outcome."""
    columns = table(OutcomeRow).c
    return (
        select(RESPONSE.seq, RESPONSE.end_user, RESPONSE.application, *columns)
        .outerjoin_from(RESPONSE.seq.table, table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .where(RESPONSE.id == bindparam("run"))
    )


def told(tenant: bool) -> Select[Any]:
    """The edges of the response `seq` from position `first` on, before `end`."""
    found = select(*table(EdgeRow).c).where(EDGE.seq == bindparam("seq"), EDGE.position >= bindparam("first"))
    return found.where(EDGE.position < bindparam("end")).order_by(EDGE.position)


def edges_told(tenant: bool) -> Select[Any]:
    """How many edges were told of after their response's intent."""
    return select(func.count()).where(EDGE.position >= LATER)


def outcomes(tenant: bool) -> Select[Any]:
    """How many outcomes are listed."""
    return select(func.count()).select_from(table(OutcomeRow))


def version(tenant: bool) -> Select[Any]:
    """Whose the version `number` is."""
    return (
        select(SOURCE.tenant, SOURCE.namespace, SOURCE.name, DOCUMENT.name, VERSION.digest)
        .join_from(table(VersionRow), table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(VERSION.id == bindparam("number"))
    )


def chunk(tenant: bool) -> Select[Any]:
    """Whose the chunk `number` is, and which."""
    return (
        select(SOURCE.tenant, SOURCE.namespace, SOURCE.name, DOCUMENT.name, VERSION.digest)
        .add_columns(CHUNK.ordinal, CHUNK.digest)
        .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(CHUNK.id == bindparam("number"))
    )


OWNER: dict[type[SQLModel], str] = {
    EventRow: "idx",
    SaltRow: "event",
    LeafRow: "idx",
    **{model: "event" if "event" in table(model).c else "seq" for model in PROJECTED},
}
"""The column by which a row belongs to an entry of the log."""

ROWS = {model: rows(model) for model in PROJECTED if model is not OutcomeRow}
"""Rows by entry. Outcomes are asked for by response (`ending`)."""

STRANGERS = {str(table(model).name): strangers(model) for model in OWNER}
