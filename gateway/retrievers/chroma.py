"""Collections in Chroma: the only module that speaks to it.

Embedded, Chroma is a folder that one process opens at a time. Chroma does not enforce that, but a process does not find
what another has written since it opened the folder. Processes that share a collection, several workers among them, need
a Chroma server (`host` and `port`).
"""

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

from gateway.domain.chat import ChatRequest, Search
from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, Document, IngestedDocument, Source
from gateway.domain.errors import BadRequest, ConfigurationError, ContextUnavailable, Forbidden, NotFound
from gateway.domain.filters import Filter
from gateway.domain.principals import Principal
from gateway.interfaces import Embedder, Vector
from gateway.retrievers.entries import Metadata, chunk, entry_ids, metadata
from gateway.retrievers.filling import Admission, filled
from gateway.retrievers.redescribing import redescribed
from gateway.retrievers.wheres import where

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import Where

Key: TypeAlias = tuple[Source, str]
"""A document: its source and its name there."""

T = TypeVar("T")

PREFIX = "lineward."
"""Begins the names of our collections in Chroma."""

TENANT, DATABASE = "default_tenant", "default_database"
"""Chroma's own, where nothing else is said."""

SLICE = 1_000
"""Entries written or removed at a time; Chroma has a limit of a few thousand."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,480}")


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """Where a collection is kept: a folder of this machine, or a server."""

    path: Path | None = None
    host: str = ""
    port: int = 8000
    ssl: bool = False

    def __post_init__(self) -> None:
        if (self.path is None) == (not self.host):
            raise ConfigurationError("a Chroma collection needs either 'path' or 'host'")

    def open(self, tenant: str = TENANT, database: str = DATABASE, *, ours: bool = True) -> "Client":
        """Return a client that reports to nobody.

        A folder that is not *ours* must be of this version of Chroma: it is not upgraded.
        """
        import chromadb
        from chromadb.config import Settings

        # Without its constructor, which would let environment variables and a file `.env` name other servers.
        settings = Settings.model_construct(anonymized_telemetry=False, migrations="apply" if ours else "validate")
        given: dict[str, Any] = {"settings": settings, "tenant": tenant, "database": database}
        if self.path is not None:
            return cast("Client", chromadb.PersistentClient(self.path, **given))
        return cast("Client", chromadb.HttpClient(self.host, self.port, self.ssl, **given))


def close(client: "Client") -> None:
    """Give back the files or connections of *client*."""
    client.close()
    # Towards a server, both parts of a client leave their connections open (chromadb 1.5).
    for part in (client, client._admin_client):
        if session := getattr(getattr(part, "_server", None), "_session", None):
            session.close()


@contextmanager
def opened(address: ChromaAddress, tenant: str, database: str) -> Iterator["Client"]:
    """Give a client of what somebody else keeps at *address* while the block lasts."""
    client = address.open(tenant, database, ours=False)
    try:
        yield client
    finally:
        close(client)


class ChromaCollections:
    """The configured collections by name, opened on first use; safe for many threads.

    In Chroma each tenant has a collection of its own. A search cannot reach another tenant's chunks, and costs no more
    among twelve thousand chunks than among one thousand; with a filter by tenant it cost forty times as much, since
    Chroma first lists every chunk that passes the filter.
    """

    def __init__(self, addresses: Mapping[str, ChromaAddress]) -> None:
        for name in addresses:
            if not _NAME.fullmatch(name):
                raise ConfigurationError(
                    f"the collection name {name!r} must be letters, digits, '.', '_' and '-', 480 of them at most"
                )
        self._addresses = dict(addresses)
        self._clients: dict[str, Client] = {}
        self._open: dict[tuple[str, str], Collection] = {}
        self._opening = threading.Lock()

    def check(self, name: str) -> None:
        """Raise `NotFound` unless *name* is configured."""
        if name not in self._addresses:
            raise NotFound(f"There is no collection {name!r} here.", param="collections", code="collection_not_found")

    @property
    def names(self) -> frozenset[str]:
        """Those that are configured."""
        return frozenset(self._addresses)

    async def held(self, name: str, tenant: str, work: Callable[["Collection"], None]) -> None:
        """Let *work* change the tenant's part of the collection *name*, if there is one, whoever made its vectors.

        It runs in a thread of its own. Raises `ContextUnavailable` when Chroma fails.
        """
        await asyncio.to_thread(self._held, name, tenant, work)

    def _held(self, name: str, tenant: str, work: Callable[["Collection"], None]) -> None:
        path = self._addresses[name].path
        if path is not None and not path.exists():
            return
        from chromadb.errors import NotFoundError

        try:
            work(self._client(name).get_collection(_own(name, tenant), embedding_function=None))
        except NotFoundError:
            return
        except Exception as exc:
            raise ContextUnavailable(f"The collection {name!r} cannot be used: {type(exc).__name__}.") from exc

    async def call(self, name: str, tenant: str, version: str, work: Callable[["Collection"], T]) -> T:
        """Return what *work* does with the tenant's part of the collection *name*, in a thread of its own.

        *version* is that of the embedder. Raises `NotFound` for a collection that is not configured,
        `ContextUnavailable` when Chroma fails or the collection has vectors of another version.
        """
        self.check(name)
        return await asyncio.to_thread(self._call, name, tenant, version, work)

    def _call(self, name: str, tenant: str, version: str, work: Callable[["Collection"], T]) -> T:
        try:
            collection = self._collection(name, tenant, version)
            held = (collection.metadata or {}).get("embedder")
            if held == version:
                return work(collection)
        except Exception as exc:  # Chroma's errors share no class, and may quote what was searched
            self._open.pop((name, tenant), None)
            raise ContextUnavailable(f"The collection {name!r} cannot be used: {type(exc).__name__}.") from exc
        raise ContextUnavailable(
            f"The collection {name!r} holds vectors of the embedder {held!r}, which cannot be compared with those of "
            f"{version!r}. Configure that embedder again, or ingest into a new collection."
        )

    def _collection(self, name: str, tenant: str, version: str) -> "Collection":
        client = self._client(name)
        with self._opening:
            if (name, tenant) not in self._open:
                self._open[name, tenant] = client.get_or_create_collection(
                    _own(name, tenant),
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine"}},
                    metadata={"collection": name, "tenant": tenant, "embedder": version},
                )
            return self._open[name, tenant]

    def _client(self, name: str) -> "Client":
        with self._opening:
            if name not in self._clients:
                self._clients[name] = self._addresses[name].open()
            return self._clients[name]

    def close(self) -> None:
        """Give back files and connections."""
        with self._opening:
            for client in self._clients.values():
                close(client)
            self._clients.clear()
            self._open.clear()


def _own(name: str, tenant: str) -> str:
    """Return what Chroma calls the tenant's part of the collection *name*."""
    return f"{PREFIX}{name}.{digest(tenant)[7:23]}"


class Admissions(Protocol):
    """Asks the policies on behalf of a search."""

    def of(self, request: ChatRequest, principal: Principal) -> Admission | None:
        """Return what is let through for *request*; `None` when it goes nowhere that policies know."""


class ChromaRetriever:
    """Searches the collections that a request names for its question.

    *remembered* questions are not embedded again. A search that takes longer than *timeout* seconds has failed. With
    *admissions* the nearest chunks that policies allow come in addition to those among the nearest that they refuse.
    """

    def __init__(
        self,
        collections: ChromaCollections,
        embedder: Embedder,
        remembered: int = 1024,
        timeout: float = 10.0,
        admissions: Admissions | None = None,
    ) -> None:
        self._collections = collections
        self._embedder = embedder
        self._admissions = admissions
        self._remembered = remembered
        self._timeout = timeout
        self._questions: OrderedDict[Digest, Vector] = OrderedDict()

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the chunks nearest to the question, of the principal's tenant only, best first.

        Raises `Forbidden` for a collection that the principal may not search, `NotFound` for one that is not
        configured, `BadRequest` when there is no question, and `ContextUnavailable` when a search fails.
        """
        if not request.searches:
            return ()
        for search in request.searches:
            self._check(search, principal)
        question = request.query or request.question
        if not question.strip():
            raise BadRequest("There is no text of a user to search with.", param="messages", code="no_question")
        admission = self._admissions.of(request, principal) if self._admissions else None
        try:
            async with asyncio.timeout(self._timeout):
                vector = await self._vector(question)
                found = await asyncio.gather(
                    *(self._search(search, vector, principal.tenant, admission) for search in request.searches)
                )
        except TimeoutError:
            raise ContextUnavailable(f"The search took longer than {self._timeout:g} seconds.") from None
        return sorted(chain.from_iterable(found), key=lambda hit: -(hit.score or 0))

    def _check(self, search: Search, principal: Principal) -> None:
        """Raise unless *principal* may make the *search*; whether a forbidden collection exists is not told."""
        if search.collection not in principal.collections:
            raise Forbidden(
                f"The application {principal.application!r} may not search the collection {search.collection!r}.",
                param="collections",
                code="collection_not_allowed",
            )
        self._collections.check(search.collection)

    async def _vector(self, question: str) -> Vector:
        key = digest(question)
        vector = self._questions.get(key)
        if vector is None:
            [vector] = await self._embedder.embed([question])
            if len(self._questions) >= self._remembered:
                self._questions.popitem(last=False)
        self._questions[key] = vector
        self._questions.move_to_end(key)
        return vector

    async def _search(
        self, search: Search, vector: Vector, tenant: str, admission: Admission | None
    ) -> Sequence[Chunk]:
        return await self._collections.call(
            search.collection,
            tenant,
            self._embedder.version,
            lambda collection: filled(partial(_nearest, collection, vector, tenant), search, admission),
        )


class ChromaIndex:
    """The writing side: what a collection holds of each document."""

    def __init__(self, collections: ChromaCollections, embedder: Embedder) -> None:
        self._collections = collections
        self._embedder = embedder

    async def holds(self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]]) -> Sequence[bool]:
        """Tell of each of *documents*, all chunks of its version, whether exactly they are held, labels included."""
        keys = [_key(document) for document in documents]
        held = await self._call(collection, tenant, lambda found: _held(found, keys))
        return [held[key] == set(entry_ids(tenant, document)) for key, document in zip(keys, documents, strict=True)]

    async def put(
        self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]], vectors: Sequence[Vector]
    ) -> None:
        """Make *documents*, all chunks of their versions, the only ones held; *vectors* are those of all the chunks.

        Nothing is missing meanwhile: new chunks come before old ones go.
        """
        await self._call(collection, tenant, lambda found: _put(found, tenant, documents, vectors))

    async def describe(self, tenant: str, documents: Sequence[IngestedDocument], but: str) -> None:
        """Describe what every collection except *but* holds of *documents* as they are described; see `redescribed`.

        Nothing is embedded, and what runs beside finds the new labels as soon as this returns. Raises
        `ContextUnavailable`.
        """
        for name in self._collections.names - {but}:
            await self._collections.held(name, tenant, lambda found: _describe(found, tenant, documents))

    async def remove(self, collection: str, tenant: str, documents: Sequence[Document]) -> None:
        """Hold nothing of any version of *documents*."""
        keys = [(document.source, document.id) for document in documents]
        await self._call(collection, tenant, lambda found: _keep(found, keys, frozenset()))

    async def _call(self, collection: str, tenant: str, work: Callable[["Collection"], T]) -> T:
        return await self._collections.call(collection, tenant, self._embedder.version, work)


def _nearest(
    collection: "Collection", vector: Vector, tenant: str, limit: int, filtering: Filter | None
) -> list[Chunk]:
    """Return the chunks of *tenant* nearest to *vector*, *limit* at most; their score is the cosine similarity."""
    hits = collection.query(
        query_embeddings=[vector],
        n_results=limit,
        where=cast("Where | None", where(filtering) if filtering else None),
        include=["documents", "metadatas", "distances"],
    )
    texts, said, distances = hits["documents"] or [[]], hits["metadatas"] or [[]], hits["distances"] or [[]]
    # An entry that is removed while the search runs is still found, and then has neither text nor metadata.
    return [
        chunk(text, about, 1 - distance)
        for text, about, distance in zip(texts[0], said[0], distances[0], strict=True)
        if text and about and about.get("tenant") == tenant
    ]


def _put(
    collection: "Collection", tenant: str, documents: Sequence[Sequence[Chunk]], vectors: Sequence[Vector]
) -> None:
    ids = list(chain.from_iterable(entry_ids(tenant, document) for document in documents))
    chunks = list(chain.from_iterable(documents))
    for start in range(0, len(ids), SLICE):
        part = slice(start, start + SLICE)
        collection.upsert(
            ids=ids[part],
            embeddings=list(vectors[part]),
            metadatas=[metadata(tenant, chunk) for chunk in chunks[part]],
            documents=[chunk.text for chunk in chunks[part]],
        )
    _keep(collection, [_key(document) for document in documents], frozenset(ids))


def _describe(collection: "Collection", tenant: str, documents: Sequence[IngestedDocument]) -> None:
    names = [one.document.id for one in documents]
    held = collection.get(where=cast("Where", {"document": {"$in": names}}), include=["metadatas"])
    entries = zip(held["ids"], cast("Sequence[Metadata]", held["metadatas"] or ()), strict=True)
    changes = [(entry, told) for entry, said in entries if (told := redescribed(said, documents, tenant))]
    for start in range(0, len(changes), SLICE):
        part = changes[start : start + SLICE]
        collection.update(ids=[entry for entry, _ in part], metadatas=[cast(Any, told) for _, told in part])


def _keep(collection: "Collection", keys: Sequence[Key], ids: AbstractSet[str]) -> None:
    """Remove all entries of the documents *keys* but *ids*."""
    held = chain.from_iterable(_held(collection, keys).values())
    old = [entry for entry in held if entry not in ids]
    for start in range(0, len(old), SLICE):
        collection.delete(ids=old[start : start + SLICE])


def _held(collection: "Collection", keys: Sequence[Key]) -> dict[Key, set[str]]:
    """Return the ids of the entries of each of the documents *keys*."""
    held: dict[Key, set[str]] = {key: set() for key in keys}
    if not held:
        return held
    where = cast("Where", {"document": {"$in": [name for _, name in keys]}})
    found = collection.get(where=where, include=["metadatas"])
    for entry, about in zip(found["ids"], found["metadatas"] or (), strict=True):
        key = Source(str(about["namespace"]), str(about["source"])), str(about["document"])
        if key in held:
            held[key].add(entry)
    return held


def _key(document: Sequence[Chunk]) -> Key:
    return document[0].source, document[0].document
