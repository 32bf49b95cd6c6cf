"""What a search asks the record's tables: which responses are wanted, by everything but their texts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select

from gateway.domain.documents import ChunkState, Source
from gateway.domain.errors import BadRequest
from gateway.domain.runs import RunState
from gateway.domain.searches import Wish
from gateway.stores.additions import short
from gateway.stores.packing import STATE_NUMBERS, pack_time, plain
from gateway.stores.queries import (
    CHUNK,
    DOCUMENT,
    EDGE,
    EVENT,
    OUTCOME,
    RESPONSE,
    SOURCE,
    TREE,
    VERSION,
    Query,
    responses_told,
)
from gateway.stores.statements import table
from gateway.stores.tables import (
    ChunkRow,
    DocumentRow,
    EdgeRow,
    EventRow,
    OutcomeRow,
    ResponseRow,
    SourceRow,
    VersionRow,
)

AT_ONCE = 64
"""Entries whose responses are asked for together."""

PLACES = tuple(f"n{number}" for number in range(AT_ONCE))

OPEN = "OPEN"
"""State of a response without an outcome."""

_FIELDS = ("application", "end_user", "document", "source", "since", "until")


class Shape(NamedTuple):
    """Which conditions a wish makes, whatever their values."""

    given: frozenset[str]
    """Names of the fields that are not empty."""
    state: str
    """`chunk`, `run`, `open` or nothing."""


def shape(wish: Wish) -> Shape:
    """Return the shape of *wish*. Raises `BadRequest` for a state that there is not."""
    known = {*ChunkState, *RunState, OPEN} - {RunState.START}
    if wish.state and wish.state not in known:
        raise BadRequest(f"There is no state {wish.state!r}; there are {', '.join(sorted(known))}.", param="state")
    state = "chunk" if wish.state in {*ChunkState} else "open" if wish.state == OPEN else "run" if wish.state else ""
    return Shape(frozenset(name for name in _FIELDS if getattr(wish, name)), state)


class Questions(NamedTuple):
    """The questions for the responses that a wish wants, whatever their texts. Their values are those of `values`."""

    some: Query
    """Takes entries of the log, `n0`, `n1` …, and gives the entry behind the columns of `queries.responses_told`."""
    page: Query
    """Takes `before` and `limit`."""
    said: Query
    """Takes entries as `some` does, and gives of each its number, type, tenant and detail."""


@lru_cache(maxsize=256)
def questions(wanted: Shape) -> Questions:
    """Return the questions for a wish of that shape."""

    def some(tenant: bool) -> Select[Any]:
        entry = table(EventRow).alias("entry")
        found = responses_told(tenant).add_columns(entry.c.idx).join(entry, entry.c.run == RESPONSE.id)
        return found.where(entry.c.idx.in_([bindparam(place) for place in PLACES]), *_conditions(wanted))

    def page(tenant: bool) -> Select[Any]:
        found = responses_told(tenant).where(RESPONSE.seq < bindparam("before"), *_conditions(wanted))
        return found.order_by(RESPONSE.seq.desc()).limit(bindparam("limit"))

    def said(tenant: bool) -> Select[Any]:
        entry = table(EventRow).alias("entry")
        found = select(entry.c.idx, entry.c.type, entry.c.tenant, entry.c.detail)
        conditions = _conditions(wanted)
        if conditions:
            found = found.join_from(entry, table(ResponseRow), RESPONSE.id == entry.c.run)
            found = found.outerjoin(table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        if tenant:
            found = found.where(entry.c.tenant == bindparam("tenant"))
        return found.where(entry.c.idx.in_([bindparam(place) for place in PLACES]), *conditions)

    return Questions(some, page, said)


def values(wish: Wish) -> dict[str, object]:
    """Return the values of the questions."""
    source = Source.parse(wish.source) if wish.source else Source("", "")
    return {
        "application": plain(wish.application),
        "end_user": plain(wish.end_user),
        "document": short(wish.document),
        "namespace": short(source.namespace),
        "source": short(source.name),
        "state": wish.state,
        "part": STATE_NUMBERS.get(wish.state, -1),
        "since": pack_time(wish.since) if wish.since else 0,
        "until": pack_time(wish.until) if wish.until else 0,
    }


def moment(tenant: bool) -> Select[Any]:
    """When the entry `index` was made."""
    return select(EVENT.at).where(EVENT.idx == bindparam("index"))


def size(tenant: bool) -> Select[Any]:
    """How many entries the log has."""
    return select(TREE.size)


def tail(tenant: bool) -> Select[Any]:
    """The newest `limit` entries from `first` on that begin or end a response."""
    found = select(EVENT.idx).where(
        EVENT.idx >= bindparam("first"), or_(EVENT.type == "intent", EVENT.type == "outcome")
    )
    if tenant:
        found = found.where(EVENT.tenant == bindparam("tenant"))
    return found.order_by(EVENT.idx.desc()).limit(bindparam("limit"))


def _conditions(wanted: Shape) -> Sequence[ColumnElement[bool]]:
    each: dict[str, ColumnElement[bool]] = {
        "application": RESPONSE.application == bindparam("application"),
        "end_user": RESPONSE.end_user == bindparam("end_user"),
        "since": RESPONSE.at >= bindparam("since"),
        "until": RESPONSE.at < bindparam("until"),
    }
    conditions = [condition for name, condition in each.items() if name in wanted.given]
    if wanted.state == "open":
        conditions.append(OUTCOME.seq.is_(None))
    elif wanted.state == "run":
        conditions.append(OUTCOME.state == bindparam("state"))
    if wanted.given & {"document", "source"}:
        conditions.append(RESPONSE.seq.in_(_fed(wanted)))
    elif wanted.state == "chunk":
        conditions.append(exists().where(EDGE.seq == RESPONSE.seq, EDGE.state == bindparam("part")))
    return conditions


def _fed(wanted: Shape) -> Select[Any]:
    """The responses in which a chunk took part that is of the document or source, and in the state."""
    found = (
        select(EDGE.seq)
        .join_from(table(EdgeRow), table(ChunkRow), CHUNK.id == EDGE.chunk)
        .join(table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
    )
    if "document" in wanted.given:
        found = found.where(DOCUMENT.name == bindparam("document"))
    if "source" in wanted.given:
        found = found.where(SOURCE.namespace == bindparam("namespace"), SOURCE.name == bindparam("source"))
    return found.where(EDGE.state == bindparam("part")) if wanted.state == "chunk" else found
