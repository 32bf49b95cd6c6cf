"""Where the text of a response comes from beyond its documents: datasets, and the runs of jobs that wrote them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from gateway.domain.digests import Digest
from gateway.domain.documents import ChunkState, How, Source
from gateway.domain.openlineage import Tag


@dataclass(frozen=True, slots=True)
class Writing:
    """A run of a job by which a dataset was written."""

    run: str
    """OpenLineage's `runId`; for a job that was reported without a run, the id of the report."""
    job: Source | None
    at: datetime
    """When its outputs were written, as it told."""
    assumed: bool = False
    """Whether it came after the time in question: no run from before that was reported, and this is the first one."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A dataset, who wrote it, and what that was made of."""

    dataset: Source
    tags: Sequence[Tag] = ()
    """Tags that reach the text: of the dataset, and of those of its columns that flow on."""
    writing: Writing | None = None
    """`None` if nobody reported who wrote it."""
    inputs: Sequence["Upstream"] = ()
    cut: str = ""
    """Why nothing stands below it: `above` (it stands somewhere above or before already), `deep` or `many`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A document version, and what lies upstream of it."""

    document: str
    source: Source
    version: Digest = ""
    at: datetime | None = None
    """When it was ingested, or if it never was, when it was used; runs from before then count."""
    how: How | None = None
    state: ChunkState | None = None
    """How it was learnt, and what became of it, in the response that was asked for."""
    upstream: Sequence[Upstream] = ()
    """Of the datasets that it may be a part of, those of which something was reported."""


def datasets_of(source: Source, document: str, url: str | None = None) -> Iterator[Source]:
    """Yield the OpenLineage names that the data of *document* of *source* may have, the most telling first; each once.

    A source may be the dataset itself (a table, a collection), or what the document is a file or object of; and a
    document's name or *url* may be an address of its own.
    """
    names = [*_names(source, document, url)]
    yield from dict.fromkeys(names)


def _names(source: Source, document: str, url: str | None) -> Iterator[Source]:
    yield source
    if source.namespace == "file" or "://" in source.namespace:
        if source.name:
            yield Source(source.namespace, f"{source.name.rstrip('/')}/{document}")
        yield Source(source.namespace, document)
    for address in (document, url or ""):
        if "://" in address:
            yield from _addressed(address)


def _addressed(address: str) -> Iterator[Source]:
    """Yield the names of what stands at *address*; paths of the web are written with their first slash and without."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    if parts.scheme == "file" and not parts.netloc:
        yield Source("file", unquote(parts.path))
    elif parts.netloc:
        path = parts.path.lstrip("/")
        yield Source(f"{parts.scheme}://{parts.netloc}", path)
        if parts.scheme in ("http", "https"):
            yield Source(f"{parts.scheme}://{parts.netloc}", f"/{path}")


def splits(name: str) -> Iterator[Source]:
    """Yield what *name*, a namespace and a name joined by a slash, may mean: where it is split is not written."""
    scheme, separator, rest = name.partition("://")
    start = len(scheme) + len(separator) if separator else 0
    body = rest if separator else name
    for at, character in enumerate(body):
        if character == "/" and at:
            yield Source(name[: start + at], name[start + at + 1 :])
