"""Erases a person or a document from the store, in one transaction that the log tells of.

The person is a *subject*: an application's name for its user, within one tenant and whatever application they used.
Gone are then their key and with it every text; their name; all digests of their texts; and the documents that nobody
but they ever declared. Everything else stays, and answers as before: their responses count on, as nobody's.
Of a document the texts go with its key; its name and its digests stay, so that it is still known who was fed by it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Source
from gateway.domain.erasures import Erasure, HoldsIt
from gateway.domain.principals import Principal
from gateway.domain.runs import (
    Accessed,
    Body,
    Embedding,
    Erased,
    Held,
    IncidentChanged,
    RunEvent,
    RunState,
)
from gateway.domain.scopes import joined
from gateway.lineage.evidence import commitment
from gateway.stores.additions import Additions, short
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.contentkeys import DOCUMENT, SUBJECT, TENANT, TenantKey, bound_key
from gateway.stores.decoding import decode
from gateway.stores.encoding import encode
from gateway.stores.holding import active, refuse
from gateway.stores.masters import Masters, Wrapped
from gateway.stores.packing import pack_digest, pack_time, plain, unpack_digest, unpack_id
from gateway.stores.redacting import NOBODY, Documents, ErasedChunk, erased_name, redacted, residue, without
from gateway.stores.sql import SQLStore
from gateway.stores.tables import LATER

GRACE = timedelta(hours=1)
"""How long a response without an outcome counts as running."""

_RESPONSES = """SELECT r.seq, r.id, r.at, o.event FROM response r LEFT JOIN outcome o ON o.seq = r.seq
    WHERE r.tenant = ? AND r.end_user = ? ORDER BY r.seq"""
_EDGES = "SELECT seq, position, chunk FROM edge WHERE seq IN (*)"
_ENTRIES = "SELECT idx, type, detail, catalogue FROM event WHERE idx IN (*)"
_ELSEWHERE = """SELECT idx, type, detail FROM event WHERE tenant = ?
    AND type IN ('embedding', 'hold', 'access', 'incident')"""
_DECLARED = """SELECT DISTINCT v.document FROM response r JOIN edge e ON e.seq = r.seq JOIN chunk c ON c.id = e.chunk
    JOIN document_version v ON v.id = c.version WHERE r.tenant = ? AND r.end_user = ? AND e.how = 'declared'"""
_ALONE = """SELECT d.id, d.event, s.namespace, s.name, d.name FROM document d JOIN source s ON s.id = d.source
    WHERE d.id IN (*) AND NOT EXISTS (SELECT 1 FROM document_version v JOIN ingestion i ON i.version = v.id
    WHERE v.document = d.id) AND NOT EXISTS (SELECT 1 FROM document_version v JOIN chunk c ON c.version = v.id
    JOIN edge e ON e.chunk = c.id JOIN response r ON r.seq = e.seq WHERE v.document = d.id
    AND (r.tenant <> s.tenant OR r.end_user <> '{}' OR e.how IN ('retrieved', 'traced')))"""
_PARTS = """SELECT v.document, v.id, c.id, v.event, c.event FROM document_version v LEFT JOIN chunk c
    ON c.version = v.id WHERE v.document IN (*)"""
_NAMED = """SELECT d.id, s.namespace, s.name, d.name FROM document d JOIN source s ON s.id = d.source
    WHERE s.tenant = ? AND d.name = ?"""
_DIGESTS = "SELECT c.digest FROM document_version v JOIN chunk c ON c.version = v.id WHERE v.document IN (*)"
_USERS = """SELECT DISTINCT r.id, r.end_user FROM document_version v JOIN chunk c ON c.version = v.id
    JOIN edge e ON e.chunk = c.id JOIN response r ON r.seq = e.seq WHERE v.document IN (*)"""
_ERASURES = """SELECT e.detail FROM erasure k JOIN event e ON e.idx = k.event
    WHERE e.tenant = ? AND k.kind = 'subject'"""
_OF_ENTRIES = "SELECT id FROM response WHERE seq IN (*)"
_KEY = "SELECT id, master, wrapped FROM content_key WHERE tenant = ? AND kind = ? AND owner = ?"
_NAMES = "SELECT name FROM sealed_text WHERE key = ? ORDER BY name"

_REDACT = "UPDATE event SET detail = ?, catalogue = ? WHERE idx = ?"
_UNSALTED = "DELETE FROM salt WHERE event = ?"
_NOBODY = "UPDATE response SET end_user = '', trace = NULL WHERE seq = ?"
_NO_TARGET = "UPDATE hold SET target = '' WHERE event = ?"
_UNNAMED = (
    "UPDATE access SET subject = ? WHERE event = ? AND subject = ?",
    "UPDATE incident SET subject = ? WHERE event = ? AND subject = ?",
)
_NO_NAME = "DELETE FROM conversation WHERE seq = ?"
_DOCUMENT = "UPDATE document SET name = ? WHERE id = ?"
_VERSION = "UPDATE document_version SET digest = ?, title = NULL, url = NULL, labels = '{}' WHERE id = ?"
_CHUNK = "UPDATE chunk SET digest = ?, kept = ?, title = NULL, url = NULL, labels = NULL WHERE id = ?"
_PRINTS = "DELETE FROM answer_print WHERE tenant = ? AND run = ?"
_TEXTS = "DELETE FROM sealed_text WHERE key = ?"
_SHRED = "DELETE FROM content_key WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Named:
    """A document as it is known outside of the catalogue."""

    source: Source
    document: str


@dataclass(slots=True)
class Traces:
    """What has to be erased elsewhere, once the record is: whose responses, which documents."""

    responses: list[str] = field(default_factory=list)
    documents: list[Named] = field(default_factory=list)


class Eraser:
    """Erases through *store*, whose texts *masters* open."""

    def __init__(self, store: SQLStore, masters: Masters) -> None:
        self._store = store
        self._masters = masters

    def subject(self, by: Principal, end_user: str, *, dry_run: bool = False) -> tuple[Erasure, Traces]:
        """Erase the person *end_user* of *by*'s tenant; with *dry_run* only tell what that would be.

        Raises `HoldsIt` when a legal hold lies on them, on a response or on a document of theirs; `LineageUnavailable`.
        """
        return self._run(_Subject(by, plain(end_user), self._masters), dry_run)

    def document(self, by: Principal, name: str, *, dry_run: bool = False) -> tuple[Erasure, Traces]:
        """Erase the texts of the document *name*, of whatever source, of *by*'s tenant. Raises the same."""
        return self._run(_Document(by, name, self._masters), dry_run)

    def close(self) -> None:
        """Close the connection to the store."""
        self._store.close()

    def _run(self, work: "_Subject | _Document", dry_run: bool) -> tuple[Erasure, Traces]:
        found: list[Erasure] = []
        salt = os.urandom(32)

        def change(ask: Asked) -> RunEvent | None:
            erasure, body = work.erase(ask, salt)
            found.append(erasure)
            if dry_run or not (body.entries or body.texts):
                return None
            return RunEvent(new_id(), RunState.COMPLETE, body, work.by.tenant)

        index = self._store.amend(change)
        self._masters.forget()
        (erasure,) = found
        if index is None:
            return erasure, work.traces
        return _done(erasure, index, salt), work.traces


def _done(erasure: Erasure, index: int, salt: bytes) -> Erasure:
    return Erasure(
        erasure.kind, erasure.responses, erasure.entries, erasure.texts, erasure.documents, index,
        salt.hex(),
    )  # fmt: skip


@dataclass(slots=True)
class _Work:
    """What both have in common."""

    by: Principal
    name: str
    masters: Masters
    traces: Traces = field(default_factory=Traces)

    def committed(self, salt: bytes, kind: str) -> str:
        return commitment(salt, kind.encode(), joined(self.by.tenant, self.name))

    def key(self, ask: Asked) -> TenantKey | None:
        return tenant_key(ask, self.masters, self.by.tenant)

    def shred(self, ask: Asked, kind: str, owner: bytes) -> list[str]:
        """Erase the key of *owner* and all its texts, and return their names."""
        names: list[str] = []
        for number, _, _ in ask.rows(_KEY, self.by.tenant, kind, owner):
            names += [bytes(name).hex() for (name,) in ask.rows(_NAMES, number)]
            ask.run(_TEXTS, (number,))
            ask.run(_SHRED, (number,))
        return names


@dataclass(slots=True)
class _Subject(_Work):
    """A person's erasure."""

    def erase(self, ask: Asked, salt: bytes) -> tuple[Erasure, Erased]:
        tenant = self.by.tenant
        due = pack_time(datetime.now(UTC) - GRACE)
        if not self.name:
            return Erasure("subject"), Erased(self.by, "subject")
        rows = ask.rows(_RESPONSES, tenant, self.name)
        ended = [row for row in rows if row[3] is not None or row[2] < due]
        running = len(rows) - len(ended)
        if running:
            raise HoldsIt(
                f"Nothing was erased: {running} responses of this person are still running, or broke off less than "
                "an hour ago; try again when they have ended.",
                code="still_running",
            )
        documents, alone = _alone(ask, tenant, self.name)
        self.traces = Traces([unpack_id(bytes(row[1])) for row in ended] or _earlier(ask, tenant), alone)
        holds = active(ask, tenant)
        refuse(holds, "subject", [self.name])
        refuse(holds, "response", self.traces.responses)
        refuse(holds, "document", [one.document for one in alone])
        entries = self._redact(ask, ended, documents)
        ask.run(_PRINTS, *((tenant, bytes(row[1])) for row in ended))
        texts = 0
        key = self.key(ask)
        if key is not None and ended:
            texts += len(self.shred(ask, SUBJECT, key.subject(self.name, "")))
        for one in alone if key is not None else ():
            texts += len(self.shred(ask, DOCUMENT, cast(TenantKey, key).document(one.source, one.document)))
        body = Erased(self.by, "subject", self.committed(salt, "subject"), tuple(entries), texts)
        told = Erasure("subject", len(ended), len(entries), texts, [one.document for one in alone])
        return told, body

    def _redact(self, ask: Asked, rows: Sequence[Any], documents: Documents) -> list[tuple[int, str]]:
        """Redact the entries of the responses in *rows* and all others that name the person."""
        edges: dict[int, list[tuple[int, int]]] = {}
        for seq, position, chunk in ask.listed(_EDGES, [row[0] for row in rows]):
            edges.setdefault(position // LATER or seq, []).append((position, chunk))
        own = [row[0] for row in rows] + [row[3] for row in rows if row[3] is not None]
        entries: list[tuple[int, str]] = []
        wanted = dict.fromkeys([*own, *edges, *_elsewhere(ask, self.by.tenant, self.name)])
        for index, kind, packed, additions in [*ask.listed(_ENTRIES, [*wanted])]:
            numbers = [chunk for _, chunk in sorted(edges.get(index, ()))]
            unpack, pack = compressor().unpack, compressor().pack_record
            detail = encode(redacted(decode(kind, unpack(bytes(packed))), documents, numbers, self.name))
            catalogue = b""
            if additions is not None:
                catalogue = without(Additions.load(unpack(bytes(additions))), documents, numbers).dump()
            ask.run(_REDACT, (pack(detail), pack(catalogue) if catalogue else None, index))
            ask.run(_UNSALTED, (index,))
            ask.run(_NO_TARGET, (index,))
            for statement in _UNNAMED:
                ask.run(statement, (NOBODY, index, short(f"subject/{self.name}")))
            entries.append((index, residue(detail, catalogue)))
        ask.run(_NO_NAME, *((row[0],) for row in rows))
        ask.run(_NOBODY, *((row[0],) for row in rows))
        ask.run(_DOCUMENT, *((erased_name(number), number) for number in documents.documents))
        ask.run(_VERSION, *((pack_digest(erased_name(number)), number) for number in documents.versions))
        ask.run(_CHUNK, *((pack_digest(erased_name(number)), False, number) for number in documents.chunks))
        return sorted(entries)


@dataclass(slots=True)
class _Document(_Work):
    """The erasure of a document's texts."""

    def erase(self, ask: Asked, salt: bytes) -> tuple[Erasure, Erased]:
        found = ask.rows(_NAMED, self.by.tenant, short(self.name))
        self.traces = Traces(documents=[Named(Source(row[1], row[2]), row[3]) for row in found])
        holds = active(ask, self.by.tenant)
        refuse(holds, "document", [self.name])
        parts = ask.listed(_DIGESTS, [row[0] for row in found])
        refuse(holds, "chunk", [unpack_digest(bytes(name)) for (name,) in parts])
        users = [*ask.listed(_USERS, [row[0] for row in found])]
        refuse(holds, "response", [unpack_id(bytes(run)) for run, _ in users])
        refuse(holds, "subject", [user for _, user in users])
        key, names = self.key(ask), list[str]()
        for one in self.traces.documents if key is not None else ():
            names += self.shred(ask, DOCUMENT, cast(TenantKey, key).document(one.source, one.document))
        body = Erased(self.by, "document", self.committed(salt, "document"), (), len(names), tuple(names))
        return Erasure("document", texts=len(names), documents=[self.name] * bool(found)), body


def tenant_key(ask: Asked, masters: Masters, tenant: str) -> TenantKey | None:
    """Return what gives names in *tenant*; `None` if nothing was ever kept there. Raises `LineageUnavailable`."""
    rows = ask.rows(_KEY, tenant, TENANT, b"")
    if not rows:
        return None
    _, master, wrapped = rows[0]
    return TenantKey(masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound_key(tenant, TENANT, b"")))


def _alone(ask: Asked, tenant: str, end_user: str) -> tuple[Documents, list[Named]]:
    """Return the documents that nobody but *end_user* ever declared, and that entered in no other way."""
    candidates = [row[0] for row in ask.rows(_DECLARED, tenant, end_user)]
    theirs = _ALONE.replace("'{}'", "?")
    found = [row for number in candidates for row in ask.rows(theirs.replace("(*)", "(?)"), number, end_user)]
    documents = {row[0] for row in found}
    versions: set[int] = set()
    chunks: dict[int, ErasedChunk] = {}
    for document, version, chunk, _, _ in ask.listed(_PARTS, [*documents]):
        versions.add(version)
        if chunk is not None:
            chunks[chunk] = ErasedChunk(document, version, chunk)
    named = [Named(Source(row[2], row[3]), row[4]) for row in found]
    return Documents(frozenset(documents), frozenset(versions), chunks), named


def _earlier(ask: Asked, tenant: str) -> list[str]:
    """Return the responses that earlier erasures took their person from: one may have been broken off after that."""
    bodies = [decode("erasure", compressor().unpack(bytes(detail))) for (detail,) in ask.rows(_ERASURES, tenant)]
    entries = [index for body in bodies if isinstance(body, Erased) for index, _ in body.entries]
    return [unpack_id(bytes(name)) for (name,) in ask.listed(_OF_ENTRIES, entries)]


def _elsewhere(ask: Asked, tenant: str, end_user: str) -> list[int]:
    """Return the other entries that name *end_user*, or that hold the digest of the name."""
    found: list[int] = []
    for index, kind, detail in ask.rows(_ELSEWHERE, tenant):
        if _names(decode(kind, compressor().unpack(bytes(detail))), end_user):
            found.append(index)
    return found


def _names(body: Body, end_user: str) -> bool:
    if isinstance(body, Embedding):
        return plain(body.principal.end_user) == end_user
    if isinstance(body, Held):
        return body.kind == "subject" and plain(body.target) == end_user
    if isinstance(body, Accessed):
        return body.query == digest(end_user) or f"subject/{end_user}" in body.subjects
    return isinstance(body, IncidentChanged) and f"subject/{end_user}" in body.items
