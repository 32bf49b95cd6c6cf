import pytest

from gateway.api.erasures import erasures_router
from gateway.domain.erasures import Erasure
from gateway.domain.errors import NotFound
from gateway.subjects import SubjectRecord
from tests.api.routes import APP, KEYS, SOC, Noting, client, unnoted


class Known:
    """Erases nothing, holds nothing, knows nobody."""

    def subject(self, by, name, *, dry_run, rebuild):
        return Erasure("subject")

    document = subject

    def record(self, name, tenant, *, limit, cursor):
        return SubjectRecord(name, 0, [])

    def holdable(self, kind, target, tenant):
        if kind == "document":
            raise NotFound(f"No document {target!r} is known here.")

    def active(self, tenant):
        return []

    def hold(self, id, tenant):
        return None


@pytest.fixture
def log():
    return Noting()


@pytest.fixture
async def http(log):
    known = Known()
    async with client(erasures_router(KEYS, known, known, known, log, unnoted(), 1_000)) as http:
        yield http


async def test_a_responder_places_holds_and_neither_erases_nor_releases(http, log):
    placed = await http.post("/api/v1/holds", headers=SOC, json={"kind": "subject", "target": "jane"})
    erased = await http.post("/api/v1/erasures", headers=SOC, json={"subject": "jane"})
    released = await http.delete("/api/v1/holds/x", headers=SOC)

    assert (placed.status_code, erased.status_code, released.status_code) == (200, 403, 403)
    assert [(one.body.action, one.body.target, one.tenant) for one in log.events] == [("place", "jane", "acme")]


async def test_a_hold_on_what_is_not_there_is_refused(http, log):
    reply = await http.post("/api/v1/holds", headers=SOC, json={"kind": "document", "target": "slip.md"})

    assert (reply.status_code, log.events) == (404, [])


async def test_an_application_does_none_of_it(http):
    for method, path in (("GET", "/subjects/jane"), ("GET", "/holds"), ("POST", "/holds"), ("POST", "/erasures")):
        assert (await http.request(method, f"/api/v1{path}", headers=APP)).status_code == 403


async def test_a_hold_that_the_log_does_not_take_is_not_placed(http, log):
    log.broken = True
    reply = await http.post("/api/v1/holds", headers=SOC, json={"kind": "subject", "target": "jane"})

    assert reply.status_code == 503
