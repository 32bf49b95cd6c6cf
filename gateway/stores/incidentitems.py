"""What happened to the items of an incident: the log's entries about each of them."""

from collections.abc import Iterator, Mapping

from gateway.domain.subjects import Kind, Subject
from gateway.stores import concerning
from gateway.stores.additions import short
from gateway.stores.packing import pack_digest, pack_id
from gateway.stores.queries import Asking, Query

_ABOUT: Mapping[Kind, tuple[Query, ...]] = {
    Kind.RESPONSE: (concerning.response,),
    Kind.DOCUMENT: (concerning.ingests, concerning.quarantines, concerning.fed_by_document_since),
    Kind.VERSION: (concerning.versions, concerning.fed_by_version_since),
    Kind.CHUNK: (concerning.chunks, concerning.fed_by_chunk_since),
}
"""How entries are about an item, besides that it was shown to somebody. A source is too much to follow."""


def entries(ask: Asking, items: Mapping[str, int], given: Mapping[str, object]) -> set[int]:
    """Return the entries about *items*, each with the entry that added it, as *given* limits them (concerning.py).

    Whose answers an item fed and who looked at it is told from the moment on in which it was added.
    """
    return {
        int(row[0])
        for item, added in items.items()
        for query, named in _questions(item)
        for row in ask(query, **given, added=added, **named)
    }


def _questions(item: str) -> Iterator[tuple[Query, Mapping[str, object]]]:
    yield concerning.accesses_since, {"subject": short(item)}
    try:
        subject = Subject.parse(item)
        named = _named(subject)
    except ValueError:
        return
    for query in _ABOUT.get(subject.kind, ()):
        yield query, named


def _named(subject: Subject) -> Mapping[str, object]:
    if subject.kind is Kind.RESPONSE:
        return {"id": pack_id(subject.id)}
    if subject.kind in (Kind.VERSION, Kind.CHUNK):
        return {"digest": pack_digest(subject.id)}
    return {"name": short(subject.id)}
