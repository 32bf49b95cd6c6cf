"""A record that can be searched, for the tests of the search's parts."""

from contextlib import ExitStack
from dataclasses import dataclass

from gateway.following import Followed, Following
from gateway.stores import segments
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.indexing import SearchIndexer
from gateway.stores.opening import open_store
from gateway.stores.search import SQLSearch
from gateway.stores.segments import NAME, index_url
from gateway.stores.sql import SQLStore
from tests.stores.material import ended, intent, outcome, started


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
    entries, indexer, cursors = SQLEntries(url), SearchIndexer(url), Cursors(index_url(url), "test")
    search = SQLSearch(url)
    for one in (store, entries, indexer, cursors, search):
        stack.callback(one.close)
    return Searchable(
        url, store, indexer, cursors, Following(entries, [Followed(indexer, cursors, segments.clear)]), search
    )
