"""Whose responses they are: the ids of a person's responses, a page at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from gateway.stores.packing import plain, unpack_id
from gateway.stores.queries import RESPONSE
from gateway.stores.questions import Questions, place


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

    def total(self, end_user: str, tenant: str) -> int:
        """Return how many there are. Raises `LineageUnavailable`."""
        with self._questions.asking(tenant) as ask:
            return int(ask(_total, who=plain(end_user))[0][0]) if end_user else 0


def _page(tenant: bool) -> Select[Any]:
    """Place and id of the `limit` newest responses to `who` before `before`."""
    found = select(RESPONSE.seq, RESPONSE.id).where(RESPONSE.tenant == bindparam("tenant"))
    found = found.where(RESPONSE.end_user == bindparam("who"), RESPONSE.seq < bindparam("before"))
    return found.order_by(RESPONSE.seq.desc()).limit(bindparam("limit"))


def _total(tenant: bool) -> Select[Any]:
    """How many responses there are to `who`."""
    found = select(func.count()).where(RESPONSE.tenant == bindparam("tenant"))
    return found.where(RESPONSE.end_user == bindparam("who"))
