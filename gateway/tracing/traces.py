"""What spans have told, kept for a while in the memory of this process: several workers each know their own."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.domain.documents import Chunk

CHUNKS = 1_000
"""Chunks of one trace."""

CHARACTERS = 16_000_000
"""Characters that are kept for one tenant."""

EACH = 500
"""What a chunk counts for beside its text."""


@dataclass(slots=True)
class Trace:
    """The chunks of one trace."""

    at: float
    """When something was last heard of it."""
    chunks: dict[tuple[object, ...], Chunk] = field(default_factory=dict)
    size: int = 0


class Traces:
    """The chunks that were told of traces, by tenant and trace id. Safe for several threads.

    Each tenant has room for *characters*: what one sends never pushes out what another has sent. The trace of which
    nothing was heard longest goes first, and every one *age* seconds after its last span.
    """

    def __init__(
        self, age: float, *, characters: int = CHARACTERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._age = age
        self._room = characters
        self._clock = clock
        self._traces: dict[str, OrderedDict[str, Trace]] = {}
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def keep(self, tenant: str, trace_id: str, chunks: Sequence[Chunk]) -> bool:
        """Keep *chunks* for the trace, each once, and return whether there was room for all."""
        with self._lock:
            now = self._clock()
            traces = self._traces.setdefault(tenant, OrderedDict())
            self._sizes.setdefault(tenant, 0)
            trace = traces.setdefault(trace_id, Trace(now))
            trace.at = now
            traces.move_to_end(trace_id)
            fits = all(self._added(tenant, trace, chunk) for chunk in chunks)
            while traces and (self._sizes[tenant] > self._room or self._is_old(next(iter(traces.values())), now)):
                _, gone = traces.popitem(last=False)
                self._sizes[tenant] -= gone.size
            return fits and trace_id in traces

    def of(self, tenant: str, trace_id: str) -> Sequence[Chunk]:
        """Return the chunks that *tenant* was heard to retrieve in the trace, in the order of their arrival."""
        if not trace_id:
            return ()
        with self._lock:
            traces = self._traces.get(tenant)
            trace = traces.get(trace_id) if traces else None
            return () if trace is None or self._is_old(trace, self._clock()) else (*trace.chunks.values(),)

    def _added(self, tenant: str, trace: Trace, chunk: Chunk) -> bool:
        name = chunk.source, chunk.document, chunk.digest, chunk.labels
        if name in trace.chunks:
            return True
        if len(trace.chunks) >= CHUNKS:
            return False
        size = EACH + len(chunk.text)
        trace.chunks[name] = chunk
        trace.size += size
        self._sizes[tenant] += size
        return True

    def _is_old(self, trace: Trace, now: float) -> bool:
        return now - trace.at > self._age
