from datetime import UTC, datetime

from gateway.api.access import Accesses
from gateway.api.timelines import timelines_router
from gateway.domain.timelines import Happening
from tests.api.routes import APP, KEYS, SOC, Noting, client

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Timelines:
    def timeline(self, span, tenant, *, limit, cursor=""):
        self.asked = span, tenant
        return [Happening(AT, 3, "response", "0193", "bot", "ann", "allow")], "3"


async def test_what_is_shown_is_recorded_and_times_without_a_zone_are_utc():
    log, timelines = Noting(), Timelines()
    async with client(timelines_router(KEYS, timelines, Accesses(log))) as http:
        reply = await http.get("/api/v1/timeline?user=ann&since=2026-01-01T00:00:00", headers=SOC)
        refused = await http.get("/api/v1/timeline", headers=APP)

    assert (reply.json()["cursor"], refused.status_code) == ("3", 403)
    assert (timelines.asked[0].since, timelines.asked[1]) == (AT, "acme")
    assert log.noted == [("soc", "read timeline", "response/0193")]
    assert log.events[0].body.query.startswith("sha256:")
