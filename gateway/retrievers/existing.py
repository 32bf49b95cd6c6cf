"""A Chroma collection that others made, read where it is: its chunks and their metadata, page by page.

Its vectors are not asked for, and nothing of what it holds is written. (Chroma itself notes in a folder that it was
opened.) What is held in memory is a page of metadata, a few documents, and the names of those met.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from gateway.chunking import Cut
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, ContextUnavailable
from gateway.retrievers.chroma import DATABASE, PREFIX, SLICE, TENANT, ChromaAddress, opened
from gateway.retrievers.habits import Entry, Key, cut, key

PAGE = 5_000
"""Entries whose metadata are looked through at a time: Chroma goes through all that stand before a page."""

TOGETHER = 100
"""Documents that are read whole at a time, by pages of a thousand entries."""

FILE = "chroma.sqlite3"
"""What a folder of Chroma has."""

_SERVER = re.compile(r"chroma(?P<tls>\+https)?://(?P<host>[^/:]+|\[[^]]+])(?::(?P<port>\d{1,5}))?/(?P<path>.+)")
_FOLDER = re.compile(r"chroma:(?!//)(?P<folder>.+)/(?P<name>[^/]+)")

FORMS = "chroma:FOLDER/COLLECTION, chroma://HOST:PORT/COLLECTION or chroma://HOST:PORT/TENANT/DATABASE/COLLECTION"


class Entries(Protocol):
    """What is used of a collection."""

    def get(
        self,
        ids: list[str] | None = None,
        where: Mapping[str, object] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        include: Sequence[str] = (),
    ) -> Mapping[str, list[object] | None]:
        """Return entries by columns."""


class Named(Protocol):
    """A collection in a list."""

    @property
    def name(self) -> str:
        """Its name."""


class Client(Protocol):
    """What is used of Chroma's client."""

    def list_collections(self, limit: int | None = None, offset: int | None = None) -> Sequence[Named]:
        """Return a page of the collections."""

    def get_collection(self, name: str, embedding_function: None) -> object:
        """Return one collection."""


@dataclass(frozen=True, slots=True)
class Existing:
    """Where a collection is."""

    address: ChromaAddress
    name: str
    tenant: str = TENANT
    database: str = DATABASE

    @classmethod
    def parse(cls, text: str) -> "Existing":
        """Return the collection that *text* names in one of `FORMS`. Raises `BadRequest` for anything else."""
        if server := _SERVER.fullmatch(text):
            *within, name = server["path"].strip("/").split("/")
            if len(within) in (0, 2) and name:
                port = int(server["port"] or (443 if server["tls"] else 8000))
                address = ChromaAddress(host=server["host"], port=port, ssl=bool(server["tls"]))
                return cls(address, name, *within)
        elif folder := _FOLDER.fullmatch(text):
            return cls(ChromaAddress(path=Path(folder["folder"])), folder["name"])
        raise BadRequest(f"{text!r} names no Chroma collection; write {FORMS}.", code="invalid_address")

    @property
    def source(self) -> Source:
        """Its OpenLineage name; in a folder that of a file."""
        if self.address.path is not None:
            return Source("file", f"{self.address.path.resolve().as_posix()}/{self.name}")
        namespace = f"chroma://{self.address.host}:{self.address.port}"
        return Source(namespace, f"{self.tenant}.{self.database}.{self.name}")

    def documents(self, source: Source | None = None) -> Iterator[Cut | BadRequest]:
        """Yield the documents whose pieces are in the collection, each once, and why one cannot be read.

        Raises `BadRequest` when there is no such collection or it is one of ours, `ContextUnavailable` when Chroma
        fails.
        """
        if self.name.startswith(PREFIX):
            raise BadRequest(f"{self.name} is a collection of this gateway: its documents are known.", code="own_data")
        if self.address.path is not None and not (self.address.path / FILE).is_file():
            raise BadRequest(f"{self.address.path} is no folder of Chroma.", code="no_such_collection")
        try:
            with opened(self.address, self.tenant, self.database) as client:
                yield from documents(self._collection(client), source or self.source)
        except BadRequest:
            raise
        except Exception as exc:  # Chroma's errors share no class
            raise ContextUnavailable(f"The collection {self.name!r} cannot be read: {type(exc).__name__}.") from exc

    def _collection(self, client: Client) -> Entries:
        names = [name for name in self._names(client) if name == self.name]
        if not names:
            raise BadRequest(
                f"There is no collection {self.name!r} in {self.source.namespace}.", code="no_such_collection"
            )
        # Without an embedding function: the collection's own may load a model or call a service.
        return cast(Entries, client.get_collection(self.name, embedding_function=None))

    @staticmethod
    def _names(client: Client) -> Iterator[str]:
        offset = 0
        while page := client.list_collections(limit=PAGE, offset=offset):
            yield from (found.name for found in page)
            offset += len(page)


def documents(collection: Entries, source: Source, page_size: int = PAGE) -> Iterator[Cut | BadRequest]:
    """Yield each document of *collection* once, under *source*, looking at *page_size* entries at a time."""
    met: dict[str, Key | None] = {}
    offset = 0
    while page := _entries(collection.get(limit=page_size, offset=offset, include=["metadatas"])):
        offset += len(page)
        fresh: dict[str, Key | None] = {}
        for name, by in map(_name, page):
            if name not in met:
                met[name] = fresh[name] = by
        for start in range(0, len(fresh), TOGETHER):
            for name, entries in _whole(collection, dict(list(fresh.items())[start : start + TOGETHER])).items():
                yield _cut(source, name, entries)
        for name in {name for name, by in map(_name, page) if by != met[name]}:
            yield BadRequest(
                f"{name} in {source} is named by several keys; its entries cannot be told apart.", code="ambiguous"
            )


def _cut(source: Source, name: str, entries: Sequence[Entry]) -> Cut | BadRequest:
    try:
        return cut(source, name, entries)
    except BadRequest as exc:
        return exc


def _name(entry: Entry) -> tuple[str, Key | None]:
    named = key(entry.said)
    return (entry.id, None) if named is None else (str(named[1]), named)


def _whole(collection: Entries, named: Mapping[str, Key | None]) -> dict[str, list[Entry]]:
    """Return all entries of the documents *named*, which are named by a key, or by the id of their only entry."""
    found: dict[str, list[Entry]] = {name: [] for name in named}
    alone = [name for name, by in named.items() if by is None]
    if alone:
        for entry in _entries(collection.get(ids=alone, include=["metadatas", "documents"])):
            found[entry.id].append(entry)
    for field in {by[0] for by in named.values() if by is not None}:
        values = [by[1] for by in named.values() if by is not None and by[0] == field]
        for entry in _all(collection, {field: {"$in": values}}):
            name, by = _name(entry)
            if named.get(name) == by:
                found[name].append(entry)
    return found


def _all(collection: Entries, where: Mapping[str, object]) -> Iterator[Entry]:
    offset = 0
    while page := _entries(collection.get(where=where, limit=SLICE, offset=offset, include=["metadatas", "documents"])):
        yield from page
        offset += len(page)
        if len(page) < SLICE:
            return


def _entries(columns: Mapping[str, list[object] | None]) -> list[Entry]:
    """Return the entries that Chroma gave by *columns*."""
    ids = cast("list[str]", columns["ids"] or [])
    texts = cast("list[str | None]", columns.get("documents") or [None] * len(ids))
    said = cast("list[Mapping[str, object] | None]", columns.get("metadatas") or [None] * len(ids))
    return [
        Entry(*one) for one in zip(ids, (text or "" for text in texts), (about or {} for about in said), strict=True)
    ]
