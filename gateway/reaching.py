"""Down from a dataset or a run to everyone who was answered from it: the way upstream, asked the other way round.

A document version counts if the dataset, or the run, lies upstream of it by the same rules as `lineward upstream`
tells: the run that had written its data when it was ingested, and those before that.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.documents import Source
from gateway.domain.openlineage import Part as Place
from gateway.domain.records import Impact
from gateway.domain.subjects import Kind, Subject
from gateway.domain.upstream import Upstream, Writing, datasets_of, splits
from gateway.lineage.upstreams import MOST, Walk, nodes
from gateway.stores.graph import TenantGraph
from gateway.stores.impacts import impact_of_parts
from gateway.stores.questions import Questions
from gateway.upstream import Upstreams


@dataclass(frozen=True, slots=True)
class Reach:
    """Answers from the store that *questions* asks. Its methods raise `LineageUnavailable`."""

    upstreams: Upstreams
    questions: Questions

    def tenants(self, subject: Subject, tenant: str | None) -> Sequence[str]:
        """Return who reported *subject*, a dataset or a run."""
        graph = self.upstreams.graph
        if subject.kind is Kind.RUN:
            return graph.tenants_of_run(subject.id, tenant)
        return [*dict.fromkeys(one for source in splits(subject.id) for one in graph.tenants_of(source, tenant))]

    def impact(self, subject: Subject, tenant: str, *, limit: int, cursor: str = "") -> Impact | None:
        """Return who was fed by *subject*, a dataset or a run that *tenant* reported; `None` if it did not.

        Raises `BadRequest` for a cursor that no page gave.
        """
        with self.upstreams.graph.of(tenant) as graph:
            aim = self._aim(subject, graph)
            if aim is None:
                return None
            sources, versions = self._reached(aim, tenant)
        with self.questions.asking(tenant) as ask:
            return impact_of_parts(ask, subject, sources, versions, limit=limit, cursor=cursor)

    def _aim(self, subject: Subject, graph: TenantGraph) -> "Aim | None":
        if subject.kind is Kind.RUN:
            told = graph.datasets(subject.id)
            outputs = [one.source for one in told if one.part is Place.OUTPUT]
            return Aim(graph, _below(graph, outputs), run=subject.id) if told else None
        dataset = next((source for source in splits(subject.id) if graph.is_known(source)), None)
        return None if dataset is None else Aim(graph, _below(graph, [dataset]), dataset)

    def _reached(self, aim: "Aim", tenant: str) -> tuple[list[int], list[int]]:
        """Return the numbers of the sources that were reached as a whole, and of single versions of others."""
        ours = {name: dataset for name, dataset in self.upstreams.collections.items() if dataset in aim.below}
        reached: dict[int, set[int]] = defaultdict(set)
        looked: dict[int, set[int]] = defaultdict(set)
        for part in self.upstreams.origins.parts([*aim.below], ours.keys(), tenant):
            if part.whole:
                looked[part.number].add(part.version)
            collection = [ours[part.collection]] if part.collection in ours else []
            names = (*datasets_of(part.source, part.document, part.url), *collection)
            if any(aim.hits(name, part.at) for name in names):
                reached[part.number].add(part.version)
        whole = [number for number in reached if number in looked and looked[number] <= reached[number]]
        return whole, sorted(version for number in reached.keys() - whole for version in reached[number])


@dataclass(slots=True)
class Aim:
    """A dataset or a run that may lie upstream of something."""

    graph: TenantGraph
    below: Mapping[Source, None]
    """Every dataset that was ever made of it, itself among them."""
    dataset: Source | None = None
    run: str = ""
    _written: dict[Source, Sequence[Writing]] = field(default_factory=dict)
    _leads: dict[tuple[Source, str], bool] = field(default_factory=dict)

    def hits(self, name: Source, at: datetime | None) -> bool:
        """Return whether it lies upstream of the dataset *name* as that was at *at*."""
        if name not in self.below:
            return False
        if name == self.dataset:
            return True
        writing = self._writing(name, at)
        if writing is None:
            return False
        key = name, writing.run
        if key not in self._leads:
            found = nodes([Walk(self.graph).upstream(name, writing.at)])
            self._leads[key] = any(map(self._is, found))
        return self._leads[key]

    def _writing(self, name: Source, at: datetime | None) -> Writing | None:
        """Return the last run that wrote *name* until *at*, or the first one after it."""
        if name not in self._written:
            self._written[name] = self.graph.writings(name)
        written = self._written[name]
        last = len(written) if at is None else bisect_right(written, at, key=lambda one: one.at)
        return written[max(last - 1, 0)] if written else None

    def _is(self, one: Upstream) -> bool:
        return one.dataset == self.dataset or bool(self.run and one.writing and one.writing.run == self.run)


def _below(graph: TenantGraph, start: Sequence[Source]) -> Mapping[Source, None]:
    """Return *start* and what was made of it, run after run, whenever that was."""
    seen = dict.fromkeys(start)
    waiting = [*start]
    while waiting and len(seen) < MOST:
        for run in graph.readers(waiting.pop()):
            made = [one.source for one in graph.datasets(run) if one.part is Place.OUTPUT and one.source not in seen]
            seen |= dict.fromkeys(made)
            waiting += made
    return seen
