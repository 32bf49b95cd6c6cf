"""Blast radius: which responses the chunks of a document, version or source, or one chunk, took part in.

The index of edges by (chunk, response, state) answers. Work is bounded: of a subject whose chunks took part more often
than BOUND, what is counted covers so many edges and says so, and pages walk the responses from the newest one down,
where such a subject is met soon.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from gateway.domain.documents import ChunkState, Source
from gateway.domain.records import Impact, ImpactEntry
from gateway.domain.runs import RunState
from gateway.domain.subjects import Kind, Subject
from gateway.stores.additions import short
from gateway.stores.packing import pack_digest, unpack_id, unpack_time
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, OUTCOME, READ_BY_A_MODEL, RESPONSE, SOURCE, VERSION, Asking
from gateway.stores.questions import place
from gateway.stores.statements import table
from gateway.stores.tables import (
    AttributionRow,
    ChunkRow,
    DocumentRow,
    EdgeRow,
    OutcomeRow,
    ResponseRow,
    SourceRow,
    VersionRow,
)

BOUND = 250_000
"""Edges of a subject that are counted."""

SOURCES_MAX = 32
"""Sources, or versions, of one statement."""

ATTRIBUTION = table(AttributionRow).c

_DAY = timedelta(days=1) // timedelta(microseconds=1)
_READ = frozenset(READ_BY_A_MODEL)
_NO_STATE = frozenset[str]()


def impact(ask: Asking, subject: Subject, *, limit: int, cursor: str = "", after: int = -1) -> Impact | None:
    """Return who was fed by *subject*, one page of *limit* responses from *cursor* on; only after entry *after*.

    `None` if nothing is known of it.     Raises `BadRequest` for a cursor that no page gave.
    """
    if subject.kind is not Kind.SOURCE:
        given = {"name": short(subject.id)} if subject.kind is Kind.DOCUMENT else {"digest": pack_digest(subject.id)}
        return _impact(ask, subject, _BY_KIND[subject.kind], [given], limit, cursor, after)
    named = [number for number, source in _sources(ask) if subject.id in (source.name, str(source))]
    return _of_sources(ask, subject, named, limit, cursor, after)


def impact_of_parts(
    ask: Asking, subject: Subject, sources: Sequence[int], versions: Sequence[int], *, limit: int, cursor: str = ""
) -> Impact:
    """Return the same of all that *subject* reached: *sources* as a whole and single *versions*, by their numbers."""
    found = _impact(ask, subject, _PARTS, _groups({"s": sources, "v": versions}), limit, cursor)
    return found or Impact(subject.id, [], 0, {}, {}, {}, kind=subject.kind)


def _of_sources(
    ask: Asking, subject: Subject, numbers: Sequence[int], limit: int, cursor: str, after: int = -1
) -> Impact | None:
    return _impact(ask, subject, _BY_KIND[Kind.SOURCE], _groups({"s": numbers}), limit, cursor, after)


def _groups(numbers: Mapping[str, Sequence[int]]) -> list[dict[str, object]]:
    """Return the parameters of as many statements as *numbers*, by the letter of their parameters, need."""
    longest = max(map(len, numbers.values()))
    return [
        {
            f"{letter}{place}": of[at + place] if at + place < len(of) else _NO_NUMBER
            for letter, of in numbers.items()
            for place in range(SOURCES_MAX)
        }
        for at in range(0, longest, SOURCES_MAX)
    ]


def _impact(
    ask: Asking,
    subject: Subject,
    asked: "_Asked",
    given: Sequence[Mapping[str, object]],
    limit: int,
    cursor: str,
    after: int = -1,
) -> Impact | None:
    before = place(cursor)
    if not any(ask(asked.known, **values) for values in given):
        return None
    fed: dict[int, set[str]] = {}
    counted = 0
    for values in given:
        rows = ask(asked.fed, bound=BOUND + 1 - counted, **values)
        counted += len(rows)
        for seq, state in rows:
            if seq > after:
                fed.setdefault(seq, set()).add(state)
        for (seq,) in ask(asked.attributed, bound=BOUND, **values):
            if seq in fed:
                fed[seq].add(ChunkState.ATTRIBUTED.value)
    whole = counted <= BOUND
    if whole:
        page = sorted((seq for seq in fed if seq < before), reverse=True)[: limit + 1]
    else:
        found = {row[0] for values in given for row in ask(asked.walk, before=before, limit=limit + 1, **values)}
        page = sorted((seq for seq in found if seq > after), reverse=True)[: limit + 1]
    readers = _readers(ask, asked, given, fed)
    return Impact(
        subject=subject.id,
        responses=[_entry(ask, asked, given, seq) for seq in page[:limit]],
        total=len(fed),
        by_state=_counted(state for states in fed.values() for state in states),
        applications=_counted(application for application, _, _ in readers),
        end_users=_counted(end_user for _, end_user, _ in readers),
        cursor=str(page[limit - 1]) if len(page) > limit else "",
        kind=subject.kind,
        days=dict(sorted(_counted(f"{unpack_time(day * _DAY):%Y-%m-%d}" for _, _, day in readers).items())),
        complete=whole,
    )


def _readers(
    ask: Asking, asked: "_Asked", given: Sequence[Mapping[str, object]], fed: Mapping[int, set[str]]
) -> list[tuple[str, str, int]]:
    """Application, end user and day of each response whose prompt held the text."""
    seen: dict[int, tuple[str, str, int]] = {}
    for values in given:
        for seq, application, end_user, day in ask(asked.readers, bound=BOUND + 1, **values):
            seen[seq] = application, end_user, day
    return [about for seq, about in seen.items() if not fed.get(seq, _NO_STATE).isdisjoint(_READ)]


def _entry(ask: Asking, asked: "_Asked", given: Sequence[Mapping[str, object]], seq: int) -> ImpactEntry:
    _, run, at, application, end_user, state = ask(_response, seq=seq)[0]
    states = {found for values in given for (found,) in ask(asked.states, seq=seq, **values)}
    if any(ask(asked.attributed_in, seq=seq, **values) for values in given):
        states.add(ChunkState.ATTRIBUTED.value)
    return ImpactEntry(
        response=unpack_id(run),
        at=unpack_time(at),
        application=application,
        end_user=end_user,
        states=[ChunkState(found) for found in sorted(states)],
        run_state=None if state is None else RunState(state),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _sources(ask: Asking) -> list[tuple[int, Source]]:
    return [(number, Source(namespace, name)) for number, namespace, name in ask(_all_sources)]


def _all_sources(tenant: bool) -> Select[Any]:
    found = select(SOURCE.id, SOURCE.namespace, SOURCE.name)
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _response(tenant: bool) -> Select[Any]:
    """The response `seq`, and how it ended."""
    return (
        select(RESPONSE.seq, RESPONSE.id, RESPONSE.at, RESPONSE.application, RESPONSE.end_user, OUTCOME.state)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .where(RESPONSE.seq == bindparam("seq"))
    )


_NO_NUMBER = -1
"""No row has it."""


def _listed(column: ColumnElement[int], letter: str) -> ColumnElement[bool]:
    return column.in_([bindparam(f"{letter}{number}") for number in range(SOURCES_MAX)])


_Condition = Callable[[], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions about the subjects that fulfil a condition on the catalogue."""

    condition: _Condition

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
        """Response and state of at most `bound` of its edges."""
        return self._edges(tenant).limit(bindparam("bound"))

    def readers(self, tenant: bool) -> Select[Any]:
        """Application, end user and day of the responses of so many edges."""
        fed = self._edges(tenant).limit(bindparam("bound")).subquery()
        each = select(fed.c.seq).distinct().subquery()
        day = (RESPONSE.at // _DAY).label("day")
        return select(RESPONSE.seq, RESPONSE.application, RESPONSE.end_user, day).join_from(
            each, table(ResponseRow), RESPONSE.seq == each.c.seq
        )

    def states(self, tenant: bool) -> Select[Any]:
        """In which states its chunks took part in the response `seq`."""
        return self._walked(select(EDGE.state).where(EDGE.seq == bindparam("seq")), tenant)

    def attributed(self, tenant: bool) -> Select[Any]:
        """At most `bound` responses of which a sentence is attributed to a chunk of it."""
        return self._attributions(tenant).where(self.condition()).distinct().limit(bindparam("bound"))

    def attributed_in(self, tenant: bool) -> Select[Any]:
        """Whether a sentence of the response `seq` is."""
        return self._attributions(tenant).where(ATTRIBUTION.seq == bindparam("seq"), self.condition()).limit(1)

    def walk(self, tenant: bool) -> Select[Any]:
        """The `limit` newest of its responses before `before`, found from the newest response down."""
        walked = self._walked(select(EDGE.seq).where(EDGE.seq < bindparam("before")), tenant)
        return walked.order_by(EDGE.seq.desc()).limit(bindparam("limit"))

    def _edges(self, tenant: bool) -> Select[Any]:
        found = (
            select(EDGE.seq, EDGE.state)
            .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
            .join(table(VersionRow), VERSION.document == DOCUMENT.id)
            .join(table(ChunkRow), CHUNK.version == VERSION.id)
            .join(table(EdgeRow), EDGE.chunk == CHUNK.id)
            .where(self.condition())
        )
        return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found

    def _attributions(self, tenant: bool) -> Select[Any]:
        found = (
            select(ATTRIBUTION.seq)
            .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
            .join(table(VersionRow), VERSION.document == DOCUMENT.id)
            .join(table(ChunkRow), CHUNK.version == VERSION.id)
            .join(table(AttributionRow), ATTRIBUTION.chunk == CHUNK.id)
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


_BY_KIND: Mapping[Kind, _Asked] = {
    Kind.CHUNK: _Asked(lambda: CHUNK.digest == bindparam("digest")),
    Kind.VERSION: _Asked(lambda: VERSION.digest == bindparam("digest")),
    Kind.DOCUMENT: _Asked(lambda: DOCUMENT.name == bindparam("name")),
    Kind.SOURCE: _Asked(lambda: _listed(SOURCE.id, "s")),
}
"""Bound methods of one object are equal, so that each statement is made once (`Queries`)."""

_PARTS = _Asked(lambda: or_(_listed(SOURCE.id, "s"), _listed(VERSION.id, "v")))
