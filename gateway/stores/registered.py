"""What recognition knows documents by: whether it is what its names say, although the texts need not be kept.

A passage is named by its words, a registration by what it is of, and nobody's passage has no words. So what was altered
or removed is found; titles, addresses and labels are in no name (descriptions.py). The order of changes is not looked
at.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, bindparam, exists, select

from gateway.stores.connecting import Row
from gateway.stores.fingerprints import named, passage_name
from gateway.stores.packing import unpack_digest
from gateway.stores.queries import Asking, Query
from gateway.stores.statements import table
from gateway.stores.tables import PassageRow, RegistrationRow

PAGE = 1_000
"""Rows that are held in memory at a time."""

_PASSAGE, _REGISTRATION = table(PassageRow).c, table(RegistrationRow).c

_UNREADABLE = "\ufffd"
"""Stands for what a text column does not take: the name that it was part of cannot be derived again."""


def wrong(ask: Asking) -> Iterator[tuple[str, int, int]]:
    """Yield the tables that have rows that are not what they were, each with how many and the first one's number."""
    tables: tuple[tuple[str, Query, Callable[[Row], bool]], ...] = (
        ("passage", _passages, _is_passage),
        ("registration", _registrations, _is_registration),
    )
    for name, query, is_whole in tables:
        found = [row[0] for row in _each(ask, query) if not is_whole(row)]
        if found:
            yield name, len(found), found[0]


def _each(ask: Asking, query: Query) -> Iterator[Row]:
    after = -1
    while rows := ask(query, after=after, limit=PAGE):
        yield from rows
        after = rows[-1][0]


def _is_passage(row: Row) -> bool:
    _, digest, algorithm, words, registered = row
    data = bytes(words)
    return not data or (bool(registered) and bytes(digest) == passage_name(data, algorithm))


def _is_registration(row: Row) -> bool:
    _, identity, owner, passage, tenant, namespace, source, document, version, ordinal, digest = row
    names = (tenant, namespace, source, document)
    if passage is None:
        return False
    if any(_UNREADABLE in name for name in names):
        return True
    try:
        what = (unpack_digest(bytes(version)), str(ordinal), unpack_digest(bytes(digest)))
    except ValueError:
        return False
    return (bytes(identity), bytes(owner)) == (named(*names, *what), named(*names))


def _passages(tenant: bool) -> Select[Any]:
    """At most `limit` passages after number `after`, each with whether anybody has it registered."""
    registered = exists().where(_REGISTRATION.passage == _PASSAGE.id, _REGISTRATION.gone.is_(False))
    found = select(_PASSAGE.id, _PASSAGE.digest, _PASSAGE.algorithm, _PASSAGE.words, registered)
    return found.where(_PASSAGE.id > bindparam("after")).order_by(_PASSAGE.id).limit(bindparam("limit"))


def _registrations(tenant: bool) -> Select[Any]:
    """At most `limit` registrations after change `after`, but for those that are gone."""
    one = _REGISTRATION
    return (
        select(one.seq, one.identity, one.owner, _PASSAGE.id, one.tenant, one.namespace, one.source, one.document)
        .add_columns(one.version, one.ordinal, one.digest)
        .outerjoin_from(table(RegistrationRow), table(PassageRow), _PASSAGE.id == one.passage)
        .where(one.gone.is_(False), one.seq > bindparam("after"))
        .order_by(one.seq)
        .limit(bindparam("limit"))
    )
