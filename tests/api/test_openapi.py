import re

import jsonschema
import pytest
from fastapi import FastAPI

from gateway.api import openapi, schemas
from gateway.api.lineage import lineage_router
from tests.api.routes import KEYS, client, unnoted
from tests.api.test_lineage import Ledger


async def described() -> dict:
    app = FastAPI(title="Lineward", version="1", openapi_url=None)
    app.include_router(lineage_router(KEYS, Ledger(), unnoted(), lambda record: record))
    openapi.publish(app)
    async with client(app.router) as http:
        return (await http.get("/openapi.json")).json()


async def test_the_description_covers_every_route_and_the_endpoints_of_models():
    paths = (await described())["paths"]

    assert {
        "/v1/chat/completions",
        "/v1/vector_stores/{collection}/search",
        "/beta/litellm_basic_guardrail_api",
        "/api/v1/responses/{id}",
        "/api/v1/documents/{id}",
        "/api/v1/documents/{id}/impact",
    } <= set(paths)
    assert {operation.path for operation in openapi.OPERATIONS} <= set(paths)
    assert not any(re.search(r":path", path) for path in paths)
    assert all({"200", "400", "401", "403", "502", "503"} <= set(paths[one.path]["post"]["responses"])
               for one in openapi.OPERATIONS)  # fmt: skip


async def test_what_streams_says_so_and_what_is_in_a_path_is_a_parameter():
    paths = (await described())["paths"]

    def kinds(path: str) -> set[str]:
        return set(paths[path]["post"]["responses"]["200"]["content"])

    assert kinds("/v1/completions") == {"application/json", "text/event-stream"}
    assert kinds("/v1/embeddings") == {"application/json"}
    assert paths["/v1/vector_stores/{collection}/search"]["post"]["parameters"][0]["name"] == "collection"


@pytest.mark.parametrize("operation", openapi.OPERATIONS, ids=lambda operation: operation.path)
def test_every_schema_is_one(operation: openapi.Operation):
    jsonschema.Draft202012Validator.check_schema(operation.request)
    jsonschema.Draft202012Validator.check_schema(operation.error or schemas.ERROR)

    assert operation.request["type"] == "object"
