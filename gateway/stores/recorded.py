"""Recorded responses one after the other, for whoever decides about them again: page by page, the newest first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, func, or_, select

from gateway.domain.errors import LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.records import Recorded, Span
from gateway.domain.runs import Outcome
from gateway.stores.additions import Additions, described
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode, decode_intent
from gateway.stores.packing import pack_time, unpack_id, unpack_time
from gateway.stores.queries import CHUNK, EDGE, EVENT, OUTCOME, RESPONSE, VERSION
from gateway.stores.questions import NEWEST, Questions
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, EdgeRow, EventRow, OutcomeRow, ResponseRow, VersionRow

PAGE = 500
"""Responses that are read at once, and held in memory."""


class SQLRecorded:
    """The responses in the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def count(self, span: Span) -> int:
        """Return how many responses *span* means. Raises `LineageUnavailable`."""
        with self._questions.asking(span.tenant) as ask:
            return int(ask(counted, **_given(span))[0][0])

    def pages(self, span: Span) -> Iterator[Sequence[Recorded]]:
        """Yield the responses that *span* means, newest first, at most `PAGE` at a time.

        No transaction is held open between two pages; what is recorded meanwhile is not among them. Raises
        `LineageUnavailable`, also for an entry that is damaged.
        """
        before = NEWEST
        while page := self._page(span, before):
            before, recorded = page
            yield recorded

    def _page(self, span: Span, before: int) -> tuple[int, Sequence[Recorded]] | None:
        given = _given(span)
        with self._questions.asking(span.tenant) as ask:
            rows = ask(responses, before=before, limit=PAGE, **given)
            if not rows:
                return None
            first = rows[-1][0]
            labels: dict[tuple[int, int], str | None] = {}
            for seq, position, own, usual in ask(labelled, first=first, last=rows[0][0], **given):
                labels[seq, position] = usual if own is None else own
        return first, [_recorded(row, labels) for row in rows]


def counted(tenant: bool) -> Select[Any]:
    """How many responses there are from `since` to `until`, of `application` or, if that is empty, of all."""
    return select(func.count()).select_from(table(ResponseRow)).where(_meant(tenant))


def responses(tenant: bool) -> Select[Any]:
    """The `limit` newest of them before `before`, with the events that tell of them."""
    ending = table(EventRow).alias("ending")
    page = (
        select(RESPONSE.seq, RESPONSE.id)
        .where(_meant(tenant), RESPONSE.seq < bindparam("before"))
        .order_by(RESPONSE.seq.desc())
        .limit(bindparam("limit"))
        .subquery()
    )
    return (
        select(page.c.seq, page.c.id, EVENT.at, EVENT.tenant, EVENT.detail, EVENT.catalogue, ending.c.detail)
        .join_from(page, table(EventRow), EVENT.idx == page.c.seq)
        .outerjoin(table(OutcomeRow), OUTCOME.seq == page.c.seq)
        .outerjoin(ending, ending.c.idx == OUTCOME.event)
        .order_by(page.c.seq.desc())
    )


def labelled(tenant: bool) -> Select[Any]:
    """The labels of the chunks of those from `first` to `last`, as chunk and version have them in the catalogue."""
    return (
        select(EDGE.seq, EDGE.position, CHUNK.labels, VERSION.labels)
        .join_from(table(ResponseRow), table(EdgeRow), EDGE.seq == RESPONSE.seq)
        .join(table(ChunkRow), CHUNK.id == EDGE.chunk)
        .join(table(VersionRow), VERSION.id == CHUNK.version)
        .where(_meant(tenant), RESPONSE.seq >= bindparam("first"), RESPONSE.seq <= bindparam("last"))
    )


def _meant(tenant: bool) -> Any:
    application = bindparam("application", type_=String())
    own = (RESPONSE.tenant == bindparam("tenant"),) if tenant else ()
    named = or_(application == "", RESPONSE.application == application)
    return and_(RESPONSE.at >= bindparam("since"), RESPONSE.at < bindparam("until"), named, *own)


def _given(span: Span) -> dict[str, object]:
    return {
        "since": _packed(span.since, -NEWEST),
        "until": _packed(span.until, NEWEST),
        "application": span.application or "",
    }


def _packed(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else pack_time(moment)


def _recorded(row: Row, labels: Mapping[tuple[int, int], str | None]) -> Recorded:
    seq, run, at, tenant, detail, catalogue, outcome = row
    unpack = compressor().unpack
    try:
        differing = Additions.load(unpack(catalogue)).differing if catalogue else {}
        intent = decode_intent(
            unpack(detail),
            lambda position: _facts(
                differing[position].labels if position in differing else labels.get((seq, position))
            ),
        )
        ended = None if outcome is None else decode("outcome", unpack(outcome))
        if not isinstance(ended, Outcome | None):
            raise ValueError("this is the detail of another event")
    except ValueError as exc:
        raise LineageUnavailable(f"entry {seq} of the lineage log is damaged; `lineward verify` tells more") from exc
    return Recorded(unpack_id(run), unpack_time(at), tenant, intent, ended)


@lru_cache(maxsize=8192)
def _facts(labels: str | None) -> Facts:
    return described((None, None, labels)).labels
