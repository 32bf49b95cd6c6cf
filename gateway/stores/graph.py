"""What other systems reported by OpenLineage, as the graph of runs and datasets that it draws."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from gateway.domain.documents import Source
from gateway.domain.openlineage import Dataset, OpenLineageEvent, Part, Tag, parse
from gateway.domain.runs import LineageReported
from gateway.domain.upstream import Writing
from gateway.stores.additions import short
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_id, pack_time, unpack_id, unpack_time
from gateway.stores.queries import EVENT, Asking
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import EventRow, LineageEdgeRow, ReportRow
from gateway.stores.values import loads

REPORT, LINK = table(ReportRow).c, table(LineageEdgeRow).c

EVENTS_MAX = 200
"""Events of one run that are looked at, the last ones: a service tells again and again what it reads."""

REMEMBERED = 256
"""Reports that are kept parsed."""

_EVER = 1 << 62
"""After every time."""


class SQLGraph:
    """The graph in the store that *questions* asks. Safe for many threads."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._parsed = lru_cache(REMEMBERED)(_parsed)

    def newest(self) -> int:
        """Return where the last report stands in the log; -1 if there is none. Raises `LineageUnavailable`."""
        with self._questions.asking(None) as ask:
            newest = ask(_newest)[0][0]
        return -1 if newest is None else int(newest)

    def tenants_of(self, dataset: Source, tenant: str | None) -> Sequence[str]:
        """Return who reported something of *dataset*."""
        with self._questions.asking(tenant) as ask:
            return [owner for (owner,) in ask(_owners, **_named(dataset))]

    def tenants_of_run(self, run: str, tenant: str | None) -> Sequence[str]:
        """Return who reported *run*."""
        with self._questions.asking(tenant) as ask:
            return [owner for (owner,) in ask(_reporters, run=pack_id(run))]

    @contextmanager
    def of(self, tenant: str) -> Iterator["TenantGraph"]:
        """Give the graph of *tenant* for as long as the block lasts."""
        with self._questions.asking(tenant) as ask:
            yield TenantGraph(ask, self._parsed)


def _parsed(detail: bytes) -> OpenLineageEvent:
    """Return the event whose entry in the log is stored as *detail*."""
    body = decode("lineage", compressor().unpack(detail))
    if not isinstance(body, LineageReported):
        raise ValueError("the detail is not that of reported lineage")
    return parse(loads(body.event.encode("utf-8")))


class TenantGraph:
    """A `lineage.upstreams.Graph` of one tenant, on one connection."""

    def __init__(self, ask: Asking, parsed: Callable[[bytes], OpenLineageEvent]) -> None:
        self._ask = ask
        self._parsed = parsed

    def written(self, dataset: Source, before: datetime | None) -> Writing | None:
        """Return the last run that wrote *dataset* until *before*, or the first one after it."""
        at = _EVER if before is None else pack_time(before)
        for query, assumed in ((_before, False), (_after, True)):
            for row in self._ask(query, at=at, **_named(dataset)):
                return replace(_writing(row), assumed=assumed)
        return None

    def writings(self, dataset: Source) -> Sequence[Writing]:
        """Return every run that wrote *dataset*, the first one first."""
        return [_writing(row) for row in self._ask(_all_writings, **_named(dataset))]

    def datasets(self, run: str) -> Sequence[Dataset]:
        """Return what *run* read and wrote, by all that it told."""
        rows = self._ask(_told, run=pack_id(run), limit=EVENTS_MAX)
        return [one for (detail,) in reversed(rows) for one in self._parsed(detail).datasets]

    def tags(self, dataset: Source, at: datetime | None) -> Sequence[Tag]:
        """Return the tags that *dataset* had at the time *at*, or has now."""
        until = _EVER if at is None else pack_time(at)
        for (detail,) in self._ask(_tagged, at=until, **_named(dataset)):
            told = [one.tags for one in self._parsed(detail).datasets if one.source == dataset]
            return [tag for tags in told for tag in tags or ()]
        return ()

    def is_known(self, dataset: Source) -> bool:
        """Return whether anything was reported of *dataset*."""
        return bool(self._ask(_any, **_named(dataset)))

    def readers(self, dataset: Source) -> Sequence[str]:
        """Return the runs that read *dataset* and wrote something."""
        return [unpack_id(run) for (run,) in self._ask(_readers, **_named(dataset))]


def _writing(row: Row) -> Writing:
    run, namespace, job, when = row
    return Writing(unpack_id(run), Source(namespace, job) if job else None, unpack_time(when))


def _named(dataset: Source) -> dict[str, str]:
    return {"namespace": short(dataset.namespace), "name": short(dataset.name)}


def _newest(tenant: bool) -> Select[Any]:
    """Where the last report stands."""
    return select(func.max(REPORT.event))


def _edges(*columns: Any) -> Select[Any]:
    """Edges of the dataset `namespace`, `name` of `tenant`."""
    return select(*columns).where(
        LINK.tenant == bindparam("tenant"),
        LINK.namespace == bindparam("namespace"),
        LINK.name == bindparam("name"),
    )


def _writings() -> Select[Any]:
    found = _edges(REPORT.run, REPORT.namespace, REPORT.job, REPORT.at)
    return found.join_from(
        table(LineageEdgeRow), table(ReportRow), (REPORT.tenant == LINK.tenant) & (REPORT.run == LINK.run)
    ).where(LINK.part == Part.OUTPUT.value, REPORT.wrote)


def _before(tenant: bool) -> Select[Any]:
    """The last run that had written it by `at`."""
    return _writings().where(REPORT.at <= bindparam("at")).order_by(REPORT.at.desc(), REPORT.event.desc()).limit(1)


def _after(tenant: bool) -> Select[Any]:
    """The first run that wrote it after `at`."""
    return _writings().where(REPORT.at > bindparam("at")).order_by(REPORT.at, REPORT.event).limit(1)


def _all_writings(tenant: bool) -> Select[Any]:
    """Every run that wrote it, in the order of their times."""
    return _writings().order_by(REPORT.at, REPORT.event)


def _told(tenant: bool) -> Select[Any]:
    """The last `limit` reports of the run `run`."""
    return (
        select(EVENT.detail)
        .join_from(table(ReportRow), table(EventRow), EVENT.idx == REPORT.event)
        .where(REPORT.tenant == bindparam("tenant"), REPORT.run == bindparam("run"))
        .order_by(REPORT.event.desc())
        .limit(bindparam("limit"))
    )


def _tagged(tenant: bool) -> Select[Any]:
    """The last report until `at` that said which tags it has."""
    found = _edges(EVENT.detail).join_from(table(LineageEdgeRow), table(EventRow), EVENT.idx == LINK.event)
    return found.where(LINK.tagged, LINK.at <= bindparam("at")).order_by(LINK.at.desc(), LINK.event.desc()).limit(1)


def _any(tenant: bool) -> Select[Any]:
    """One edge of it."""
    return _edges(LINK.event).limit(1)


def _owners(tenant: bool) -> Select[Any]:
    """Whose edges it has."""
    found = select(LINK.tenant).where(LINK.namespace == bindparam("namespace"), LINK.name == bindparam("name"))
    return (found.where(LINK.tenant == bindparam("tenant")) if tenant else found).distinct()


def _reporters(tenant: bool) -> Select[Any]:
    """Who reported the run `run`."""
    found = select(REPORT.tenant).where(REPORT.run == bindparam("run"))
    return (found.where(REPORT.tenant == bindparam("tenant")) if tenant else found).distinct()


def _readers(tenant: bool) -> Select[Any]:
    """The runs that read it and wrote something."""
    found = _edges(REPORT.run).join_from(
        table(LineageEdgeRow), table(ReportRow), (REPORT.tenant == LINK.tenant) & (REPORT.run == LINK.run)
    )
    return found.where(LINK.part == Part.INPUT.value, REPORT.wrote).distinct()
