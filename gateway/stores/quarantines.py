"""Which documents are out of use: the register, from the log's own entries about it."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from gateway.domain.documents import Source
from gateway.domain.quarantines import Contained, QuarantineEntry
from gateway.domain.runs import Quarantined
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_digest, unpack_time
from gateway.stores.queries import CHUNK, DOCUMENT, EVENT, SOURCE, VERSION
from gateway.stores.questions import Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, DocumentRow, EventRow, QuarantineRow, SourceRow, VersionRow

QUARANTINE = table(QuarantineRow).c


class SQLQuarantines:
    """The register in the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def version(self) -> int:
        """Return what changes whenever the register does. Raises `LineageUnavailable`, as all the others do."""
        with self._questions.asking() as ask:
            return int(ask(_newest)[0][0] or 0)

    def contained(self) -> Sequence[Contained]:
        """Return every document that is out of use, with the chunks that it ever had."""
        with self._questions.asking() as ask:
            return [
                Contained(tenant, namespace, source, document, frozenset(unpack_digest(row[0]) for row in chunks))
                for tenant, namespace, source, document in ask(_active)
                for chunks in [ask(_chunks, owner=tenant, namespace=namespace, source=source, name=document)]
            ]

    def history(
        self, tenant: str | None, *, document: str = "", limit: int = 50, cursor: str = ""
    ) -> tuple[Sequence[QuarantineEntry], str]:
        """Return one page of what was quarantined and released, newest first, and the next page's cursor.

        Only what concerns *document*, if one is named. Raises `BadRequest` for a cursor that no page gave.
        """
        with self._questions.asking(tenant) as ask:
            rows = ask(_history, name=short(document), before=place(cursor), limit=limit + 1)
        page = list(_entries(rows[:limit]))
        return page, str(page[-1].index) if len(rows) > limit else ""

    def places(self, document: str, tenant: str | None) -> Sequence[tuple[str, Source]]:
        """Return the tenants and sources that have a document of that id."""
        with self._questions.asking(tenant) as ask:
            rows = ask(_places, name=short(document))
        return [(owner, Source(namespace, name)) for owner, namespace, name in rows]


def _newest(tenant: bool) -> Select[Any]:
    return select(func.max(QUARANTINE.event) + 1)


def _active(tenant: bool) -> Select[Any]:
    """Each document of which the last word is that it is out of use."""
    key = (QUARANTINE.tenant, QUARANTINE.namespace, QUARANTINE.source, QUARANTINE.document)
    last = select(func.max(QUARANTINE.event).label("event")).group_by(*key).subquery()
    return select(*key).where(QUARANTINE.event.in_(select(last.c.event)), QUARANTINE.released.is_(False))


def _chunks(tenant: bool) -> Select[Any]:
    """Digests of the chunks of all versions of the document `name` of `owner`."""
    return (
        select(CHUNK.digest)
        .join_from(table(SourceRow), table(DocumentRow), DOCUMENT.source == SOURCE.id)
        .join(table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(ChunkRow), CHUNK.version == VERSION.id)
        .where(SOURCE.tenant == bindparam("owner"), SOURCE.namespace == bindparam("namespace"))
        .where(SOURCE.name == bindparam("source"), DOCUMENT.name == bindparam("name"))
    )


def _history(tenant: bool) -> Select[Any]:
    found = (
        select(EVENT.idx, EVENT.at, EVENT.tenant, EVENT.detail)
        .join_from(table(QuarantineRow), table(EventRow), EVENT.idx == QUARANTINE.event)
        .where(QUARANTINE.event < bindparam("before"))
        .where((bindparam("name") == "") | (QUARANTINE.document == bindparam("name")))
        .order_by(QUARANTINE.event.desc())
        .limit(bindparam("limit"))
    )
    return found.where(QUARANTINE.tenant == bindparam("tenant")) if tenant else found


def _places(tenant: bool) -> Select[Any]:
    found = (
        select(SOURCE.tenant, SOURCE.namespace, SOURCE.name)
        .join_from(table(DocumentRow), table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(DOCUMENT.name == bindparam("name"))
        .order_by(SOURCE.id)
    )
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _entries(rows: Sequence[Row]) -> Iterator[QuarantineEntry]:
    for index, at, tenant, detail in rows:
        body = decode("quarantine", compressor().unpack(detail))
        if not isinstance(body, Quarantined):
            raise ValueError("the detail is not that of a quarantine")
        who = body.principal
        yield QuarantineEntry(
            at=unpack_time(at),
            index=index,
            tenant=tenant,
            source=str(body.source),
            document=body.document,
            released=body.released,
            reason=body.reason,
            rule=body.rule,
            owner=body.owner,
            run=body.run,
            application=who.application if who else "",
            person=who.end_user if who else "",
        )
