"""Records that can be searched, for the tests of the search's parts."""

from contextlib import ExitStack
from dataclasses import dataclass

from gateway.domain.searches import ChunkWish
from gateway.following import Followed, Following
from gateway.stores import chunktables, segments
from gateway.stores.chunkindexing import ChunkIndexer
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.indexing import SearchIndexer
from gateway.stores.opening import open_store
from gateway.stores.search import SQLSearch
from gateway.stores.segments import NAME, index_url
from gateway.stores.sql import SQLStore
from tests.stores.material import document, ended, entering, ingested, intent, outcome, started


@dataclass
class Searchable:
    """A store, and what makes it searchable."""

    url: str
    store: SQLStore
    indexer: SearchIndexer
    cursors: Cursors
    following: Following
    search: SQLSearch
    tenant: str = "acme"
    """Whose responses are recorded unless somebody else is named."""

    def said(self, question="", answer="", *used, tenant="", **more):
        """Record a response and return its id."""
        tenant = tenant or self.tenant
        start = started(intent(*used, question=question or "Well?", tenant=tenant, **more), tenant=tenant)
        self.store.append([start, ended(start, outcome(answer or "Well."))])
        return start.run

    def catch_up(self):
        return self.following.catch_up(NAME)


def searchable(url, stack: ExitStack) -> Searchable:
    """Return the record at *url*, closed by *stack*."""
    store = open_store(url)
    entries, indexer, cursors = SQLEntries(url), SearchIndexer(url), Cursors(index_url(url), "test", apart=True)
    search = SQLSearch(url)
    for one in (store, entries, indexer, cursors, search):
        stack.callback(one.close)
    return Searchable(
        url, store, indexer, cursors, Following(entries, [Followed(indexer, cursors, segments.clear)]), search
    )


@dataclass
class SearchableChunks:
    """A store, and what makes the texts of its chunks searchable."""

    url: str
    store: SQLStore
    indexer: ChunkIndexer
    cursors: Cursors
    following: Following
    search: SQLChunkSearch
    tenant: str = "acme"
    """Whose documents come in unless somebody else is named."""

    def enter(self, name, *texts, tenant="", outcome="added", **more):
        """Record that a version of a document came in, in chunks."""
        entry = entering(document(name, "\n".join(texts), **more), *texts, outcome=outcome)
        self.store.append([ingested(entry, tenant=tenant or self.tenant)])

    def catch_up(self):
        return self.following.catch_up(chunktables.NAME)

    def find(self, text, limit=50, cursor="", **more):
        return self.search.find(ChunkWish(text, **more), self.tenant, limit=limit, cursor=cursor)

    def found(self, text, **more):
        """Return document and place of each chunk that is found."""
        return [(hit.document, hit.ordinal) for hit in self.find(text, **more).data]


def searchable_chunks(url, stack: ExitStack) -> SearchableChunks:
    """Return the record at *url*, closed by *stack*."""
    store, entries = open_store(url), SQLEntries(url)
    indexer, cursors, search = ChunkIndexer(url), Cursors(index_url(url), "test", apart=True), SQLChunkSearch(url)
    for one in (store, entries, indexer, cursors, search):
        stack.callback(one.close)
    following = Following(entries, [Followed(indexer, cursors, chunktables.clear)])
    return SearchableChunks(url, store, indexer, cursors, following, search)
