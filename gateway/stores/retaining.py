"""Retention: texts that nothing has used for a time are removed, and the log says up to which day.

The record stays: who was answered when, fed by what, under which rules, and every proof. A text goes when the last
response that used it is old enough; so does a document's, which an ingest uses too (lastuses.py), unless it is of the
version that was ingested last. What lies under a legal hold stays. It is done in small transactions, each of which
tells of itself. What was derived from the texts follows (gateway/retaining.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.domain.digests import Digest, new_id
from gateway.domain.documents import Source
from gateway.domain.erasures import Erasure, Hold
from gateway.domain.principals import Principal
from gateway.domain.runs import Erased, Intent, Outcome, RunEvent, RunState
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.contentkeys import DOCUMENT, SUBJECT, TenantKey
from gateway.stores.decoding import decode
from gateway.stores.holding import active
from gateway.stores.keeping import beginning, day
from gateway.stores.lastuses import LastUses
from gateway.stores.masters import Masters
from gateway.stores.packing import pack_id, pack_time, unpack_digest
from gateway.stores.shredding import tenant_key
from gateway.stores.sql import SQLStore

PAGE = 1_000
"""Texts of one transaction."""

_DUE = """SELECT t.used, t.name, t.key, k.kind FROM sealed_text t LEFT JOIN content_key k ON k.id = t.key
    WHERE t.used < ? AND (t.used, t.name, t.key) > (?, ?, ?) ORDER BY t.used, t.name, t.key LIMIT ?"""
_REMOVE = "DELETE FROM sealed_text WHERE name = ? AND key = ?"
_SHRED = "DELETE FROM content_key WHERE kind <> 'tenant' AND id NOT IN (SELECT key FROM sealed_text)"
_PRINTS = "DELETE FROM answer_print WHERE LENGTH(run) = 16 AND run < ?"
_TENANTS = "SELECT DISTINCT tenant FROM content_key"
_KEY = "SELECT id FROM content_key WHERE tenant = ? AND kind = ? AND owner = ?"
_DOCUMENTS = """SELECT s.namespace, s.name FROM source s JOIN document d ON d.source = s.id
    WHERE s.tenant = ? AND d.name = ?"""
_CURRENT = """SELECT v.document, v.id FROM ingestion i JOIN document_version v ON v.id = i.version
    JOIN document d ON d.id = v.document JOIN source s ON s.id = d.source WHERE s.tenant = ?
    ORDER BY i.event, i.position"""
_CHUNKS = "SELECT digest FROM chunk WHERE version IN (*)"
_HELD = """SELECT e.type, e.detail FROM response r LEFT JOIN outcome o ON o.seq = r.seq
    JOIN event e ON e.idx = r.seq OR e.idx = o.event WHERE r.tenant = ? AND r.id = ?"""


@dataclass(slots=True)
class _Kept:
    """What stays although it is old."""

    keys: set[int] = field(default_factory=set)
    names: set[bytes] = field(default_factory=set)

    def has(self, name: bytes, key: int) -> bool:
        return key in self.keys or name in self.names


class Retention:
    """Removes texts through *store* that were used last longer than *age* ago; *masters* open the names of others."""

    def __init__(self, store: SQLStore, masters: Masters, age: timedelta) -> None:
        self._store = store
        self._masters = masters
        self._age = age

    def run(
        self, by: Principal, *, dry_run: bool = False, finish: bool = False, now: datetime | None = None
    ) -> Erasure:
        """Remove what is old enough by whole days (UTC), on *by*'s order; with *dry_run* only count it.

        Keys without texts and prints of answers go at the end; with *finish* also when no text does, as an earlier
        run that broke off may have left some. Returns the last entry that tells of it. Raises `LineageUnavailable`;
        what was removed until then is told of.
        """
        before = day(pack_time((now or datetime.now(UTC)) - self._age))
        work, index = _Work(self._masters, by, before, finish), None

        def change(ask: Asked) -> RunEvent | None:
            event = work.event(ask)
            return None if dry_run else event

        self._store.look(work.prepare)
        while work.more:
            done = self._store.amend(change)
            index = index if done is None else done
        self._masters.forget()
        return Erasure("retention", texts=work.removed, index=index)

    def close(self) -> None:
        """Close the connection to the store."""
        self._store.close()


@dataclass(slots=True)
class _Work:
    """What is done in one transaction after the other."""

    masters: Masters
    by: Principal
    before: int
    finish: bool = False
    place: tuple[int, bytes, int] = (-(1 << 62), b"", 0)
    """The last text that was looked at."""
    removed: int = 0
    """Texts that were removed until now."""
    more: bool = True
    current: set[bytes] = field(default_factory=set)
    """Names of the texts of versions that were ingested last; those of later versions are not old."""
    uses: LastUses = field(default_factory=LastUses)

    def prepare(self, ask: Asked) -> None:
        """Learn, before anybody has to wait, what has to be known of all documents."""
        keys = self._keys(ask)
        self.current = {name for tenant, key in keys.items() for name in _current(ask, tenant, key)}
        self.uses.learn(ask, keys)

    def event(self, ask: Asked) -> RunEvent | None:
        """Remove the next texts, and return what tells of them; nothing if there are none."""
        rows = ask.rows(_DUE, self.before, *self.place, PAGE)
        gone = self._unused(ask, [(bytes(name), key, kind) for _, name, key, kind in rows]) if rows else []
        ask.run(_REMOVE, *gone)
        self.place = (rows[-1][0], bytes(rows[-1][1]), rows[-1][2]) if rows else self.place
        self.more = len(rows) == PAGE
        self.removed += len(gone)
        ends = not self.more and (self.removed > 0 or self.finish)
        if ends:
            ask.run(_SHRED, ())
            ask.run(_PRINTS, ((beginning(self.before) // 1000).to_bytes(6, "big") + bytes(10),))
        if not gone and not ends:
            return None
        body = Erased(self.by, "retention", texts=len(gone), before=self.before)
        return RunEvent(new_id(), RunState.COMPLETE, body, self.by.tenant)

    def _unused(self, ask: Asked, texts: Sequence[tuple[bytes, int, str | None]]) -> list[tuple[bytes, int]]:
        """Return name and key of those old *texts*, each with the kind of its key, that nothing keeps."""
        keys = self._keys(ask)
        kept = self._kept(ask, keys)
        free = [text for text in texts if not kept.has(*text[:2])]
        self.uses.learn(ask, keys)
        chunks = [name for name, _, kind in free if kind == DOCUMENT]
        used = self.uses.since(ask, chunks, beginning(self.before))
        return [(name, key) for name, key, kind in free if kind != DOCUMENT or name not in used]

    def _kept(self, ask: Asked, keys: Mapping[str, TenantKey]) -> _Kept:
        kept = _Kept(names={*self.current})
        for tenant, key in keys.items():
            for hold in active(ask, tenant):
                kept.names |= {key.text(digest) for digest in _held(ask, hold)}
                for kind, owner in _owners(ask, hold, key):
                    kept.keys |= {row[0] for row in ask.rows(_KEY, tenant, kind, owner)}
        return kept

    def _keys(self, ask: Asked) -> Mapping[str, TenantKey]:
        """Return what gives names, by tenant."""
        keys = {row[0]: tenant_key(ask, self.masters, row[0]) for row in ask.rows(_TENANTS)}
        return {tenant: key for tenant, key in keys.items() if key is not None}


def _current(ask: Asked, tenant: str, key: TenantKey) -> Iterator[bytes]:
    """Yield the names of the texts of the versions of *tenant*'s documents that were ingested last."""
    versions: dict[int, int] = dict(ask.rows(_CURRENT, tenant))
    for (digest,) in ask.listed(_CHUNKS, [*versions.values()]):
        yield key.text(unpack_digest(bytes(digest)))


def _owners(ask: Asked, hold: Hold, key: TenantKey) -> Iterator[tuple[str, bytes]]:
    """Yield whose texts stay altogether: those of the person or the document that *hold* lies on."""
    if hold.kind == "subject":
        yield SUBJECT, key.subject(hold.target, "")
    elif hold.kind == "document":
        for namespace, name in ask.rows(_DOCUMENTS, hold.tenant, hold.target):
            yield DOCUMENT, key.document(Source(namespace, name), hold.target)


def _held(ask: Asked, hold: Hold) -> Iterator[Digest]:
    """Yield the digests of the texts of the response, or the chunk, that *hold* lies on."""
    if hold.kind == "chunk":
        yield hold.target
    elif hold.kind == "response":
        for kind, detail in ask.rows(_HELD, hold.tenant, pack_id(hold.target)):
            body = decode(kind, compressor().unpack(bytes(detail)))
            if isinstance(body, Intent | Outcome):
                yield from body.content
            if isinstance(body, Intent):
                yield from (edge.chunk.digest for edge in body.edges)
