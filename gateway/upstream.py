"""Back from a response, a document or a source to the systems and job runs that its data come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.documents import Chunk, Source
from gateway.domain.openlineage import Tag
from gateway.domain.upstream import Origin, Upstream, datasets_of, splits
from gateway.lineage.upstreams import Walk, nodes
from gateway.stores.graph import SQLGraph, TenantGraph
from gateway.stores.origins import Entered, SQLOrigins

INCOMPLETE = Tag("lineage", "incomplete")


@dataclass(frozen=True, slots=True)
class UpstreamRecord:
    """What lies upstream of something."""

    subject: str
    tenant: str
    origins: Sequence[Origin]


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Answers from what was ingested and what other systems reported. Its methods raise `LineageUnavailable`.

    A *tenant* limits every answer to that tenant; `None` is for the operator's own command line.
    """

    graph: SQLGraph
    origins: SQLOrigins
    collections: Mapping[str, Source] = field(default_factory=dict)
    """The dataset that each configured collection is."""

    def of_response(self, id: str, tenant: str | None) -> UpstreamRecord | None:
        """Return what lies upstream of the chunks of response *id*, as it was when they were ingested."""
        entered = self.origins.of_response(id, tenant)
        if entered is None:
            return None
        owner = entered[0].tenant if entered else tenant or ""
        return UpstreamRecord(id, owner, self._told(entered, owner))

    def of_document(self, name: str, tenant: str | None) -> Sequence[UpstreamRecord]:
        """Return what lies upstream of the current version of the document *name*, of each tenant that has one."""
        entered = self.origins.of_document(name, tenant)
        owners = dict.fromkeys(one.tenant for one in entered)
        return [
            UpstreamRecord(name, owner, self._told([one for one in entered if one.tenant == owner], owner))
            for owner in owners
        ]

    def of_source(self, name: str, tenant: str | None) -> Sequence[UpstreamRecord]:
        """Return what lies upstream of the source or dataset *name* now, of each tenant that knows it."""
        found: dict[str, UpstreamRecord] = {}
        for source in splits(name):
            for owner in self._owners(source, tenant):
                with self.graph.of(owner) as graph:
                    upstream = Walk(graph).upstream(source, None)
                found.setdefault(owner, UpstreamRecord(str(source), owner, [Origin("", source, upstream=[upstream])]))
        return [*found.values()]

    def tags_of(self, chunks: Sequence[Chunk], tenant: str) -> Sequence[Sequence[Tag]]:
        """Return the tags that reach each of *chunks* of *tenant*, those of the nearest dataset first.

        The tag `lineage=incomplete` says that there is more upstream than is followed.
        """
        return self.tags_of_entered(self.origins.of_chunks(chunks, tenant), tenant)

    def tags_of_entered(self, entered: Sequence[Entered], tenant: str) -> Sequence[Sequence[Tag]]:
        """Return the same of each document version of *entered*; one that was never ingested has the data of now."""
        with self.graph.of(tenant) as graph:
            # A way of its own for each: what stands above for one must be told for the next one, too.
            return [_tags(self.roots(one, graph, Walk(graph))) for one in entered]

    def collections_of(self, chunks: Sequence[Chunk], tenant: str) -> Sequence[Source | None]:
        """Return the dataset of the collection that each of *chunks* entered last, `None` for what entered none."""
        return [self.collections.get(one.collection) for one in self.origins.of_chunks(chunks, tenant)]

    def roots(self, entered: Entered, graph: TenantGraph, walk: Walk) -> Sequence[Upstream]:
        """Return what lies upstream of each dataset that *entered* may be a part of and of which something is known."""
        names = [*datasets_of(entered.source, entered.document, entered.url)]
        if entered.collection in self.collections:
            names.append(self.collections[entered.collection])
        return [walk.upstream(name, entered.at) for name in dict.fromkeys(names) if graph.is_known(name)]

    def _told(self, entered: Sequence[Entered], owner: str) -> list[Origin]:
        with self.graph.of(owner) as graph:
            walk = Walk(graph)
            return [_origin(one, self.roots(one, graph, walk)) for one in entered]

    def _owners(self, source: Source, tenant: str | None) -> Sequence[str]:
        having = self.origins.tenants_of(source, tenant)
        return [*dict.fromkeys([*having, *self.graph.tenants_of(source, tenant)])]


def _tags(upstream: Sequence[Upstream]) -> Sequence[Tag]:
    found = [*nodes(upstream)]
    incomplete = any(one.cut in ("deep", "many") for one in found)
    return [*dict.fromkeys(tag for one in found for tag in one.tags), *[INCOMPLETE] * incomplete]


def _origin(one: Entered, upstream: Sequence[Upstream]) -> Origin:
    return Origin(one.document, one.source, one.version, one.at, one.how, one.state, upstream)
