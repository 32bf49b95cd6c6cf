"""A span of ours, as it is sent to whoever collects traces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.json import JSON


@dataclass(frozen=True, slots=True)
class Emitted:
    """One span. The same one has the same ids, however often it is sent."""

    trace_id: bytes
    """16 bytes."""
    span_id: bytes
    """8 bytes."""
    name: str
    start: datetime
    end: datetime
    attributes: Mapping[str, JSON] = field(default_factory=dict)
    """Strings, numbers, booleans and lists of them."""
    error: str = ""
    """Code of what went wrong; empty when nothing did."""
