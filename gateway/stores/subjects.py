"""Whose responses they are: the ids of a person's responses, a page at a time, and the notes that name the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, union

from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.mentions import names, written
from gateway.stores.packing import plain, unpack_id, unpack_time
from gateway.stores.queries import EVENT, RESPONSE
from gateway.stores.questions import Questions, place
from gateway.stores.sought import Sought
from gateway.stores.statements import table
from gateway.stores.tables import HoldRow, IncidentRow, QuarantineRow

PAGE = 500
"""Entries that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote into the record of a person, or where they named one."""

    index: int
    """Position in the log."""
    at: datetime
    kind: str
    """`incident`, `quarantine` or `hold`."""
    text: str
    """The title, note or reason; empty where the person is named beside it alone."""


class SQLSubjects:
    """Answers from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def responses(self, end_user: str, tenant: str, *, limit: int, cursor: str = "") -> tuple[Sequence[str], str]:
        """Return one page of the ids of responses to *end_user* of *tenant*, newest first, and the next page's cursor.

        Raises `BadRequest` for a cursor that no page gave, `LineageUnavailable`.
        """
        if not end_user:
            return [], ""
        with self._questions.asking(tenant) as ask:
            rows = ask(_page, who=plain(end_user), before=place(cursor), limit=limit + 1)
        return [unpack_id(bytes(row[1])) for row in rows[:limit]], str(rows[limit - 1][0]) if len(rows) > limit else ""

    def notes(self, end_user: str, tenant: str) -> Sequence[Note]:
        """Return the notes of *tenant* in which *end_user* is named, newest first (`mentions.names`).

        Raises `LineageUnavailable`.
        """
        if not end_user:
            return []
        sought, found, first = Sought.of(plain(end_user)), list[Note](), 0
        with self._questions.asking(tenant) as ask:
            while rows := ask(_written, first=first, limit=PAGE):
                for index, kind, at, detail in rows:
                    body = decode(kind, compressor().unpack(bytes(detail)))
                    if names(body, sought):
                        found.append(Note(int(index), unpack_time(at), kind, written(body)))
                first = rows[-1][0] + 1
        return found[::-1]

    def total(self, end_user: str, tenant: str) -> int:
        """Return how many there are. Raises `LineageUnavailable`."""
        with self._questions.asking(tenant) as ask:
            return int(ask(_total, who=plain(end_user))[0][0]) if end_user else 0


def _written(tenant: bool) -> Select[Any]:
    """At most `limit` entries from `first` on in which people wrote something."""
    kept = (table(row).c.event for row in (IncidentRow, QuarantineRow, HoldRow))
    found = select(EVENT.idx, EVENT.type, EVENT.at, EVENT.detail).where(EVENT.tenant == bindparam("tenant"))
    found = found.where(EVENT.idx >= bindparam("first"), EVENT.idx.in_(union(*map(select, kept))))
    return found.order_by(EVENT.idx).limit(bindparam("limit"))


def _page(tenant: bool) -> Select[Any]:
    """Place and id of the `limit` newest responses to `who` before `before`."""
    found = select(RESPONSE.seq, RESPONSE.id).where(RESPONSE.tenant == bindparam("tenant"))
    found = found.where(RESPONSE.end_user == bindparam("who"), RESPONSE.seq < bindparam("before"))
    return found.order_by(RESPONSE.seq.desc()).limit(bindparam("limit"))


def _total(tenant: bool) -> Select[Any]:
    """How many responses there are to `who`."""
    found = select(func.count()).where(RESPONSE.tenant == bindparam("tenant"))
    return found.where(RESPONSE.end_user == bindparam("who"))
