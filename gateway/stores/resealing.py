"""Brings what seals texts up to date: texts that an earlier release left in the clear, and keys under an old master.

The first is done once, when a newer release first opens a store: entry after entry of the log, since only the log knows
whose a text is. It may be broken off and begun again: a text in the clear is removed when all are sealed.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy.engine import URL

from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.errors import ConfigurationError
from gateway.domain.runs import Body, Ingestion, Intent, Outcome
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import Cursor, locked, writing
from gateway.stores.contentkeys import ContentKeys, DataKey, bound_key
from gateway.stores.decoding import decode
from gateway.stores.keeping import day
from gateway.stores.masters import Masters, Wrapped
from gateway.stores.packing import pack_digest, unpack_digest
from gateway.stores.statements import Statements
from gateway.stores.tables import SealedRow

log = logging.getLogger(__name__)

PAGE = 500
"""Entries, texts or keys of one transaction."""

_ANY = "SELECT 1 FROM blob LIMIT 1"
_ENTRIES = """SELECT e.idx, e.run, e.type, e.at, e.tenant, e.detail, r.end_user, r.application FROM event e
    LEFT JOIN response r ON r.id = e.run WHERE e.idx >= ? ORDER BY e.idx LIMIT ?"""
_TEXT = "SELECT text FROM blob WHERE tenant = ? AND digest = ?"
_LEFT = "SELECT tenant, digest, text FROM blob ORDER BY tenant, digest LIMIT ?"
_THERE = "SELECT 1 FROM sealed_text WHERE name = ? LIMIT 1"
_REMOVE = "DELETE FROM blob WHERE tenant = ? AND digest = ?"
_MASTERS = "SELECT DISTINCT master FROM content_key"
_OLD = "SELECT id, tenant, kind, owner, master, wrapped FROM content_key WHERE master <> ? ORDER BY id LIMIT ?"
_WRAP = "UPDATE content_key SET master = ?, wrapped = ? WHERE id = ?"

Owned = tuple[DataKey, Digest]


class Resealing:
    """What has to be done before the store at *url* is used with *masters*."""

    def __init__(self, url: URL, masters: Masters) -> None:
        self._url = url
        self._masters = masters
        self._statements = Statements(url)
        self._insert = self._statements.newest(SealedRow, "used")

    def run(self) -> None:
        """Seal what lies in the clear.

        Raises `ConfigurationError` when texts are sealed with keys that *masters* do not have: nothing that is written
        then could be read together with them.
        """
        with self._transaction() as (_, ask):
            self._known([bytes(row[0]) for row in ask.rows(_MASTERS)])
            clear = bool(ask.rows(_ANY))
        if not clear:
            return
        log.warning("the texts in the lineage store are sealed now; that takes a while, once")
        first: int | None = 0
        while first is not None:
            with self._transaction() as (cursor, ask):
                first = self._page(cursor, ask, first)
        while True:
            with self._transaction() as (cursor, ask):
                if not self._leave(cursor, ask):
                    return

    def rewrap(self) -> int:
        """Wrap with the current master key all keys that another one has wrapped, and return how many they were.

        The texts stay as they are.
        """
        done = 0
        while True:
            with self._transaction() as (_, ask):
                current = self._masters.known[0] if self._masters.known else b""
                rows = ask.rows(_OLD, current, PAGE)
                if not current or not rows:
                    return done
                for number, tenant, kind, owner, master, wrapped in rows:
                    bound = bound_key(tenant, kind, bytes(owner))
                    key = self._masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound)
                    ask.run(_WRAP, (*self._masters.wrap(key, bound), number))
                done += len(rows)

    def _known(self, wrapping: Sequence[bytes]) -> None:
        missing = [master.hex() for master in wrapping if master not in self._masters.known]
        if missing:
            raise ConfigurationError(
                f"the texts of the lineage store are sealed with the key {', '.join(missing)}, which is not in "
                f"{self._masters.where}; put it there again"
            )

    def _page(self, cursor: Cursor, ask: Asked, first: int) -> int | None:
        """Seal the texts of the entries from *first* on, and return where to go on."""
        rows = ask.rows(_ENTRIES, first, PAGE)
        keys = ContentKeys(self._statements, self._masters)
        for _, _, kind, at, tenant, detail, end_user, application in rows:
            try:
                body = decode(kind, compressor().unpack(bytes(detail)))
            except ValueError:
                continue  # for verification to tell
            who = (end_user or "", application or "")
            for key, digest in _owned(cursor, keys, tenant, body, who):
                found = ask.rows(_TEXT, tenant, pack_digest(digest))
                if found:
                    name = keys.tenant(cursor, tenant).text(digest)
                    row = (name, key.id, day(at), key.seal(name, bytes(found[0][0])))
                    cursor.execute(self._insert.text, row)
        return rows[-1][0] + 1 if len(rows) == PAGE else None

    def _leave(self, cursor: Cursor, ask: Asked) -> bool:
        """Remove texts in the clear; those that no entry speaks of are sealed first, as nobody's. Return if more."""
        rows = ask.rows(_LEFT, PAGE)
        keys = ContentKeys(self._statements, self._masters)
        for tenant, digest, text in rows:
            name = keys.tenant(cursor, tenant).text(unpack_digest(bytes(digest)))
            if not ask.rows(_THERE, name):
                key = keys.subject(cursor, tenant, "", "")
                cursor.execute(self._insert.text, (name, key.id, 0, key.seal(name, bytes(text))))
        ask.run(_REMOVE, *((tenant, digest) for tenant, digest, _ in rows))
        return bool(rows)

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Cursor, Asked]]:
        """Run the block in one transaction, beside which nobody appends."""
        with closing(writing(self._url)) as connection:
            cursor = connection.cursor()
            locked(cursor, self._statements.begin)
            try:
                yield cursor, Asked(cursor, sqlite=self._url.drivername == "sqlite")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")


def _owned(cursor: Cursor, keys: ContentKeys, tenant: str, body: Body, who: tuple[str, str]) -> Iterator[Owned]:
    """Yield the digests of texts that *body* brought, each with the key of whose it is."""
    if isinstance(body, Intent | Outcome) and body.content:
        key = keys.subject(cursor, tenant, *who)
        yield from ((key, digest) for digest in body.content)
    for source, document, digest in _chunks(body):
        yield keys.document(cursor, tenant, source, document), digest


def _chunks(body: Body) -> Iterator[tuple[Source, str, Digest]]:
    if isinstance(body, Intent):
        for edge in body.edges:
            yield edge.chunk.source, edge.chunk.document, edge.chunk.digest
    elif isinstance(body, Ingestion):
        for entry in body.documents:
            for chunk in entry.chunks:
                yield entry.document.source, entry.document.id, chunk.digest
