"""The keys of texts: whose text is sealed with which key, and under which name it is found.

A text of a response is sealed with the key of its *subject*: the end user, or the application where it names none. A
chunk's text is sealed with the key of its document. Each tenant has a key that names texts: equal texts have equal
names inside a tenant, and who has the database cannot find out whether a text that he guesses is among them. All
keys are random and stand wrapped in the database (masters.py): to erase the row of a key is to erase its texts, in
every copy of the database that can be reached, and in all others as soon as the master key is gone.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select

from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.scopes import joined
from gateway.stores.connecting import Cursor
from gateway.stores.lookups import Lookup
from gateway.stores.masters import KEY_SIZE, Masters, Wrapped
from gateway.stores.memory import Memory
from gateway.stores.packing import pack_digest
from gateway.stores.statements import Statements, table
from gateway.stores.tables import ContentKeyRow

TENANT, SUBJECT, DOCUMENT = "tenant", "subject", "document"
"""Kinds of keys."""

NAME_SIZE = 16
"""Bytes of the name of a text or an owner."""

REMEMBERED = 20_000
"""Keys that the writer remembers."""

_NONCE = 12


class TenantKey(NamedTuple):
    """What gives names within one tenant."""

    key: bytes

    def text(self, digest: Digest) -> bytes:
        """Return the name of the text with *digest*."""
        return hmac.digest(self.key, b"text" + pack_digest(digest), "sha256")[:NAME_SIZE]

    def subject(self, end_user: str, application: str) -> bytes:
        """Return the name of a subject: of the person *end_user*, whatever *application* they use, if it names one."""
        who = ("user", end_user) if end_user else ("application", application)
        return self._owner(SUBJECT, *who)

    def document(self, source: Source, name: str) -> bytes:
        """Return the name of a document."""
        return self._owner(DOCUMENT, source.namespace, source.name, name)

    def _owner(self, *parts: str) -> bytes:
        return hmac.digest(self.key, joined("owner", *parts), "sha256")[:NAME_SIZE]


class DataKey(NamedTuple):
    """What seals the texts of one owner."""

    id: int
    cipher: AESGCM

    def seal(self, name: bytes, packed: bytes) -> bytes:
        """Return *packed*, the text of that *name*, sealed for its row and no other."""
        nonce = os.urandom(_NONCE)
        return nonce + self.cipher.encrypt(nonce, packed, bound_text(self.id, name))

    def open(self, name: bytes, sealed: bytes) -> bytes:
        """Return what was *sealed*. Raises `ValueError` if it was altered or moved."""
        try:
            return self.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_text(self.id, name))
        except (InvalidTag, ValueError):
            raise ValueError("a sealed text was altered or moved") from None


Place = tuple[str, Source, str]
"""Tenant, source and name of a document."""


def bound_text(key: int, name: bytes) -> bytes:
    """Return what a sealed text is bound to."""
    return key.to_bytes(8, "big") + name


def bound_key(tenant: str, kind: str, owner: bytes) -> bytes:
    """Return what a wrapped key is bound to."""
    return joined(tenant, kind) + owner


class ContentKeys:
    """Keys as the log's writer knows them, who holds its lock: those that are missing are drawn."""

    def __init__(self, statements: Statements, masters: Masters) -> None:
        self._masters = masters
        self._find = Lookup(statements, ContentKeyRow, ("tenant", "kind", "owner"), ("id", "master", "wrapped"))
        self._last = statements.compiled(select(func.max(table(ContentKeyRow).c.id)))
        self._add = statements.insert(ContentKeyRow)
        self._tenants: Memory[str, TenantKey] = Memory(REMEMBERED)
        self._subjects: Memory[tuple[str, str, str], DataKey] = Memory(REMEMBERED)
        self._documents: Memory[Place, DataKey] = Memory(REMEMBERED)

    def tenant(self, cursor: Cursor, tenant: str) -> TenantKey:
        """Return what gives names within *tenant*."""
        known = self._tenants.get(tenant)
        if known is None:
            known = TenantKey(self._key(cursor, tenant, TENANT, b"")[1])
            self._tenants.learn(tenant, known)
        return known

    def subject(self, cursor: Cursor, tenant: str, end_user: str, application: str) -> DataKey:
        """Return what seals the texts of *end_user*, or of *application* where that names none."""
        name = (tenant, end_user, "" if end_user else application)
        known = self._subjects.get(name)
        if known is None:
            owner = self.tenant(cursor, tenant).subject(end_user, application)
            known = self._data(cursor, tenant, SUBJECT, owner)
            self._subjects.learn(name, known)
        return known

    def document(self, cursor: Cursor, tenant: str, source: Source, name: str) -> DataKey:
        """Return what seals the texts of the document *name* of *source*."""
        place = (tenant, source, name)
        known = self._documents.get(place)
        if known is None:
            owner = self.tenant(cursor, tenant).document(source, name)
            known = self._data(cursor, tenant, DOCUMENT, owner)
            self._documents.learn(place, known)
        return known

    def numbers(self, cursor: Cursor, places: Iterable[Place]) -> Mapping[Place, int]:
        """Return the numbers of those keys of the documents at *places* that are there."""
        known = {place: self._documents.get(place) for place in places}
        found = {place: key.id for place, key in known.items() if key is not None}
        wanted = {
            (place[0], DOCUMENT, self.tenant(cursor, place[0]).document(*place[1:])): place
            for place, key in known.items()
            if key is None
        }
        for tenant, kind, owner, number, master, wrapped in self._find.rows(cursor, [*wanted]):
            bound = bound_key(tenant, kind, bytes(owner))
            key = DataKey(int(number), AESGCM(self._masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound)))
            place = wanted[tenant, kind, bytes(owner)]
            self._documents.learn(place, key)
            found[place] = key.id
        return found

    def end(self, *, committed: bool) -> None:
        """The transaction ended; keys that were drawn in it are good only if it was *committed*."""
        self._tenants.end(committed=committed)
        self._subjects.end(committed=committed)
        self._documents.end(committed=committed)

    def _data(self, cursor: Cursor, tenant: str, kind: str, owner: bytes) -> DataKey:
        number, key = self._key(cursor, tenant, kind, owner)
        return DataKey(number, AESGCM(key))

    def _key(self, cursor: Cursor, tenant: str, kind: str, owner: bytes) -> tuple[int, bytes]:
        bound = bound_key(tenant, kind, owner)
        row = self._find.one(cursor, (tenant, kind, owner))
        if row is not None:
            return int(row[0]), self._masters.unwrap(Wrapped(bytes(row[1]), bytes(row[2])), bound)
        cursor.execute(self._last.text)
        last = cursor.fetchone()
        number = 1 + (last[0] if last and last[0] is not None else 0)
        key = os.urandom(KEY_SIZE)
        wrapped = self._masters.wrap(key, bound)
        cursor.execute(self._add.text, (number, tenant, kind, owner, wrapped.master, wrapped.sealed))
        return number, key
