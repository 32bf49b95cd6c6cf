from datetime import UTC, datetime

from gateway.api.access import Accesses
from gateway.api.searches import searches_router
from gateway.domain.searches import Hit, Hits, Match, Place, Wish
from tests.api.routes import APP, KEYS, SOC, Noting, client
from tests.test_terminal import RECORD


class Search:
    def __init__(self):
        self.asked = []

    def find(self, wish, tenant, *, limit, cursor=""):
        self.asked.append((wish, tenant, limit, cursor))
        place = Place("answer", "phrase", 1.0, "the toaster", ((4, 11),))
        return Hits([Hit.of(RECORD, [place])], "7", "phrase", 3)


def routes(search=None, log=None):
    return client(searches_router(KEYS, search or Search(), Accesses(log or Noting())))


async def test_what_is_asked_for_reaches_the_search_and_what_is_found_the_caller():
    search, log = Search(), Noting()
    query = {
        "q": "toaster", "match": "similar", "app": "bot", "user": "ann", "document": "a.md", "source": "file/kb",
        "state": "sent", "since": "2026-01-02", "until": "2026-01-03T00:00:00+01:00", "limit": "7", "cursor": "9",
    }  # fmt: skip
    async with routes(search, log) as http:
        reply = await http.get("/api/v1/responses", params=query, headers=SOC)

    since, until = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, 23, tzinfo=UTC)
    wish = Wish("toaster", Match.SIMILAR, "bot", "ann", "a.md", "file/kb", "sent", since, until)
    assert search.asked == [(wish, "acme", 7, "9")]
    told = reply.json()
    assert (told["cursor"], told["method"], told["unsearched"]) == ("7", "phrase", 3)
    assert told["data"][0]["id"] == RECORD.id
    assert told["data"][0]["matches"] == [
        {"where": "answer", "method": "phrase", "score": 1.0, "excerpt": "the toaster", "highlights": [[4, 11]]}
    ]
    assert log.noted == [("soc", "search responses", f"response/{RECORD.id}")]
    assert "toaster" not in repr(log.events)


async def test_what_cannot_be_understood_is_refused_and_strangers_are(caplog):
    log = Noting()
    async with routes(log=log) as http:
        strangers = [await http.get("/api/v1/responses", headers=key) for key in ({}, APP)]
        listed = await http.get("/api/v1/responses", headers=SOC)

    assert [reply.status_code for reply in strangers] == [401, 403]
    assert listed.status_code == 200
    assert [noted[1] for noted in log.noted] == ["list responses"]
