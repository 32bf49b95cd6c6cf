"""Incidents, from the log's own entries about them, and which other entries are evidence in one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from gateway.domain.incidents import IncidentRecord, folded, subjects
from gateway.domain.runs import IncidentChanged, IncidentStep
from gateway.domain.subjects import Kind, Subject
from gateway.stores.accesses import ACCESS
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_digest, pack_id, unpack_time
from gateway.stores.quarantines import QUARANTINE
from gateway.stores.queries import CHUNK, DOCUMENT, EVENT, INGESTION, SOURCE, VERSION, Asking
from gateway.stores.questions import Questions, place
from gateway.stores.statements import table
from gateway.stores.tables import (
    ChunkRow,
    DocumentRow,
    EventRow,
    IncidentRow,
    IngestionRow,
    SourceRow,
    VersionRow,
)

INCIDENT = table(IncidentRow).c

EVIDENCE_MAX = 2_000
"""Entries of one kind about one item that are evidence, the newest."""


class SQLIncidents:
    """Answers from the store that *questions* asks."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def incident(self, id: str, tenant: str | None) -> IncidentRecord | None:
        """Return the incident *id*, or `None`. Raises `LineageUnavailable`."""
        with self._questions.asking(tenant) as ask:
            return folded(steps(ask, id))

    def incidents(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[IncidentRecord], str]:
        """Return one page of incidents, the newest first, and the next page's cursor."""
        with self._questions.asking(tenant) as ask:
            rows = ask(_opened, before=place(cursor), limit=limit + 1, step=str(IncidentStep.OPENED))
            found = [folded(_steps(ask(_of_incident, id=row[1]))) for row in rows[:limit]]
        return [one for one in found if one], str(rows[limit - 1][0]) if len(rows) > limit else ""

    def evidence(self, record: IncidentRecord) -> Sequence[int]:
        """Return the entries that say of the items of *record* where they came from, what became of them, who looked.

        Those of responses are not among them: they are found by their ids.
        """
        found: set[int] = set()
        with self._questions.asking(record.tenant) as ask:
            for item in [*subjects(record), f"incident/{record.id}"]:
                found |= _places(ask, _accesses, subject=short(item))
                found |= _about(ask, item)
        return sorted(found)


def steps(ask: Asking, id: str) -> Iterator[tuple[int, datetime, str, IncidentChanged]]:
    """Yield the steps of the incident *id*, as `folded` takes them."""
    return _steps(ask(_of_incident, id=pack_id(id)))


def _about(ask: Asking, item: str) -> set[int]:
    try:
        subject = Subject.parse(item)
    except ValueError:
        return set()
    if subject.kind is Kind.DOCUMENT:
        name = short(subject.id)
        return (
            _places(ask, _ingests, name=name)
            | _places(ask, _first_seen, name=name)
            | _places(ask, _quarantines, name=name)
        )
    if subject.kind is Kind.VERSION:
        return _places(ask, _versions, digest=pack_digest(subject.id))
    if subject.kind is Kind.CHUNK:
        return _places(ask, _chunks, digest=pack_digest(subject.id))
    return set()


def _places(ask: Asking, query: Any, **given: object) -> set[int]:
    return {row[0] for row in ask(query, limit=EVIDENCE_MAX, **given)}


def _steps(rows: Sequence[Row]) -> Iterator[tuple[int, datetime, str, IncidentChanged]]:
    for index, at, tenant, detail in rows:
        body = decode("incident", compressor().unpack(detail))
        if isinstance(body, IncidentChanged):
            yield index, unpack_time(at), tenant, body


def _of_incident(tenant: bool) -> Select[Any]:
    """The steps of the incident `id`, in order."""
    steps = select(INCIDENT.event).where(INCIDENT.incident == bindparam("id"), INCIDENT.position == 0)
    found = select(EVENT.idx, EVENT.at, EVENT.tenant, EVENT.detail).where(EVENT.idx.in_(steps)).order_by(EVENT.idx)
    return found.where(EVENT.tenant == bindparam("tenant")) if tenant else found


def _opened(tenant: bool) -> Select[Any]:
    """The `limit` newest that were opened before `before`."""
    found = (
        select(INCIDENT.event, INCIDENT.incident)
        .join_from(table(IncidentRow), table(EventRow), EVENT.idx == INCIDENT.event)
        .where(INCIDENT.step == bindparam("step"), INCIDENT.event < bindparam("before"))
        .order_by(INCIDENT.event.desc())
        .limit(bindparam("limit"))
    )
    return found.where(EVENT.tenant == bindparam("tenant")) if tenant else found


def _accesses(tenant: bool) -> Select[Any]:
    found = (
        select(ACCESS.event)
        .join(table(EventRow), EVENT.idx == ACCESS.event)
        .where(ACCESS.subject == bindparam("subject"))
    )
    return _newest(found, ACCESS.event, tenant)


def _ingests(tenant: bool) -> Select[Any]:
    found = (
        select(INGESTION.event)
        .join_from(table(DocumentRow), table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(IngestionRow), INGESTION.version == VERSION.id)
        .join(table(EventRow), EVENT.idx == INGESTION.event)
        .where(DOCUMENT.name == bindparam("name"))
    )
    return _newest(found, INGESTION.event, tenant)


def _first_seen(tenant: bool) -> Select[Any]:
    """Entries in which a version of the document `name` was first seen, declared ones among them."""
    found = (
        select(VERSION.event)
        .join_from(table(DocumentRow), table(VersionRow), VERSION.document == DOCUMENT.id)
        .join(table(EventRow), EVENT.idx == VERSION.event)
        .where(DOCUMENT.name == bindparam("name"))
    )
    return _newest(found, VERSION.event, tenant)


def _versions(tenant: bool) -> Select[Any]:
    """The entry in which the version `digest` was first seen, in each document that has it."""
    found = (
        select(VERSION.event)
        .join_from(table(VersionRow), table(EventRow), EVENT.idx == VERSION.event)
        .where(VERSION.digest == bindparam("digest"))
    )
    return _newest(found, VERSION.event, tenant)


def _quarantines(tenant: bool) -> Select[Any]:
    found = (
        select(QUARANTINE.event)
        .join(table(EventRow), EVENT.idx == QUARANTINE.event)
        .where(QUARANTINE.document == bindparam("name"))
    )
    return _newest(found, QUARANTINE.event, tenant)


def _chunks(tenant: bool) -> Select[Any]:
    found = (
        select(CHUNK.event)
        .join_from(table(ChunkRow), table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .join(table(EventRow), EVENT.idx == CHUNK.event)
        .where(CHUNK.digest == bindparam("digest"))
    )
    return _newest(found, CHUNK.event, tenant)


def _newest(found: Select[Any], event: Any, tenant: bool) -> Select[Any]:
    if tenant:
        found = found.where(EVENT.tenant.in_([bindparam("tenant"), ""]))
    return found.order_by(event.desc()).limit(bindparam("limit"))
