"""The questions to the tables about the edges of a subject: of one chunk, or all of a version, document or source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from gateway.domain.subjects import Kind
from gateway.stores.aggregates import listed
from gateway.stores.packing import STATES
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, SOURCE, VERSION
from gateway.stores.statements import table
from gateway.stores.tables import AttributionRow, ChunkRow, DocumentRow, EdgeRow, SourceRow, VersionRow

SOURCES_MAX = 32
"""Sources, or versions, of one statement."""

ATTRIBUTION = table(AttributionRow).c

_STATE = case((EDGE.state.between(0, len(STATES) - 1), EDGE.state), else_=len(STATES))


def _listed(column: ColumnElement[int], letter: str) -> ColumnElement[bool]:
    return column.in_([bindparam(f"{letter}{number}") for number in range(SOURCES_MAX)])


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions about the subjects that fulfil a condition on the catalogue."""

    condition: Callable[[], ColumnElement[bool]]

    def known(self, tenant: bool) -> Select[Any]:
        """Whether there is such a thing: a chunk of it, or at least its document."""
        found = (
            select(DOCUMENT.id)
            .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
            .join(table(VersionRow), VERSION.document == DOCUMENT.id)
            .outerjoin(table(ChunkRow), CHUNK.version == VERSION.id)
            .where(self.condition())
            .limit(1)
        )
        return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found

    def fed(self, tenant: bool) -> Select[Any]:
        """At most `bound` of its edges after `after`: response times 8, and the number of the state."""
        edge = (EDGE.seq * 8 + _STATE).label("edge")
        found = self._chunks(select(edge), tenant).join(table(EdgeRow), EDGE.chunk == CHUNK.id)
        some = found.where(EDGE.seq > bindparam("after"), self.condition()).limit(bindparam("bound")).subquery()
        return select(listed(some.c.edge))

    def attributed(self, tenant: bool) -> Select[Any]:
        """At most `bound` times a response after `after` of which a sentence is attributed to a chunk of it."""
        found = self._attributions(tenant).where(ATTRIBUTION.seq > bindparam("after"), self.condition())
        some = found.limit(bindparam("bound")).subquery()
        return select(listed(some.c.seq))

    def states(self, tenant: bool) -> Select[Any]:
        """In which states its chunks took part in the response `seq`."""
        return self._walked(select(EDGE.state).where(EDGE.seq == bindparam("seq")), tenant)

    def attributed_in(self, tenant: bool) -> Select[Any]:
        """Whether a sentence of the response `seq` is."""
        return self._attributions(tenant).where(ATTRIBUTION.seq == bindparam("seq"), self.condition()).limit(1)

    def walk(self, tenant: bool) -> Select[Any]:
        """The `limit` newest of its responses before `before`, found from the newest response down."""
        walked = self._walked(select(EDGE.seq).where(EDGE.seq < bindparam("before")), tenant)
        return walked.order_by(EDGE.seq.desc()).limit(bindparam("limit"))

    def _attributions(self, tenant: bool) -> Select[Any]:
        found = self._chunks(select(ATTRIBUTION.seq), tenant)
        return found.join(table(AttributionRow), ATTRIBUTION.chunk == CHUNK.id)

    def _chunks(self, what: Select[Any], tenant: bool) -> Select[Any]:
        found = (
            what.join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
            .join(table(VersionRow), VERSION.document == DOCUMENT.id)
            .join(table(ChunkRow), CHUNK.version == VERSION.id)
        )
        return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found

    def _walked(self, edges: Select[Any], tenant: bool) -> Select[Any]:
        is_one = (
            exists()
            .where(CHUNK.id == EDGE.chunk, VERSION.id == CHUNK.version, DOCUMENT.id == VERSION.document)
            .where(SOURCE.id == DOCUMENT.source, self.condition())
        )
        if tenant:
            is_one = is_one.where(SOURCE.tenant == bindparam("tenant"))
        return edges.where(is_one).distinct()


BY_KIND: Mapping[Kind, Asked] = {
    Kind.CHUNK: Asked(lambda: CHUNK.digest == bindparam("digest")),
    Kind.VERSION: Asked(lambda: VERSION.digest == bindparam("digest")),
    Kind.DOCUMENT: Asked(lambda: DOCUMENT.name == bindparam("name")),
    Kind.SOURCE: Asked(lambda: _listed(SOURCE.id, "s")),
}
"""Bound methods of one object are equal, so that each statement is made once (`Queries`)."""

PARTS = Asked(lambda: or_(_listed(SOURCE.id, "s"), _listed(VERSION.id, "v")))
