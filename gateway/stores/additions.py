"""What one event adds to the catalogue: stored with the event, committed to in its leaf, and the origin of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Source
from gateway.domain.facts import NONE, Facts
from gateway.domain.json import JSON
from gateway.stores.packing import pack_digest, plain
from gateway.stores.values import dumps, facts, loads, read_facts

_NAME_MAX = 500
"""Characters of a name that is indexed; what is longer is told apart by its digest."""


class About(NamedTuple):
    """How a version or a chunk is described."""

    title: str | None
    url: str | None
    labels: Facts


class Described(NamedTuple):
    """The same as it is stored; without labels it says nothing."""

    title: str | None = None
    url: str | None = None
    labels: str | None = None


class NewSource(NamedTuple):
    """A source that was not known before."""

    id: int
    namespace: str
    name: str


class NewDocument(NamedTuple):
    """A document that was not known before."""

    id: int
    source: int
    name: str


class NewVersion(NamedTuple):
    """A version that was not known before."""

    id: int
    document: int
    digest: Digest
    about: Described


class NewChunk(NamedTuple):
    """A chunk that was not known before."""

    id: int
    version: int
    ordinal: int
    digest: Digest
    kept: bool
    """Whether its text is stored."""
    about: Described
    """Empty: as its version."""


class ChunkText(NamedTuple):
    """The text of a chunk that may be kept."""

    number: int
    """Of the chunk."""
    source: Source
    document: str
    digest: Digest
    text: str
    kept: bool
    """Whether it was stored when the chunk came; it may have been removed since."""


@dataclass(slots=True)
class Additions:
    """New entries of the catalogue."""

    sources: list[NewSource] = field(default_factory=list)
    documents: list[NewDocument] = field(default_factory=list)
    versions: list[NewVersion] = field(default_factory=list)
    chunks: list[NewChunk] = field(default_factory=list)
    differing: dict[int, Described] = field(default_factory=dict)
    """By an edge's position: how its chunk was described, where the catalogue describes it otherwise.

    Of an ingest, by position among the chunks of all its documents: of those described otherwise than their document.
    """
    texts: list[ChunkText] = field(default_factory=list)
    """Texts of chunks, new or known, that may be kept: no part of the record."""

    def dump(self) -> bytes:
        """Return the record of the additions; nothing if there are none."""
        if not (self.chunks or self.differing or self.versions):
            return b""
        lists: dict[str, JSON] = {
            "sources": [list(new) for new in self.sources],
            "documents": [list(new) for new in self.documents],
            "versions": [[*new[:-1], *new.about] for new in self.versions],
            "chunks": [[*new[:-1], *new.about] for new in self.chunks],
            "differing": [[position, *about] for position, about in self.differing.items()],
        }
        return dumps({name: value for name, value in lists.items() if value})

    @classmethod
    def load(cls, data: bytes) -> "Additions":
        """Return the additions that `dump` made *data* of, without texts. Raises `ValueError` for anything else."""
        lists = cast(dict[str, list[list[int]]], loads(data)) if data else {}
        try:
            return cls(
                sources=[NewSource(*new) for new in cast(list[tuple[int, str, str]], lists.get("sources", ()))],
                documents=[NewDocument(*new) for new in cast(list[tuple[int, int, str]], lists.get("documents", ()))],
                versions=[_version(cast(list[JSON], new)) for new in lists.get("versions", ())],
                chunks=[_chunk(cast(list[JSON], new)) for new in lists.get("chunks", ())],
                differing={new[0]: _described(cast(list[JSON], new[1:])) for new in lists.get("differing", ())},
            )
        except (TypeError, IndexError, AttributeError) as exc:
            raise ValueError("the stored additions to the catalogue are not readable") from exc

    def source_rows(self, event: int, tenant: str) -> list[tuple[object, ...]]:
        """Return the rows of `source`, which came with *event*."""
        return [(new.id, event, tenant, short(new.namespace), short(new.name)) for new in self.sources]

    def document_rows(self, event: int) -> list[tuple[object, ...]]:
        """Return the rows of `document`."""
        return [(new.id, event, new.source, short(new.name)) for new in self.documents]

    def version_rows(self, event: int) -> list[tuple[object, ...]]:
        """Return the rows of `document_version`."""
        return [(new.id, event, new.document, pack_digest(new.digest), *new.about) for new in self.versions]

    def chunk_rows(self, event: int) -> list[tuple[object, ...]]:
        """Return the rows of `chunk`."""
        return [
            (new.id, event, new.version, new.ordinal, pack_digest(new.digest), new.kept, *new.about)
            for new in self.chunks
        ]


def stored(about: About) -> Described:
    """Return *about* as the tables take it."""
    return Described(
        None if about.title is None else plain(about.title),
        None if about.url is None else plain(about.url),
        dumps(facts(about.labels)).decode("utf-8"),
    )


def described(about: Sequence[str | None]) -> About:
    """Return what `stored` made *about* of."""
    title, url, labels = about
    return About(title, url, _labels(labels) if labels else NONE)


@lru_cache(maxsize=4_096)
def _labels(text: str) -> Facts:
    """Return the labels that *text* writes; chunks by the thousand have the same."""
    return read_facts(loads(text.encode("utf-8")))


def short(name: str) -> str:
    """Return *name* as an index takes it, equal only for equal names."""
    if len(name) <= _NAME_MAX:
        return plain(name)
    return f"{plain(name[: _NAME_MAX - 80])}…{digest(name)}"


def _version(entry: list[JSON]) -> NewVersion:
    number, document, digest, *about = entry
    return NewVersion(cast(int, number), cast(int, document), cast(str, digest), _described(about))


def _chunk(entry: list[JSON]) -> NewChunk:
    number, version, ordinal, digest, kept, *about = entry
    return NewChunk(
        cast(int, number), cast(int, version), cast(int, ordinal), cast(str, digest), bool(kept), _described(about)
    )


def _described(about: list[JSON]) -> Described:
    return Described(*cast(list[str | None], about[:3]))
