"""The ledger: answers from the tables, on connections that only read."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.records import (
    CurrentVersion,
    DocumentRecord,
    Fault,
    Impact,
    OpenRun,
    ResponseRecord,
    SourceRecord,
    StoreStats,
    VersionRecord,
)
from gateway.domain.subjects import Subject
from gateway.stores import impacts, queries
from gateway.stores.additions import described, short
from gateway.stores.connecting import Row, occupied, parsed
from gateway.stores.masters import Masters, default_masters
from gateway.stores.packing import pack_id, plain, unpack_digest, unpack_id, unpack_time
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking
from gateway.stores.questions import Questions, place
from gateway.stores.statements import Statements
from gateway.stores.telling import Told
from gateway.stores.texts import Texts
from gateway.stores.verifying import Verification


class SQLLedger:
    """A `Ledger` over the database at *url*, whose texts *masters* open; without any, those in the usual file."""

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        self._url = parsed(url)
        self._masters = masters or default_masters(self._url)
        self._statements = Statements(self._url)
        self._questions = Questions(url, beside)

    def response(self, id: str, tenant: str | None) -> ResponseRecord | None:
        """Return the record of response *id*, or `None`. See `Ledger.response`."""
        with self._questions.asking(tenant) as ask:
            rows = ask(queries.response, id=pack_id(id))
            return Told(rows[0]).record(ask, Texts(ask, self._masters)) if rows else None

    def responses(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[ResponseRecord], str]:
        """Return one page of records without their details. See `Ledger.responses`."""
        with self._questions.asking(tenant) as ask:
            rows = ask(queries.responses, before=place(cursor), limit=limit + 1)
            texts = Texts(ask, self._masters)
            page = [Told(row).outline(texts) for row in rows[:limit]]
        return page, str(page[-1].index) if len(rows) > limit else ""

    def document(self, id: str, tenant: str | None, source: Source | None = None) -> DocumentRecord | None:
        """Return the document with that id. See `Ledger.document`."""
        with self._questions.asking(tenant) as ask:
            every = [_document(id, row, ask) for row in ask(queries.documents, name=short(id))]
        wanted = [one for one in every if source is None or one.source == str(source)]
        if not wanted:
            return None
        found = max(wanted, key=lambda document: document.versions[0].at)
        return replace(found, others=[one.source for one in every if one is not found])

    def impact(
        self, subject: Subject, tenant: str | None, *, limit: int, cursor: str = "", after: int = -1
    ) -> Impact | None:
        """Return who was fed by *subject*. See `Ledger.impact`."""
        with self._questions.asking(tenant) as ask:
            return impacts.impact(ask, subject, limit=limit, cursor=cursor, after=after)

    def documents(
        self, tenant: str | None, *, source: Source | None = None, text: str = "", limit: int, cursor: str = ""
    ) -> tuple[Sequence[DocumentRecord], str]:
        """Return one page of documents. See `Ledger.documents`."""
        namespace, name = (short(source.namespace), short(source.name)) if source else ("", "")
        given = {"namespace": namespace, "name": name, "before": place(cursor), "limit": limit + 1}
        with self._questions.asking(tenant) as ask:
            rows = ask(queries.titled, text=_pattern(text), **given) if text else ask(queries.listed, **given)
            page = [_document(row[3], row[:3], ask) for row in rows[:limit]]
        return page, str(rows[limit - 1][0]) if len(rows) > limit else ""

    def sources(self, tenant: str | None) -> Sequence[SourceRecord]:
        """Return the sources that have documents. See `Ledger.sources`."""
        with self._questions.asking(tenant) as ask:
            rows = ask(queries.sources)
        return [SourceRecord(namespace, name, count, unpack_time(at)) for namespace, name, count, at in rows]

    def versions(self, source: Source, tenant: str) -> Mapping[str, Digest]:
        """Return the current version's digest of each document of *source*. See `Ledger.versions`."""
        with self._questions.asking(None) as ask:
            rows = ask(queries.current, **_of(source, tenant))
        return {name: unpack_digest(digest) for name, digest, *_ in rows}

    def current(self, source: Source, tenant: str, names: Collection[str]) -> Mapping[str, CurrentVersion]:
        """Return what was ingested last of *names*. See `Ledger.current`."""
        found: dict[str, CurrentVersion] = {}
        with self._questions.asking(None) as ask:
            for name in names:
                for row in ask(queries.current_of, document=short(name), **_of(source, tenant)):
                    found[name] = _current(row)
        return found

    def others(self, source: Source, tenant: str, names: Collection[str]) -> Mapping[str, CurrentVersion]:
        """Return what was ingested last of all but *names*. See `Ledger.others`."""
        known = {short(name) for name in names}
        with self._questions.asking(None) as ask:
            rows = ask(queries.current, **_of(source, tenant))
        return {row[0]: _current(row) for row in rows if row[0] not in known}

    def stats(self) -> StoreStats:
        """Return what the store holds. See `Ledger.stats`."""
        with self._questions.asking(None) as ask:
            ((events, responses, documents, versions, chunks, edges),) = ask(queries.sizes)
            runs = ask(queries.open_runs)
            size = occupied(self._url, ask.cursor)
        open_runs = [OpenRun(unpack_id(run), unpack_time(at), app, seq) for run, at, app, seq in reversed(runs)]
        return StoreStats(events, responses, documents, versions, chunks, edges, size, open_runs)

    def verify(self) -> Iterator[Fault | int]:
        """Check the whole log. See `Ledger.verify`.

        Also checked is that every row in the other tables is the one that the log's entries lead to.
        """
        with self._verification() as check:
            yield from check.run()

    def verify_quickly(self) -> Iterator[Fault | int]:
        """Check leaves, tree and newest checkpoint alone: whether the log is whole, not what it commits to."""
        with self._verification() as check:
            yield from check.quick()

    def verify_entries(self, indexes: Sequence[int]) -> Iterator[Fault | int]:
        """Check the entries at *indexes* and their rows, but not their places in the tree."""
        with self._verification() as check:
            yield from check.only(indexes)

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()

    @contextmanager
    def _verification(self) -> Iterator[Verification]:
        with self._questions.asking() as ask:
            yield Verification(self._statements, ask.cursor, self._masters)


def _document(id: str, row: Row, ask: Asking) -> DocumentRecord:
    number, namespace, name = row
    versions = ask(queries.versions, document=number)
    ingestions = ask(queries.ingestions, document=number)
    entered = {version: (at, run) for version, *_, at, run in ingestions}
    # Current is what was ingested last; of a document that was only ever declared, what was first seen last.
    current, *about = ingestions[-1][0:4] if ingestions else (versions[-1][0], *versions[-1][2:5])
    records = []
    for version, digest, *_, at, run, chunks in versions:
        last_at, last_run = entered.get(version, (at, run))
        records.append(
            VersionRecord(
                unpack_digest(digest), unpack_time(last_at), unpack_id(last_run), chunks, current=version == current
            )
        )
    title, url, labels = described(about)
    records.sort(key=lambda record: (record.at, record.current), reverse=True)
    return DocumentRecord(id, str(Source(namespace, name)), title, url, labels, records)


def _of(source: Source, tenant: str) -> Mapping[str, str]:
    return {"owner": tenant, "namespace": short(source.namespace), "name": short(source.name)}


def _current(row: Row) -> CurrentVersion:
    _, digest, *about = row
    return CurrentVersion(unpack_digest(digest), *described(about))


def _pattern(text: str) -> str:
    """Return what `LIKE` takes for *text* anywhere, in lower case."""
    escaped = re.sub(r"([\\%_])", r"\\\1", plain(text).lower())
    return f"%{escaped}%"
