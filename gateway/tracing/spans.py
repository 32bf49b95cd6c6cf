"""A span, as far as it can tell of a retrieval."""

from collections.abc import Mapping
from dataclasses import dataclass

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
