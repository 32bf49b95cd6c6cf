"""Every sealed text, opened: whether it is what its name says.

Entries of the log name their texts, and a text that several owners have stands there once for each; whoever reads one
of them learns nothing of the others. So all are opened, one after the other as they stand in the database.
"""

from typing import Any

from sqlalchemy import Select, bindparam, select, tuple_

from gateway.domain.digests import digest
from gateway.domain.errors import LineageUnavailable
from gateway.stores.connecting import Row
from gateway.stores.queries import Asking
from gateway.stores.statements import table
from gateway.stores.tables import ContentKeyRow, SealedRow
from gateway.stores.texts import OPENING, Texts

PAGE = 500
"""Texts that are held in memory at a time."""


def wrong(ask: Asking, texts: Texts) -> tuple[int, str]:
    """Return how many sealed texts are not what was sealed, in the snapshot of *ask*, and which is the first."""
    count, first, name, key = 0, "", b"", 0
    while rows := ask(_sealed, name=name, key=key, limit=PAGE):
        for row in rows:
            if not _whole(texts, row):
                count, first = count + 1, first or f"{bytes(row[0]).hex()} of key {row[2]}"
        name, key = rows[-1][0], rows[-1][2]
    return count, first


def _whole(texts: Texts, row: Row) -> bool:
    name, _, _, tenant, *_ = row
    if tenant is None:  # nobody has the key
        return False
    try:
        data = texts.opened(bytes(name), row[1:])
        return texts.name(tenant, digest(data)) == bytes(name)
    except (ValueError, LineageUnavailable):
        return False


def _sealed(tenant: bool) -> Select[Any]:
    """At most `limit` texts after the one `name` of the key `key`, each with what opens it."""
    text, key = table(SealedRow).c, table(ContentKeyRow).c
    return (
        select(text.name, *OPENING)
        .outerjoin_from(table(SealedRow), table(ContentKeyRow), key.id == text.key)
        .where(tuple_(text.name, text.key) > tuple_(bindparam("name"), bindparam("key")))
        .order_by(text.name, text.key)
        .limit(bindparam("limit"))
    )
