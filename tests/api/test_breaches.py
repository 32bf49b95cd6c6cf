from datetime import UTC, datetime

from gateway.api.access import Accesses
from gateway.api.breaches import breaches_router
from gateway.domain.documents import Source
from gateway.domain.records import BreachRecord
from gateway.domain.runs import BreachedChunk
from tests.api.routes import APP, KEYS, SOC, Noting, client

CHUNK = BreachedChunk(Source("file", "kb"), "a.md", "v", 0, "sha256:c", 0.5, 300)


class Found:
    """Knows one breach of the tenant that asks."""

    def breaches(self, tenant, *, limit, cursor=""):
        return [BreachRecord(7, datetime(2026, 1, 1, tzinfo=UTC), tenant, "0193", [CHUNK])], f"{limit}{cursor}"


async def test_a_responder_is_told_of_its_own_tenants_texts_and_that_is_noted():
    log = Noting()
    async with client(breaches_router(KEYS, Found(), Accesses(log))) as http:
        reply = await http.get("/api/v1/breaches?limit=5&cursor=3", headers=SOC)

    (one,) = reply.json()["data"]
    assert (reply.status_code, reply.json()["cursor"]) == (200, "53")
    assert (one["tenant"], one["response"], one["chunks"][0]["document"]) == ("acme", "0193", "a.md")
    assert [event.body.action for event in log.events] == ["list breaches"]


async def test_an_application_is_not_told():
    async with client(breaches_router(KEYS, Found(), Accesses(Noting()))) as http:
        nobody, application = await http.get("/api/v1/breaches"), await http.get("/api/v1/breaches", headers=APP)

    assert (nobody.status_code, application.status_code) == (401, 403)
