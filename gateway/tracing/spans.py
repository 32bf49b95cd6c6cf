"""A span, as far as it can tell of a retrieval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.documents import Chunk
from gateway.domain.json import JSON

WANTED = ("openinference.span.kind", "retrieval.documents.", "gen_ai.operation.", "gen_ai.retrieval.", "gen_ai.data_")
"""Beginnings of the attributes that are read; what else a span says, prompts among it, is left where it is."""

DEEPEST = 16
"""Levels of lists and objects in an attribute beyond which nothing is read."""


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a trace, with those of its attributes that are `WANTED`."""

    trace_id: str
    """32 hexadecimal digits in lower case."""
    service: str
    """`service.name` of the resource that it is of; empty when that is not told."""
    attributes: Mapping[str, JSON]
    ended: int = 0
    """`end_time_unix_nano`; 0 when that is not told."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one retrieval span told."""

    chunks: Sequence[Chunk]
    ended: datetime | None = None
    """When the retrieval ended, by the application's clock; `None` when the span does not say."""


class Spans(Protocol):
    """Keeps for a while what retrieval spans told, for every process that may be asked in their trace."""

    def keep(self, tenant: str, trace_id: str, heard: Heard, age: timedelta) -> bool:
        """Keep *heard* of the trace, once, and the whole trace for *age* from now; return whether there was room.

        Raises `LineageUnavailable`.
        """

    def of(self, tenant: str, trace_id: str) -> Sequence[Heard]:
        """Return what was kept of the trace for *tenant*, in the order in which it came.

        Raises `LineageUnavailable`.
        """
