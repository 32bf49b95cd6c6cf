"""Whether recognition describes chunks as the log does: policies judge a pasted text by the labels that it remembers.

What is registered was recorded before, or in the same moment. So title, address and labels of a registration must be
those of some entry that brought its chunk: an ingest, a request that declared it, a span. Which of several was the last
is not looked at, since gateways register at the same time; nor is a chunk that no entry names, which a request leaves
that was killed on its way to the log.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, bindparam, case, or_, select

from gateway.domain.digests import Digest
from gateway.domain.runs import Ingestion
from gateway.stores.additions import About, Additions, described
from gateway.stores.catalogue import ENTERING
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_digest
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, EVENT, INGESTION, SOURCE, VERSION, Asking
from gateway.stores.statements import table
from gateway.stores.tables import (
    LATER,
    ChunkRow,
    DocumentRow,
    EdgeRow,
    EventRow,
    RegistrationRow,
    SourceRow,
    VersionRow,
)

PAGE = 1_000
"""Rows that are held in memory at a time."""

_REGISTRATION = table(RegistrationRow).c

_Piece: TypeAlias = tuple[Digest, int, Digest]
"""A chunk: digest of its version, ordinal, digest."""

_NOWHERE = 1 << 62
"""After every entry and every edge of one."""


def unlike(ask: Asking) -> Iterator[int]:
    """Yield the numbers of the registrations that no entry of the log describes so."""
    log, after = _Log(ask), -1
    while rows := ask(_described, after=after, limit=PAGE):
        for seq, chunk, version, digest, ordinal, name, *abouts in rows:
            said, own = abouts[:3], abouts[6:] if abouts[5] is None else abouts[3:6]
            if said == own:
                continue
            meant = described(said)
            piece = unpack_digest(bytes(digest)), ordinal, unpack_digest(bytes(name))
            if meant not in chain([described(own)], log.ingested(version, piece), log.used(chunk)):
                yield seq
        after = rows[-1][0]


class _Log:
    """How entries of the log have described a chunk."""

    def __init__(self, ask: Asking) -> None:
        self._ask = ask
        self._read: tuple[int, Mapping[_Piece, About]] | None = None
        """What the ingest that was read last says: the chunks of one stand together."""

    def ingested(self, version: int, piece: _Piece) -> Iterator[About]:
        """Yield how ingests of the *version* described it, and how its *piece*, the latest first."""
        before = _NOWHERE
        while rows := self._ask(_ingests, version=version, before=before, limit=PAGE):
            for _, *about in rows:
                yield described(about)
            for event, *_ in rows:
                if piece in self._special(event):
                    yield self._special(event)[piece]
            before = rows[-1][0]

    def used(self, chunk: int) -> Iterator[About]:
        """Yield how requests and spans described the *chunk* that they used, where not as the catalogue does."""
        seq = position = _NOWHERE
        while rows := self._ask(_edges, chunk=chunk, seq=seq, position=position, limit=PAGE):
            for _, at, catalogue in rows:
                about = Additions.load(compressor().unpack(catalogue)).differing.get(at % LATER)
                if about is not None:
                    yield described(about)
            seq, position = rows[-1][:2]

    def _special(self, event: int) -> Mapping[_Piece, About]:
        """Return the pieces that the ingest *event* described otherwise than their documents and than before."""
        if self._read is None or self._read[0] != event:
            ((kind, detail, catalogue),) = self._ask(_entry, event=event)
            differing = Additions.load(compressor().unpack(catalogue)).differing if catalogue else {}
            body = decode(kind, compressor().unpack(detail)) if differing else None
            pieces = _pieces(body) if isinstance(body, Ingestion) else []
            self._read = event, {pieces[at]: described(about) for at, about in differing.items()}
        return self._read[1]


def _pieces(body: Ingestion) -> list[_Piece]:
    entering = [entry for entry in body.documents if entry.outcome in ENTERING]
    return [(entry.document.version, chunk.ordinal, chunk.digest) for entry in entering for chunk in entry.chunks]


def _described(tenant: bool) -> Select[Any]:
    """At most `limit` registrations after `after` with the catalogue's chunk, and how each of both is described."""
    one = _REGISTRATION
    return (
        select(one.seq, CHUNK.id, VERSION.id, one.version, one.ordinal, one.digest, one.title, one.url, one.labels)
        .add_columns(CHUNK.title, CHUNK.url, CHUNK.labels, VERSION.title, VERSION.url, VERSION.labels)
        .select_from(table(RegistrationRow))
        .join(
            table(SourceRow),
            and_(SOURCE.tenant == one.tenant, SOURCE.namespace == one.namespace, SOURCE.name == one.source),
        )
        .join(table(DocumentRow), and_(DOCUMENT.source == SOURCE.id, DOCUMENT.name == one.document))
        .join(table(VersionRow), and_(VERSION.document == DOCUMENT.id, VERSION.digest == one.version))
        .join(
            table(ChunkRow),
            and_(CHUNK.version == VERSION.id, CHUNK.ordinal == one.ordinal, CHUNK.digest == one.digest),
        )
        .where(one.gone.is_(False), one.seq > bindparam("after"))
        .order_by(one.seq)
        .limit(bindparam("limit"))
    )


def _ingests(tenant: bool) -> Select[Any]:
    """At most `limit` ingests of `version` before the entry `before`, the latest first, and how they described it."""
    found = select(INGESTION.event, INGESTION.title, INGESTION.url, INGESTION.labels)
    found = found.where(INGESTION.version == bindparam("version"), INGESTION.event < bindparam("before"))
    return found.order_by(INGESTION.event.desc()).limit(bindparam("limit"))


def _edges(tenant: bool) -> Select[Any]:
    """At most `limit` edges of `chunk` before that at `seq` and `position`, with what their entries say."""
    told = case((EDGE.position >= LATER, EDGE.position // LATER), else_=EDGE.seq)
    return (
        select(EDGE.seq, EDGE.position, EVENT.catalogue)
        .join_from(table(EdgeRow), table(EventRow), EVENT.idx == told)
        .where(EDGE.chunk == bindparam("chunk"), EVENT.catalogue.is_not(None))
        .where(
            or_(
                EDGE.seq < bindparam("seq"),
                and_(EDGE.seq == bindparam("seq"), EDGE.position < bindparam("position")),
            )
        )
        .order_by(EDGE.seq.desc(), EDGE.position.desc())
        .limit(bindparam("limit"))
    )


def _entry(tenant: bool) -> Select[Any]:
    """The entry `event`."""
    return select(EVENT.type, EVENT.detail, EVENT.catalogue).where(EVENT.idx == bindparam("event"))
