from gateway.api.access import Accesses
from gateway.api.exposures import exposures_router
from gateway.domain.exposures import Exposure, Exposures, Left
from tests.api.routes import APP, KEYS, SOC, Noting, client


class Knows:
    def exposures(self, tenant, asked):
        if asked.application != "bot" or asked.end_user != "eve":
            return Exposures([], True)
        found = Exposure("EMAIL_ADDRESS", Left.MASKED, "provider", "openai", "us", "mask", 2, 1)
        return Exposures([found] if tenant == "acme" else [], True)


async def test_it_is_told_to_readers_and_recorded():
    log = Noting()
    async with client(exposures_router(KEYS, Knows(), Accesses(log))) as http:
        reply = await http.get("/api/v1/exposure?app=bot&user=eve", headers=SOC)
        refused = await http.get("/api/v1/exposure", headers=APP)

    assert reply.json()["data"][0]["left"] == "masked"
    assert (refused.status_code, log.noted) == (403, [("soc", "read exposure", "application/bot")])
