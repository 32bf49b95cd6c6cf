"""Breaches of tenant isolation, as the tenants whose texts turned up elsewhere may read them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from gateway.domain.records import BreachRecord
from gateway.domain.runs import Breached
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row, parsed
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_time
from gateway.stores.pool import Readers
from gateway.stores.queries import EVENT, Asking, Queries
from gateway.stores.questions import place
from gateway.stores.statements import Statements, table
from gateway.stores.tables import BreachRow, EventRow

BREACH = table(BreachRow).c


class SQLBreaches:
    """The breaches that the log at *url* tells of."""

    def __init__(self, url: str) -> None:
        address = parsed(url)
        self._queries = Queries(Statements(address))
        self._readers = Readers(address)

    def breaches(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[BreachRecord], str]:
        """Return one page of breaches of *tenant*'s texts, the newest first, and the next page's cursor.

        `None` stands for all tenants. Raises `BadRequest` for a cursor of nowhere, `LineageUnavailable`.
        """
        with self._readers.borrow() as connection:
            ask = Asking(self._queries, connection.cursor(), tenant)
            rows = ask(_newest, before=place(cursor), limit=limit + 1)
        return [_record(row) for row in rows[:limit]], str(rows[limit - 1][0]) if len(rows) > limit else ""

    def close(self) -> None:
        """Close the connections."""
        self._readers.close()


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
    body = decode("breach", compressor().unpack(detail))
    told = body if isinstance(body, Breached) else Breached("", ())
    return BreachRecord(index, unpack_time(at), tenant, told.response, told.chunks)
