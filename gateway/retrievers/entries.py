"""A chunk as an entry of a vector store, and back; pure.

An entry has an id, its text, and flat metadata: strings, numbers, booleans and lists of strings that are not empty.
Labels stand under `label.<name>` so that a filter can read them; what a vector store would lose or change stands under
`time.` (microseconds since 1970), `number.` (a fraction, or what 64 bits do not hold) or `empty.` (a list of nothing).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast

from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts, Value

Said: TypeAlias = str | int | float | bool | list[str | int | float | bool]
Metadata: TypeAlias = dict[str, Said]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(document: Sequence[Chunk]) -> Digest:
    """Return the digest of everything that the entries of *document*, all chunks of one version, will hold."""
    first = document[0]
    about = [first.version, first.title, first.url, _labels(first.labels)]
    return digest(json.dumps([about, [chunk.digest for chunk in document]], sort_keys=True))


def entry_ids(tenant: str, document: Sequence[Chunk]) -> list[str]:
    """Return the ids of the entries of *document*: the same for the same chunks, other ones when anything differs."""
    first, content = document[0], stamp(document)
    key = json.dumps([tenant, first.source.namespace, first.source.name, first.document, content])
    prefix = digest(key).removeprefix("sha256:")[:32]
    return [f"{prefix}-{chunk.ordinal}" for chunk in document]


def metadata(tenant: str, chunk: Chunk) -> Metadata:
    """Return what an entry says of *chunk* beside its text."""
    said: Metadata = {
        "tenant": tenant,
        "namespace": chunk.source.namespace,
        "source": chunk.source.name,
        "document": chunk.document,
        "version": chunk.version,
        "ordinal": chunk.ordinal,
        "digest": chunk.digest,
    }
    if chunk.title is not None:
        said["title"] = chunk.title
    if chunk.url is not None:
        said["url"] = chunk.url
    return said | _labels(chunk.labels)


def chunk(text: str, said: Mapping[str, object], score: float) -> Chunk:
    """Return the chunk of an entry with *text* and the metadata *said*, found with *score*."""
    return Chunk(
        source=Source(cast(str, said["namespace"]), cast(str, said["source"])),
        document=cast(str, said["document"]),
        version=cast(str, said["version"]),
        ordinal=cast(int, said["ordinal"]),
        text=text,
        how=How.RETRIEVED,
        title=cast("str | None", said.get("title")),
        url=cast("str | None", said.get("url")),
        labels=held_labels(said),
        score=score,
    )


def held_labels(said: Mapping[str, object]) -> Facts:
    """Return the labels of an entry with the metadata *said*."""
    parts = ((key.partition("."), value) for key, value in said.items())
    return Facts({name: _READINGS[kind](value) for (kind, dot, name), value in parts if dot and kind in _READINGS})


def with_labels(said: Metadata, labels: Facts) -> Metadata:
    """Return the metadata *said* with *labels* in place of those that it has."""
    others = {key: value for key, value in said.items() if key.partition(".")[0] not in _READINGS}
    return others | _labels(labels)


def microseconds(moment: datetime) -> int:
    """Return what an entry says of *moment*."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _labels(labels: Facts) -> Metadata:
    return dict(_written(name, value) for name, value in labels.items())


def _written(name: str, value: Value) -> tuple[str, Said]:
    if isinstance(value, datetime):
        return f"time.{name}", microseconds(value)
    if isinstance(value, str):
        return f"label.{name}", value
    if isinstance(value, tuple):
        return (f"label.{name}", list(value)) if value else (f"empty.{name}", True)
    if isinstance(value, float) or abs(value) >= 2**63:
        return f"number.{name}", json.dumps(value)
    return f"label.{name}", value


_READINGS: Mapping[str, Callable[..., Value]] = {
    "label": lambda value: tuple(value) if isinstance(value, list) else value,
    "time": lambda value: _EPOCH + timedelta(microseconds=value),
    "number": json.loads,
    "empty": lambda _: (),
}
"""How to read what stands under each prefix."""
