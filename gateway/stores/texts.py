"""Texts that were kept, opened again by their digests."""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Select, bindparam, select

from gateway.domain.digests import Digest
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row, parsed
from gateway.stores.contentkeys import TENANT, DataKey, TenantKey, bound_key
from gateway.stores.masters import Masters, Wrapped, default_masters
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import ContentKeyRow, SealedRow

_SEALED, _KEY = table(SealedRow).c, table(ContentKeyRow).c

OPENING = (_SEALED.text, _SEALED.key, _KEY.tenant, _KEY.kind, _KEY.owner, _KEY.master, _KEY.wrapped)
"""Columns of a text and of the key that opens it."""

AT_ONCE = 32
"""Texts that one statement asks for."""

_PLACES = tuple(f"n{number}" for number in range(AT_ONCE))


class Texts:
    """Opens texts with the keys that *masters* unwrap, asking *ask*. For one connection, like *ask*."""

    def __init__(self, ask: Asking, masters: Masters) -> None:
        self._ask = ask
        self._masters = masters
        self._tenants: dict[str, TenantKey | None] = {}

    def text(self, tenant: str, digest: Digest) -> str | None:
        """Return the text with *digest* of *tenant*; `None` if it is not kept. Raises what `data` raises."""
        data = self.data(tenant, digest)
        return None if data is None else data.decode("utf-8", "surrogatepass")

    def data(self, tenant: str, digest: Digest) -> bytes | None:
        """Return the UTF-8 of the text with *digest* of *tenant*; `None` if it is not kept.

        Raises `LineageUnavailable` without the master key, `ValueError` for what was altered.
        """
        name = self.name(tenant, digest)
        if name is None:
            return None
        rows = self._ask(_sealed, name=name)
        return self.opened(name, rows[0]) if rows else None

    def texts(self, tenant: str, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        """Return those texts of *tenant* with *digests* that are kept, by digest. Raises what `data` raises."""
        key, found = self._tenant(tenant), dict[Digest, str]()
        if key is None:
            return found
        names = {key.text(digest): digest for digest in digests}
        asked = [*names]
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            part += part[-1:] * (AT_ONCE - len(part))
            for name, *row in self._ask(_sealed_ones, **dict(zip(_PLACES, part, strict=True))):
                digest = names[bytes(name)]
                if digest not in found:  # of several that are equal any one
                    found[digest] = self.opened(bytes(name), tuple(row)).decode("utf-8", "surrogatepass")
        return found

    def there(self, tenant: str, digests: Sequence[Digest]) -> set[Digest]:
        """Return those of *digests* whose texts of *tenant* are kept, unopened. Raises what `data` raises."""
        key, found = self._tenant(tenant), set[Digest]()
        names = {key.text(digest): digest for digest in digests} if key else {}
        asked = [*names]
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            part += part[-1:] * (AT_ONCE - len(part))
            found |= {names[bytes(name)] for (name,) in self._ask(_kept_ones, **dict(zip(_PLACES, part, strict=True)))}
        return found

    def key(self, tenant: str) -> TenantKey | None:
        """Return what gives names in *tenant*; `None` if nothing was ever kept there. Raises `LineageUnavailable`."""
        return self._tenant(tenant)

    def copy(self, tenant: str, kind: str, owner: bytes, name: bytes) -> bytes | None:
        """Return the UTF-8 of the text *name* that is kept for *owner*, `None` without one. Raises what `data` does."""
        rows = self._ask(_copy, name=name, tenant_of=tenant, kind=kind, owner=owner)
        return self.opened(name, rows[0]) if rows else None

    def name(self, tenant: str, digest: Digest) -> bytes | None:
        """Return the name of the text with *digest* of *tenant*; `None` if nothing was ever kept there."""
        key = self._tenant(tenant)
        return None if key is None else key.text(digest)

    def opened(self, name: bytes, row: Row) -> bytes:
        """Return the UTF-8 of the text *name* in *row*, whose columns are `OPENING`. Raises what `data` raises."""
        sealed, number, tenant, kind, owner, master, wrapped = row
        bound = bound_key(tenant, kind, bytes(owner))
        key = self._masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound)
        return compressor().unpack(DataKey(number, AESGCM(key)).open(name, bytes(sealed)))

    def _tenant(self, tenant: str) -> TenantKey | None:
        if tenant not in self._tenants:
            rows = self._ask(_tenant, owner=tenant)
            self._tenants[tenant] = None
            for master, wrapped in rows:
                key = self._masters.unwrap(Wrapped(bytes(master), bytes(wrapped)), bound_key(tenant, TENANT, b""))
                self._tenants[tenant] = TenantKey(key)
        return self._tenants[tenant]


class SQLTexts:
    """Texts in the store at *url*, on connections that only read; safe to call from any thread.

    Every call raises `LineageUnavailable` when the store cannot be read, and without the key that it was sealed with.
    """

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        self._masters = masters or default_masters(parsed(url))
        self._questions = Questions(url, beside)

    def kept(self, tenant: str, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        """Return those texts of *tenant* with *digests* that are kept, by digest."""
        with self._questions.asking(tenant) as ask:
            return Texts(ask, self._masters).texts(tenant, digests)

    def there(self, tenant: str, digests: Sequence[Digest]) -> set[Digest]:
        """Return those of *digests* whose texts of *tenant* are kept."""
        with self._questions.asking(tenant) as ask:
            return Texts(ask, self._masters).there(tenant, digests)

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()


def _sealed(tenant: bool) -> Select[Any]:
    """The text `name`, with what opens it; of several that are equal any one."""
    return _opening().where(_SEALED.name == bindparam("name")).limit(1)


def _copy(tenant: bool) -> Select[Any]:
    """The text `name` that is sealed for one `owner`."""
    mine = (_KEY.tenant == bindparam("tenant_of"), _KEY.kind == bindparam("kind"), _KEY.owner == bindparam("owner"))
    return _opening().where(_SEALED.name == bindparam("name"), *mine)


def _sealed_ones(tenant: bool) -> Select[Any]:
    """The texts with one of `AT_ONCE` names, each with its name first."""
    return _opening(_SEALED.name).where(_SEALED.name.in_([bindparam(place) for place in _PLACES]))


def _kept_ones(tenant: bool) -> Select[Any]:
    """Which of `AT_ONCE` names texts have."""
    return select(_SEALED.name).where(_SEALED.name.in_([bindparam(place) for place in _PLACES]))


def _opening(*first: ColumnElement[Any]) -> Select[Any]:
    """The columns *first* of texts, and what opens them."""
    found = select(*first, *OPENING)
    return found.join_from(table(SealedRow), table(ContentKeyRow), _KEY.id == _SEALED.key)


def _tenant(tenant: bool) -> Select[Any]:
    """The key that gives names in the tenant `owner`."""
    return select(_KEY.master, _KEY.wrapped).where(_KEY.tenant == bindparam("owner"), _KEY.kind == TENANT)
