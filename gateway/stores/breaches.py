"""Breaches of tenant isolation, as the tenants whose texts turned up elsewhere may read them."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, bindparam, select

from gateway.domain.records import BreachRecord
from gateway.domain.runs import Breached
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_time
from gateway.stores.queries import EVENT
from gateway.stores.questions import Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import BreachRow, EventRow

BREACH = table(BreachRow).c


class SQLBreaches:
    """The breaches that the log tells of, asked by *questions*."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def breaches(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[BreachRecord], str]:
        """Return one page of breaches of *tenant*'s texts, the newest first, and the next page's cursor.

        `None` stands for all tenants. Raises `BadRequest` for a cursor of nowhere, `LineageUnavailable`.
        """
        with self._questions.asking(tenant) as ask:
            rows = ask(_newest, before=place(cursor), limit=limit + 1)
            page = [_record(row) for row in rows[:limit]]
        return page, str(page[-1].index) if len(rows) > limit else ""


def _newest(tenant: bool) -> Select[Any]:
    found = (
        select(EVENT.idx, EVENT.at, EVENT.tenant, EVENT.detail)
        .join_from(table(BreachRow), table(EventRow), EVENT.idx == BREACH.event)
        .where(BREACH.event < bindparam("before"))
        .order_by(BREACH.event.desc())
        .limit(bindparam("limit"))
    )
    return found.where(BREACH.tenant == bindparam("tenant")) if tenant else found


def _record(row: Row) -> BreachRecord:
    index, at, tenant, detail = row
    body = cast(Breached, decode("breach", compressor().unpack(detail)))
    return BreachRecord(index, unpack_time(at), tenant, body.response, body.chunks, body.late)
