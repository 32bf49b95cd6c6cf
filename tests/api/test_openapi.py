import re
from dataclasses import fields

import jsonschema
import pytest
from fastapi import FastAPI

from gateway.api import openapi, schemas
from gateway.api.lineage import lineage_router
from gateway.api.responses import responses_router
from gateway.identity import Identities
from tests.api.routes import KEYS, client, unnoted
from tests.api.test_lineage import Ledger

HEADER = next(field.default for field in fields(Identities) if field.name == "header")


async def described() -> dict:
    app = FastAPI(title="Lineward", version="1", openapi_url=None)
    app.include_router(lineage_router(KEYS, Ledger(), unnoted(), lambda record: record))
    app.include_router(responses_router(KEYS, None, None))
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


async def test_a_person_s_token_is_a_header_of_every_endpoint_of_models_that_need_not_be_sent():
    paths = (await described())["paths"]

    for operation in openapi.OPERATIONS:
        *_, header = paths[operation.path]["post"]["parameters"]
        assert (header["name"], header["in"], header["required"]) == (HEADER, "header", False)
        assert "user token" in paths[operation.path]["post"]["responses"]["401"]["description"]


@pytest.mark.parametrize(
    ("path", "method"),
    [("/v1/responses/{id}", "get"), ("/v1/responses/{id}", "delete"), ("/v1/responses/{id}/input_items", "get")],
)
async def test_what_is_kept_for_a_person_is_asked_for_with_the_same_header(path: str, method: str):
    parameters = (await described())["paths"][path][method]["parameters"]

    assert schemas.PERSON in parameters and {"id"} < {one["name"] for one in parameters}


@pytest.mark.parametrize("operation", openapi.OPERATIONS, ids=lambda operation: operation.path)
def test_every_schema_is_one(operation: openapi.Operation):
    jsonschema.Draft202012Validator.check_schema(operation.request)
    jsonschema.Draft202012Validator.check_schema(operation.error or schemas.ERROR)

    assert operation.request["type"] == "object"
