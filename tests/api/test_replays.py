import pytest

from gateway.api.access import Accesses
from gateway.api.replays import replays_router
from tests.api.routes import APP, KEYS, SOC, Noting, client


class Replaying:
    async def replay(self, id, by, tenant, model):
        return {"replays": id, "by": by.application, "tenant": tenant, "model": model}


@pytest.fixture
def log():
    return Noting()


@pytest.fixture
async def http(log):
    async with client(replays_router(KEYS, Replaying(), Accesses(log), 1_000)) as http:
        yield http


async def test_a_replay_is_recorded_as_a_look_before_it_is_made(http, log):
    bare = await http.post("/api/v1/responses/0193/replay", headers=SOC)
    named = await http.post("/api/v1/responses/0193/replay", headers=SOC, json={"model": "other"})

    assert bare.json() == {"replays": "0193", "by": "soc", "tenant": "acme", "model": ""}
    assert named.json()["model"] == "other"
    assert log.noted == [("soc", "replay response", "response/0193")] * 2


async def test_an_application_does_not_replay(http, log):
    assert (await http.post("/api/v1/responses/0193/replay", headers=APP)).status_code == 403
    assert log.noted == []
