from datetime import UTC, datetime

import pytest

from gateway.api.access import Accesses
from gateway.api.incidents import incidents_router
from gateway.domain.errors import NotFound
from gateway.domain.incidents import IncidentRecord
from gateway.domain.runs import IncidentChanged, RunEvent, RunState
from tests.api.routes import APP, KEYS, SOC, Noting, client


class Incidents:
    """Knows one incident of one tenant, and takes every step."""

    known = property(lambda self: self)

    def incident(self, id, tenant):
        if (id, tenant) != ("0193", "acme"):
            raise NotFound("none", code="incident_not_found")
        return IncidentRecord(id, tenant, "A leak", datetime(2026, 1, 1, tzinfo=UTC), "soc")

    def incidents(self, tenant, *, limit, cursor=""):
        return [self.incident("0193", tenant)], ""

    def opened(self, by, title):
        return RunEvent("0193", RunState.COMPLETE, IncidentChanged("0193", "opened", by, title), by.tenant)

    def noted(self, id, by, tenant, step, text):
        return RunEvent(id, RunState.COMPLETE, IncidentChanged(id, step, by, text), tenant)

    def filled(self, id, by, tenant, items, *, removing=False):
        return RunEvent(id, RunState.COMPLETE, IncidentChanged(id, "added", by, items=items), tenant)


@pytest.fixture
def log():
    return Noting()


@pytest.fixture
async def http(log):
    accesses = Noting()
    async with client(incidents_router(KEYS, Incidents(), log, None, Accesses(accesses), 10_000)) as http:
        http.accesses = accesses
        yield http


STEPS = {
    "": {"title": "A leak"}, "/0193/items": {"items": ["response/1"]}, "/0193/notes": {"text": "seen"},
    "/0193/hold": {"reason": "case"}, "/0193/free": {"reason": "over"}, "/0193/close": {},
}  # fmt: skip


async def test_each_step_is_an_event_before_it_is_answered(http, log):
    replies = [await http.post(f"/api/v1/incidents{path}", headers=SOC, json=body) for path, body in STEPS.items()]

    assert [reply.status_code for reply in replies] == [200] * 6
    assert [str(event.body.step) for event in log.events] == ["opened", "added", "noted", "held", "freed", "closed"]


async def test_an_application_takes_none(http, log):
    replies = [await http.post(f"/api/v1/incidents{path}", headers=APP, json=body) for path, body in STEPS.items()]

    assert [reply.status_code for reply in replies] == [403] * 6
    assert log.events == []


async def test_reading_is_recorded(http):
    one = await http.get("/api/v1/incidents/0193", headers=SOC)
    listed = await http.get("/api/v1/incidents", headers=SOC)
    absent = await http.get("/api/v1/incidents/0194", headers=SOC)

    assert (one.json()["title"], len(listed.json()["data"]), absent.status_code) == ("A leak", 1, 404)
    assert http.accesses.noted == [
        ("soc", "read incident", "incident/0193"),
        ("soc", "list incidents", "incident/0193"),
    ]
