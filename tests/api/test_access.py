from datetime import UTC, datetime

import pytest

from gateway.api.access import Accesses, accesses_router
from gateway.domain.accesses import AccessRecord
from gateway.domain.digests import digest
from gateway.domain.errors import LineageUnavailable
from gateway.domain.principals import Principal, Role
from tests.api.routes import APP, KEYS, SOC, Noting, client

WHO = Principal("soc", "acme", frozenset({Role.RESPONDER}))


class Ledger:
    """Knows one response of one tenant."""

    def response(self, id: str, tenant: str):
        return object() if (id, tenant) == ("0193", "acme") else None


class Looks:
    """Knows that the response was read once."""

    def accesses(self, subject: str, tenant: str, *, limit: int, cursor: str = ""):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        record = AccessRecord(at, 7, tenant, "soc", "", [Role.AUDITOR], "read response", ["response/0193"], "")
        return ([record] if subject in ("", "response/0193") else []), f"{limit}{cursor}"


def routes(log: Noting):
    return client(accesses_router(KEYS, Ledger(), Looks(), Accesses(log)))


async def test_an_access_names_who_what_and_whose_and_never_the_words_of_a_query():
    log = Noting()

    await Accesses(log).record(WHO, "search", "response/1", "response/2", "response/1", query="Jane Doe")

    (event,) = log.events
    assert (event.type, event.tenant, event.body.principal) == ("access", "acme", WHO)
    assert event.body.subjects == ("response/1", "response/2")
    assert event.body.query == digest("Jane Doe")


async def test_what_cannot_be_recorded_is_not_told():
    log = Noting()
    log.broken = True

    with pytest.raises(LineageUnavailable):
        await Accesses(log).record(WHO, "search")
    async with routes(log) as http:
        reply = await http.get("/api/v1/accesses", headers=SOC)

    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "lineage_unavailable")


async def test_who_looked_is_told_and_that_is_a_look_too():
    log = Noting()
    async with routes(log) as http:
        of_one = (await http.get("/api/v1/responses/0193/accesses", headers=SOC)).json()
        of_all = (await http.get("/api/v1/accesses?limit=2&cursor=9", headers=SOC)).json()

    assert of_one["data"][0]["action"] == "read response"
    assert of_one["data"][0]["roles"] == ["auditor"]
    assert of_all["cursor"] == "29"
    assert log.noted == [("soc", "list accesses", "response/0193"), ("soc", "list accesses")]


async def test_only_readers_of_the_record_may_ask_and_only_about_what_is_theirs():
    async with routes(Noting()) as http:
        statuses = [
            (await http.get(path, headers=key)).status_code
            for path in ("/api/v1/accesses", "/api/v1/responses/0193/accesses")
            for key in ({}, APP)
        ]
        absent = await http.get("/api/v1/responses/0194/accesses", headers=SOC)

    assert statuses == [401, 403] * 2
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "response_not_found")
