import re

from fastapi import FastAPI

from gateway.api import openapi
from gateway.api.lineage import lineage_router
from tests.api.routes import KEYS, client
from tests.api.test_lineage import Ledger


async def test_the_description_covers_every_route_and_the_chat_endpoint():
    app = FastAPI(title="Lineward", version="1", openapi_url=None)
    app.include_router(lineage_router(KEYS, Ledger()))
    openapi.publish(app)

    async with client(app.router) as http:
        document = (await http.get("/openapi.json")).json()

    described = set(document["paths"])
    assert described == {
        "/v1/chat/completions",
        "/api/v1/responses",
        "/api/v1/responses/{id}",
        "/api/v1/documents/{id}",
        "/api/v1/documents/{id}/impact",
    }
    assert not any(re.search(r":path", path) for path in described)
    chat = document["paths"]["/v1/chat/completions"]["post"]
    assert {"200", "401", "403", "502", "503"} <= set(chat["responses"])
