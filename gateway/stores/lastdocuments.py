"""The documents that go with a person in the end: when their own responses are done, and nobody else has them either.

What other people's entries say of such a document is redacted too, though those people were erased before: so it makes
no difference who was first. That is done as with responses, from the newest entry back to the oldest, and with each
entry goes what it brought.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.stores import owndocuments
from gateway.stores.asides import Asked
from gateway.stores.owndocuments import Parts
from gateway.stores.sought import Named
from gateway.stores.tables import LATER

_SPEAKING = f"""SELECT DISTINCT e.position / {LATER}, e.seq FROM document_version v JOIN chunk c ON c.version = v.id
    JOIN edge e ON e.chunk = c.id WHERE v.document = ? AND (e.seq >= ? OR e.position >= ?)"""  # noqa: S608
_SIZE = "SELECT size FROM tree"


@dataclass(frozen=True, slots=True)
class Part:
    """Entries that are to be redacted, and what they brought of documents."""

    entries: Sequence[tuple[int, int]]
    """Each with the response that it belongs to."""
    parts: Parts


@dataclass(slots=True)
class LastDocuments:
    """The *documents*, by number, that are still to go with *person* of *tenant*."""

    tenant: str
    person: str
    documents: dict[int, Named]
    _left: list[tuple[int, int]] | None = None
    """Entries that speak of the first of them and are not done yet, the newest first; `None` before it begins."""
    _size: int = 0
    """Entries of the log when they were looked for."""
    _witnesses: dict[int, int] = field(default_factory=dict)
    """Entries by which somebody else has a document."""

    def theirs(self, numbers: Iterable[int], ask: Asked) -> list[int]:
        """Return those of the documents *numbers* that are somebody's own, and that nobody else has any more by now."""
        alone = (number for number in numbers if not self._other(ask, number))
        return [number for number in alone if owndocuments.was_declared(ask, number)]

    def next(self, ask: Asked, most: int) -> Part | None:
        """Return at most so many entries that are to be redacted next; `None` when no document is left."""
        while self.documents:
            number = next(iter(self.documents))
            if self._may_go(ask, number):
                speaking = self._speaking(ask, number)
                page, self._left = speaking[:most], speaking[most:]
                if page:
                    return Part(page, owndocuments.parts(ask, {number: self.documents[number]}))
            self.drop([number])
        return None

    def drop(self, numbers: Iterable[int]) -> None:
        """Have done with the documents *numbers*."""
        for number in numbers:
            if number == next(iter(self.documents), None):
                self._left = None
            self.documents.pop(number, None)

    def _may_go(self, ask: Asked, number: int) -> bool:
        """Return whether it is still there, and still nobody else's: another erasure may have been faster."""
        since = 0 if self._left is None else self._size
        there = owndocuments.named(ask, self.tenant, [number])
        return bool(there) and bool(owndocuments.alone(ask, self.tenant, [number], self.person, since))

    def _speaking(self, ask: Asked, number: int) -> list[tuple[int, int]]:
        """Return the entries that are left, with those that came since."""
        since = 0 if self._left is None else self._size
        ((size,),) = ask.rows(_SIZE)
        found = ask.rows(_SPEAKING, number, since, max(1, since) * LATER)
        came = sorted(((int(told) or int(seq), int(seq)) for told, seq in found), reverse=True)
        self._size = int(size)
        return [*came, *(self._left or ())]

    def _other(self, ask: Asked, number: int) -> bool:
        known = self._witnesses.get(number)
        found = None
        if known is not None:  # of a document that everybody has, nothing else is looked at
            found = owndocuments.other(ask, self.tenant, number, self.person, known)
        if found is None:
            found = owndocuments.other(ask, self.tenant, number, self.person)
        if found is not None:
            self._witnesses[number] = found
        return found is not None
