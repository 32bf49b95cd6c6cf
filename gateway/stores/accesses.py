"""Who was shown what, from the log's own entries about it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from gateway.domain.accesses import AccessRecord
from gateway.domain.runs import Accessed
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_time
from gateway.stores.queries import EVENT
from gateway.stores.questions import Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import AccessRow, EventRow

ACCESS = table(AccessRow).c


class SQLAccesses:
    """Answers who has looked, from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def accesses(
        self, subject: str, tenant: str | None, *, limit: int, cursor: str = ""
    ) -> tuple[Sequence[AccessRecord], str]:
        """Return one page of those who were shown *subject*, or anything if it is empty, and the next page's cursor.

        The newest come first. A *tenant* is told of its own readers, and of operators who looked at everything: not at
        what, beside the *subject*, since that may be other tenants'.
        Raises `BadRequest` for a cursor that no page gave.
        """
        with self._questions.asking(tenant) as ask:
            query, named = (_of, {"subject": short(subject)}) if subject else (_all, {})
            rows = ask(query, before=place(cursor), limit=limit + 1, **named)
            page = [_record(row) for row in rows[:limit]]
        if tenant is not None:
            shown = (subject,) if subject else ()
            page = [one if one.tenant else replace(one, subjects=shown, query="") for one in page]
        return page, str(page[-1].index) if len(rows) > limit else ""


def _of(tenant: bool) -> Select[Any]:
    """The `limit` newest accesses before `before` that showed `subject`."""
    shown = select(ACCESS.event).where(ACCESS.subject == bindparam("subject"), ACCESS.event < bindparam("before"))
    return _newest(shown, tenant)


def _all(tenant: bool) -> Select[Any]:
    """The same of whatever was shown."""
    return _newest(select(ACCESS.event).where(ACCESS.position == 0, ACCESS.event < bindparam("before")), tenant)


def _newest(shown: Select[Any], tenant: bool) -> Select[Any]:
    found = shown.add_columns(EVENT.at, EVENT.tenant, EVENT.detail)
    found = found.join(table(EventRow), EVENT.idx == ACCESS.event)
    if tenant:
        found = found.where(or_(EVENT.tenant == bindparam("tenant"), EVENT.tenant == ""))
    return found.order_by(ACCESS.event.desc()).limit(bindparam("limit"))


def _record(row: Row) -> AccessRecord:
    index, at, tenant, detail = row
    body = decode("access", compressor().unpack(detail))
    if not isinstance(body, Accessed):
        raise ValueError("the detail is not that of an access")
    who = body.principal
    return AccessRecord(
        at=unpack_time(at),
        index=index,
        tenant=tenant,
        application=who.application,
        person=who.end_user,
        roles=sorted(who.roles),
        action=body.action,
        subjects=body.subjects,
        query=body.query,
    )
