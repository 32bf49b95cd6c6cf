"""Timelines: the log's entries about a conversation, response, user, application, document or incident, in order.

Each way to be concerned gives its newest entries before the page, by an index of its own; together they are the page.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from gateway.domain.digests import Digest
from gateway.domain.incidents import added
from gateway.domain.runs import (
    Accessed,
    Body,
    IncidentChanged,
    Ingestion,
    Intent,
    LineageReported,
    PolicyActivated,
    Quarantined,
)
from gateway.domain.timelines import Happening, Span
from gateway.stores import concerning
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.incidentitems import entries
from gateway.stores.incidents import INCIDENT, steps
from gateway.stores.packing import pack_id, pack_time, unpack_id, unpack_time
from gateway.stores.queries import EVENT, OUTCOME, RESPONSE, Asking, Query
from gateway.stores.questions import Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import ConversationRow, EventRow, ResponseRow

CONVERSATION = table(ConversationRow).c

NAMED = 20
"""Documents that an entry names."""

POLICIES_MAX = 50
"""Changes of policy that are told between the entries of a page."""

_EVER = 1 << 62


class SQLTimelines:
    """Answers from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def timeline(
        self, span: Span, tenant: str | None, *, limit: int, cursor: str = ""
    ) -> tuple[Sequence[Happening], str]:
        """Return one page of what happened, newest first, and the next page's cursor.

        Raises `BadRequest` for a cursor that no page gave, `LineageUnavailable`.
        """
        given = {
            "before": place(cursor),
            "limit": limit + 1,
            "since": pack_time(span.since) if span.since else 0,
            "until": pack_time(span.until) if span.until else _EVER,
        }
        with self._questions.asking(tenant) as ask:
            items = partial(self._of_items, span.incident, tenant)
            indexes = sorted(_indexes(ask, span, given, items), reverse=True)[: limit + 1]
            page = [found for index in indexes[:limit] for found in _happening(ask, index)]
            if span.is_narrow and len(page) > 1:
                page += _policies(ask, page[-1].index, page[0].index)
                page.sort(key=lambda one: -one.index)
        return page, str(indexes[limit - 1]) if len(indexes) > limit else ""

    def _of_items(self, incident: str, tenant: str | None, given: Mapping[str, object]) -> set[int]:
        """Return the entries about the items of *incident*, among those of its own tenant."""
        with self._questions.asking(tenant) as ask:
            taken = [*steps(ask, incident)]
        if not taken:
            return set()
        with self._questions.asking(taken[0][2]) as ask:
            return entries(ask, added(taken), given)


Items = Callable[[Mapping[str, object]], set[int]]
"""Tells the entries about an incident's items."""


def _indexes(ask: Asking, span: Span, given: Mapping[str, object], items: Items) -> set[int]:
    """Return the newest entries that concern *span*."""
    if not span.is_narrow:
        return {row[0] for row in ask(_everything, **given)}
    found: list[set[int]] = []
    for name, queries in _WAYS.items():
        if wanted := getattr(span, name):
            named = {"name": short(wanted), "subject": short(f"{name}/{wanted}"), "id": pack_id(wanted)}
            # Several conditions: each alone may have its entries far apart.
            many = {**given, "limit": _EVER if _several(span) else given["limit"]}
            found.append({row[0] for query in queries for row in ask(query, **many, **named)})
            if name == "incident":
                found[-1] |= items(many)
    return set.intersection(*found)


def _several(span: Span) -> bool:
    return sum(bool(getattr(span, name)) for name in _WAYS) > 1


def _policies(ask: Asking, first: int, last: int) -> Iterator[Happening]:
    """Yield the changes of policy between two entries; a process that starts with the same set changes nothing."""
    decided = ask(_decided, first=first, last=last)
    before = f"policy set {_policy(decided[0][0])}" if decided else ""
    for row in ask(_activations, first=first, last=last):
        for found in _happening(ask, row[0]):
            if found.what != before:
                before = found.what
                yield found


def _policy(detail: bytes) -> Digest:
    body = decode("intent", compressor().unpack(detail))
    return body.policy if isinstance(body, Intent) else ""


def _happening(ask: Asking, index: int) -> Iterator[Happening]:
    for kind, run, at, detail in ask(_entry, index=index):
        body = decode(kind, compressor().unpack(detail))
        ending = ask(_ending, seq=index) if isinstance(body, Intent) else ()
        application, person, documents = _who(body)
        yield Happening(
            at=unpack_time(at),
            index=index,
            type="response" if isinstance(body, Intent) else kind,
            id=body.incident if isinstance(body, IncidentChanged) else unpack_id(run),
            application=application,
            person=person,
            what=_what(body, ending),
            documents=list(dict.fromkeys(documents))[:NAMED],
        )


def _who(body: Body) -> tuple[str, str, Sequence[str]]:
    principal = getattr(body, "principal", None)
    application = principal.application if principal else getattr(body, "application", "")
    person = principal.end_user if principal else ""
    if isinstance(body, Intent):
        return application, person, [edge.chunk.document for edge in body.edges]
    if isinstance(body, Ingestion):
        return application, person, [entry.document.id for entry in body.documents]
    if isinstance(body, Quarantined):
        return application, person, [body.document]
    return application, person, ()


def _what(body: Body, ending: Sequence[Row]) -> str:
    if isinstance(body, Intent):
        state, decision, error = ending[0] if ending else ("open", "", "")
        again = f"replays {body.replays}; " if body.replays else ""
        again += f"goes on from {body.continues}; " if body.continues else ""
        failed = f", {error}" if error else ""
        return f"{again}{body.model} at {body.provider or 'nobody'}: {decision or state}{failed}"
    if isinstance(body, Ingestion):
        return f"{len(body.documents)} documents into {body.collection or 'the catalogue'}"
    if isinstance(body, Quarantined):
        by = f" by rule {body.rule}" if body.rule else ""
        return f"{'released' if body.released else 'quarantined'}{by}: {body.reason}"
    if isinstance(body, Accessed):
        return body.action + (f" ({len(body.subjects)})" if len(body.subjects) > 1 else "")
    if isinstance(body, PolicyActivated):
        return f"policy set {body.digest}"
    if isinstance(body, IncidentChanged):
        return f"{body.step}" + (f" {len(body.items)} items" if body.items else "")
    return "reported lineage" if isinstance(body, LineageReported) else ""


def _everything(tenant: bool) -> Select[Any]:
    """The entries before `before` but outcomes, which are told with their responses."""
    found = select(EVENT.idx).where(
        EVENT.idx < bindparam("before"), EVENT.type != "outcome", *concerning.in_time(EVENT.at)
    )
    if tenant:
        found = found.where(or_(EVENT.tenant == bindparam("tenant"), EVENT.tenant == ""))
    return found.order_by(EVENT.idx.desc()).limit(bindparam("limit"))


def _entry(tenant: bool) -> Select[Any]:
    found = select(EVENT.type, EVENT.run, EVENT.at, EVENT.detail).where(EVENT.idx == bindparam("index"))
    return found.where(or_(EVENT.tenant == bindparam("tenant"), EVENT.tenant == "")) if tenant else found


def _ending(tenant: bool) -> Select[Any]:
    return select(OUTCOME.state, OUTCOME.decision, OUTCOME.error).where(OUTCOME.seq == bindparam("seq"))


def _activations(tenant: bool) -> Select[Any]:
    found = select(EVENT.idx).where(EVENT.idx > bindparam("first"), EVENT.idx < bindparam("last"))
    return found.where(EVENT.type == "policy").order_by(EVENT.idx).limit(POLICIES_MAX)


def _decided(tenant: bool) -> Select[Any]:
    """What was recorded of the first response from `first` to `last`, which says what policy set decided it."""
    found = select(EVENT.detail).join_from(table(ResponseRow), table(EventRow), EVENT.idx == RESPONSE.seq)
    found = found.where(RESPONSE.seq >= bindparam("first"), RESPONSE.seq <= bindparam("last"))
    return found.order_by(RESPONSE.seq).limit(1)


def _of_user(tenant: bool) -> Select[Any]:
    return concerning.responses(tenant).where(RESPONSE.end_user == bindparam("name"))


def _of_app(tenant: bool) -> Select[Any]:
    return concerning.responses(tenant).where(RESPONSE.application == bindparam("name"))


def _of_conversation(tenant: bool) -> Select[Any]:
    turns = select(CONVERSATION.seq).where(CONVERSATION.name == bindparam("name"))
    return concerning.responses(tenant).where(RESPONSE.seq.in_(turns))


def _beside_response(tenant: bool) -> Select[Any]:
    """What the caller of the response `id` said in the same conversation: others may give theirs the same name."""
    one, other = (table(ResponseRow).alias(name) for name in ("one", "other"))
    turn = table(ConversationRow).alias("turn")
    beside = (
        select(other.c.seq)
        .join_from(one, turn, turn.c.seq == one.c.seq)
        .join(table(ConversationRow), CONVERSATION.name == turn.c.name)
        .join(other, other.c.seq == CONVERSATION.seq)
        .where(one.c.id == bindparam("id"), other.c.tenant == one.c.tenant)
        .where(other.c.application == one.c.application, other.c.end_user == one.c.end_user)
    )
    return concerning.responses(tenant).where(RESPONSE.seq.in_(beside))


def _of_incident(tenant: bool) -> Select[Any]:
    steps = select(INCIDENT.event).where(INCIDENT.incident == bindparam("id"))
    return concerning.events(tenant).where(EVENT.idx.in_(steps))


_WAYS: Mapping[str, Sequence[Query]] = {
    "conversation": (_of_conversation,),
    "user": (_of_user,),
    "app": (_of_app,),
    "response": (concerning.response, _beside_response, concerning.accesses),
    "document": (concerning.fed_by_document, concerning.ingests, concerning.quarantines, concerning.accesses),
    "incident": (_of_incident, concerning.accesses),
}
"""How entries concern what a timeline is of."""
