"""Who is sought when a person is erased: they, and the documents that go with them, under all names that they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.documents import Source


class Named(NamedTuple):
    """A document as it is known outside of the catalogue."""

    source: Source
    document: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A person, and the documents that go with them."""

    person: str = ""
    documents: frozenset[Named] = frozenset()
    things: frozenset[str] = frozenset()
    """What they are called among things that are named by kind and id."""

    @classmethod
    def of(cls, person: str, documents: Iterable[Named] = ()) -> "Sought":
        """Return *person* with *documents*."""
        own = frozenset(documents)
        return cls(person, own, frozenset({f"subject/{person}", *(f"document/{one.document}" for one in own)}))
