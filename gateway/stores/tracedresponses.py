"""The responses of one trace, as far as it takes to tell what else fed them."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, bindparam, select

from gateway.domain.runs import Intent, Traced
from gateway.stores import queries
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_trace, unpack_id, unpack_time
from gateway.stores.queries import EVENT, RESPONSE, Asking
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import EventRow, ResponseRow
from gateway.tracing.recorded import Recorded, named

MOST = 1_000
"""Responses of one trace that are looked at, the newest."""


class SQLTracedResponses:
    """A `tracing.recorded.Responses` that asks *questions*."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def of_trace(self, tenant: str, trace_id: str) -> Sequence[Recorded]:
        """Return the responses of *tenant* in the trace. See `Responses.of_trace`. Raises `LineageUnavailable`."""
        trace = pack_trace(trace_id)
        if trace is None:
            return ()
        with self._questions.asking(tenant) as ask:
            return [_recorded(ask, *row) for row in ask(_of_trace, trace=trace, limit=MOST)]


def _of_trace(tenant: bool) -> Select[Any]:
    found = (
        select(RESPONSE.seq, RESPONSE.id, RESPONSE.at, EVENT.detail)
        .join_from(table(ResponseRow), table(EventRow), EVENT.idx == RESPONSE.seq)
        .where(RESPONSE.trace == bindparam("trace"))
        .order_by(RESPONSE.seq.desc())
        .limit(bindparam("limit"))
    )
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found


def _recorded(ask: Asking, seq: int, run: bytes, at: int, detail: bytes) -> Recorded:
    unpack = compressor().unpack
    intent = cast(Intent, decode("intent", unpack(detail)))
    told = [cast(Traced, decode("traced", unpack(row[1]))) for row in ask(queries.told, seq=seq)]
    edges = (*intent.edges, *(edge for body in told for edge in body.edges))
    known = {name for edge in edges for name in named(edge.chunk)}
    return Recorded(unpack_id(run), unpack_time(at), intent.principal, intent.destinations, frozenset(known))
