from datetime import UTC, datetime

from gateway.api.access import Accesses
from gateway.api.chunks import chunks_router
from gateway.domain.searches import ChunkHit, ChunkHits, ChunkWish, Match, Place
from tests.api.routes import APP, KEYS, SOC, Noting, client

HIT = ChunkHit(
    "sha256:c", "acme", "a.md", "file/kb", "sha256:v", 2, "Terms", None, datetime(2026, 1, 2, tzinfo=UTC), 7,
    current=True, quarantined=False, match=Place("chunk", "phrase", 1.0, "the toaster", ((4, 11),)),
)  # fmt: skip


class Search:
    def __init__(self):
        self.asked = []

    def find(self, wish, tenant, *, limit, cursor=""):
        self.asked.append((wish, tenant, limit, cursor))
        return ChunkHits([HIT, HIT], "9", "phrase", 3)


def routes(search=None, log=None):
    return client(chunks_router(KEYS, search or Search(), Accesses(log or Noting())))


async def test_what_is_asked_for_reaches_the_search_and_what_is_found_the_caller():
    search, log = Search(), Noting()
    query = {
        "q": "toaster", "match": "similar", "document": "a.md", "source": "file/kb", "limit": "7", "cursor": "12"
    }  # fmt: skip
    async with routes(search, log) as http:
        reply = await http.get("/api/v1/chunks", params=query, headers=SOC)
    told = reply.json()

    assert search.asked == [(ChunkWish("toaster", Match.SIMILAR, "a.md", "file/kb"), "acme", 7, "12")]
    assert (told["cursor"], told["method"], told["unsearched"]) == ("9", "phrase", 3)
    assert told["data"][0] == {
        "chunk": "sha256:c", "tenant": "acme", "document": "a.md", "source": "file/kb", "version": "sha256:v",
        "ordinal": 2, "title": "Terms", "url": None, "at": "2026-01-02T00:00:00+00:00", "index": 7, "current": True,
        "quarantined": False,
        "match": {
            "where": "chunk", "method": "phrase", "score": 1.0, "excerpt": "the toaster", "highlights": [[4, 11]]
        },
    }  # fmt: skip
    assert log.noted == [("soc", "search chunks", "chunk/sha256:c", "document/a.md")]
    assert "toaster" not in repr(log.events)


async def test_strangers_are_refused_and_so_is_nothing_to_look_for():
    log = Noting()
    async with routes(log=log) as http:
        strangers = [await http.get("/api/v1/chunks", params={"q": "toaster"}, headers=key) for key in ({}, APP)]
        nothing = await http.get("/api/v1/chunks", headers=SOC)

    assert [reply.status_code for reply in strangers] == [401, 403]
    assert nothing.status_code in (400, 422)
    assert log.noted == []
