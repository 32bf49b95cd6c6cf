"""The way from a dataset back to what it was made of, run after run; pure.

At each dataset the last run counts that had written it by the time in question: the ingest of a document for the first
step, the end of the run that read it for every other. Where no run from before was reported, the first one after it
counts and is marked as assumed: systems are often connected after their data came in, and a label that may be missing
is worse than one that may be early.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from gateway.domain.documents import Source
from gateway.domain.openlineage import Dataset, Part, Tag
from gateway.domain.upstream import Upstream, Writing

DEEPEST = 64
"""Runs one above the other."""

MOST = 2_000
"""Datasets of one answer."""

Columns: TypeAlias = AbstractSet[str] | None
"""Columns whose values reach the text; `None` is all of them."""


class Graph(Protocol):
    """What was reported of the runs and datasets of one tenant. Its methods raise `LineageUnavailable`."""

    def written(self, dataset: Source, before: datetime | None) -> Writing | None:
        """Return the last run that wrote *dataset* until *before*, or the first one after it."""

    def datasets(self, run: str) -> Sequence[Dataset]:
        """Return what *run* read and wrote, by all that it told."""

    def tags(self, dataset: Source, at: datetime | None) -> Sequence[Tag]:
        """Return the tags that *dataset* had at the time *at*, or has now."""

    def is_known(self, dataset: Source) -> bool:
        """Return whether anything was reported of *dataset*."""


@dataclass(slots=True)
class Walk:
    """One way back, over as many roots as are asked for."""

    graph: Graph
    seen: set[tuple[Source, str, frozenset[str] | None]] = field(default_factory=set)
    count: int = 0

    def upstream(self, dataset: Source, before: datetime | None) -> Upstream:
        """Return what lies upstream of *dataset* as it was at *before*."""
        return self._step(dataset, before, None, 0)

    def _step(self, dataset: Source, before: datetime | None, columns: Columns, depth: int) -> Upstream:
        self.count += 1
        tags = _reaching(self.graph, dataset, before, columns)
        writing = self.graph.written(dataset, before)
        if writing is None:
            return Upstream(dataset, tags)
        key = dataset, writing.run, None if columns is None else frozenset(columns)
        cut = "above" if key in self.seen else "deep" if depth >= DEEPEST else "many" if self.count >= MOST else ""
        if cut:
            return Upstream(dataset, tags, writing, cut=cut)
        self.seen.add(key)
        told = self.graph.datasets(writing.run)
        inputs = [
            self._step(origin, writing.at, _flowing(told, dataset, origin, columns), depth + 1)
            for origin in dict.fromkeys(one.source for one in told if one.part is Part.INPUT)
            if origin != dataset
        ]
        return Upstream(dataset, tags, writing, inputs)


def _reaching(graph: Graph, dataset: Source, at: datetime | None, columns: Columns) -> tuple[Tag, ...]:
    """Return the tags that reach the text: those of then, and those of now, which may have been known too late."""
    known = [*graph.tags(dataset, at), *graph.tags(dataset, None)] if at else graph.tags(dataset, None)
    return tuple(dict.fromkeys(tag for tag in known if not tag.field or columns is None or tag.field in columns))


def _flowing(told: Sequence[Dataset], written: Source, origin: Source, columns: Columns) -> Columns:
    """Return which columns of *origin* flow into *columns* of *written*; all, unless the run told of columns.

    One whose values were all made unrecognisable on their way does not.
    """
    flows = [flow for one in told if one.source == written and one.part is Part.OUTPUT for flow in one.flows or ()]
    own = [flow for flow in flows if flow.origin == origin]
    if not own:
        return None
    return {
        flow.origin_column
        for flow in own
        if not flow.masked and (not flow.column or columns is None or flow.column in columns)
    }


def nodes(roots: Sequence[Upstream]) -> Iterator[Upstream]:
    """Yield *roots* and all that lies upstream of them, the nearest first."""
    level = [*roots]
    while level:
        yield from level
        level = [one for above in level for one in above.inputs]
