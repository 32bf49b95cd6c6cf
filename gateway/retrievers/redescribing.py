"""How entries of a collection are described after their document was ingested elsewhere; pure.

Policies judge what a search finds by what its entry says. So an entry of the version that came in says what is said of
its chunk now; one of another version, whose text nobody has looked at again, is tightened by its document's labels.
"""

from collections.abc import Mapping, Sequence

from gateway.domain.documents import IngestedDocument, Source
from gateway.domain.labels import joined
from gateway.retrievers.entries import Metadata, held_labels, metadata, with_labels


def redescribed(said: Metadata, documents: Sequence[IngestedDocument], tenant: str) -> Mapping[str, object]:
    """Return what has to change in the metadata *said* of an entry of *documents* of *tenant*; `None` takes away."""
    source, name = Source(str(said["namespace"]), str(said["source"])), str(said["document"])
    for one in documents:
        if (one.document.source, one.document.id) == (source, name):
            meant = _meant(said, one, tenant)
            told = {name: value for name, value in meant.items() if said.get(name) != value}
            return {**told, **dict.fromkeys(said.keys() - meant.keys())}
    return {}


def _meant(said: Metadata, entry: IngestedDocument, tenant: str) -> Metadata:
    piece = said["version"], said["ordinal"], said["digest"]
    for chunk in entry.chunks:
        if (chunk.version, chunk.ordinal, chunk.digest) == piece:
            return metadata(tenant, chunk)
    return with_labels(said, joined(held_labels(said), entry.document.labels))
