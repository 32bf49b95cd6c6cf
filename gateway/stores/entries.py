"""The log as those read it who derive something from it: entry after entry, and how far it reaches."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from gateway.domain.digests import Digest
from gateway.domain.runs import RunEvent, RunState
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode, decode_said
from gateway.stores.following import Entry, Said
from gateway.stores.leaves import leaf_hash
from gateway.stores.masters import Masters
from gateway.stores.packing import unpack_id, unpack_time
from gateway.stores.pool import Readers
from gateway.stores.queries import EVENT, TREE
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import EventRow
from gateway.stores.texts import SQLTexts

log = logging.getLogger(__name__)

UNREADABLE = "entry %d of the lineage log cannot be read and is passed over; `lineward verify` tells more"


class SQLEntries:
    """The entries of the log at *url*, whose texts *masters* open."""

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        self._questions = Questions(url, beside)
        self._texts = SQLTexts(url, masters, beside)

    def size(self) -> int:
        """Return how many entries there are. Raises `LineageUnavailable`, as the others do."""
        with self._questions.asking() as ask:
            rows = ask(_size)
        return int(rows[0][0]) if rows else 0

    def epoch(self) -> int:
        """Return a number that grows in the transaction that erases something: while it stays, what was read is so."""
        with self._questions.asking() as ask:
            rows = ask(_epoch)
        return int(rows[0][0]) if rows else 0

    def after(self, first: int, limit: int) -> Sequence[Entry]:
        """Return at most *limit* entries from number *first* on.

        One that cannot be read comes without its place: it is for verification to tell of it.
        """
        with self._questions.asking() as ask:
            rows = ask(_some, first=first, limit=limit)
        return [entry for row in rows if (entry := _entry(row)) is not None]

    def said(self, first: int, limit: int) -> Sequence[Said]:
        """Return what the same entries say, with the texts that are kept. Of the rest of them nothing is read."""
        with self._questions.asking() as ask:
            rows = ask(_details, first=first, limit=limit)
        found = [said for row in rows if (said := _said(row)) is not None]
        texts: dict[tuple[str, Digest], str] = {}
        for tenant in dict.fromkeys(said.tenant for said in found if said.digest):
            digests = dict.fromkeys(said.digest for said in found if said.digest and said.tenant == tenant)
            texts |= {(tenant, digest): text for digest, text in self._texts.kept(tenant, [*digests]).items()}
        return [replace(said, text=texts.get((said.tenant, said.digest))) if said.digest else said for said in found]

    def leaf(self, index: int) -> bytes | None:
        """Return the hash of the leaf of the entry *index*; `None` if there is none."""
        with self._questions.asking() as ask:
            return leaf_hash(ask, index)

    def at(self, index: int) -> datetime | None:
        """Return when the entry *index* was made; `None` if there is none."""
        with self._questions.asking() as ask:
            rows = ask(_at, first=index)
        return unpack_time(rows[0][0]) if rows else None

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self._texts.close()


def _size(tenant: bool) -> Select[Any]:
    return select(TREE.size)


def _epoch(tenant: bool) -> Select[Any]:
    return select(TREE.epoch)


def _at(tenant: bool) -> Select[Any]:
    return select(EVENT.at).where(EVENT.idx == bindparam("first"))


def _some(tenant: bool) -> Select[Any]:
    columns = (EVENT.idx, EVENT.id, EVENT.run, EVENT.type, EVENT.state, EVENT.at, EVENT.tenant, EVENT.detail)
    found = select(*columns).select_from(table(EventRow)).where(EVENT.idx >= bindparam("first"))
    return found.order_by(EVENT.idx).limit(bindparam("limit"))


def _details(tenant: bool) -> Select[Any]:
    columns = (EVENT.idx, EVENT.type, EVENT.run, EVENT.tenant, EVENT.detail)
    found = select(*columns).select_from(table(EventRow)).where(EVENT.idx >= bindparam("first"))
    return found.order_by(EVENT.idx).limit(bindparam("limit"))


def _entry(row: Row) -> Entry | None:
    index, name, run, kind, state, at, tenant, detail = row
    try:
        body = decode(kind, compressor().unpack(detail))
        event = RunEvent(unpack_id(run), RunState(state), body, tenant, unpack_id(name), unpack_time(at))
    except (ValueError, OverflowError):
        log.error(UNREADABLE, index)
        return None
    return Entry(index, event)


def _said(row: Row) -> Said | None:
    index, kind, run, tenant, detail = row
    try:
        digest, caller = decode_said(kind, compressor().unpack(detail))
        return Said(index, kind, unpack_id(run), tenant, digest, None, caller)
    except ValueError:
        log.error(UNREADABLE, index)
        return None
