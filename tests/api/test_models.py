from gateway.api.models import models_router
from tests.api.routes import APP, KEYS, SOC, client


async def test_a_key_sees_the_models_that_it_may_name():
    async with client(models_router(KEYS, ["m1", "m2"])) as http:
        listed = await http.get("/v1/models", headers=APP)
        one = await http.get("/v1/models/m1", headers=APP)
        hidden = await http.get("/v1/models/m2", headers=APP)

    assert listed.json() == {"object": "list", "data": [one.json()]}
    assert one.json()["id"] == "m1"
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "model_not_found")


async def test_models_need_a_key_with_the_role_of_an_application():
    async with client(models_router(KEYS, ["m1"])) as http:
        replies = [await http.get("/v1/models"), await http.get("/v1/models", headers=SOC)]

    assert [reply.status_code for reply in replies] == [401, 403]
