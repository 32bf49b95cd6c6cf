"""A response of a trace as it is recorded, for those who join spans to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.documents import Chunk
from gateway.domain.facts import Facts
from gateway.domain.principals import Principal

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A response, as it is recorded."""

    run: str
    at: datetime
    principal: Principal
    destinations: Sequence[Facts]
    """Where its prompt might go, the first one first."""
    known: frozenset[Name]
    """The names (`named`) of the chunks that its record tells of."""


class Responses(Protocol):
    """Finds responses by their trace."""

    def of_trace(self, tenant: str, trace_id: str) -> Sequence[Recorded]:
        """Return the responses of *tenant* in the trace. Raises `LineageUnavailable`."""


def named(chunk: Chunk) -> tuple[Name, Name]:
    """Return the names by which *chunk* is known again: its document and text, and its text alone."""
    return (chunk.source.namespace, chunk.source.name, chunk.document, chunk.digest), (chunk.digest,)
