import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from httpx import ASGITransport

from gateway.api.parameters import known_only
from gateway.domain.errors import BadRequest

ROUTER = APIRouter(prefix="/api/v1")


@ROUTER.get("/things/{id}")
async def things(id: str, user: str = "", earlier: str = Query("", alias="from")) -> str:
    return f"{id} {user} {earlier}"


@ROUTER.get("/nothing")
async def nothing() -> str:
    return "nothing"


@pytest.fixture
async def http():
    app = FastAPI()
    app.include_router(ROUTER, dependencies=[Depends(known_only)])
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url="http://house") as http:
        yield http


async def test_parameters_that_the_path_knows_pass_under_the_name_that_callers_use(http):
    assert (await http.get("/api/v1/things/1?user=bob&from=x&user=eve")).json() == "1 eve x"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("things/1?usr=bob", "'usr' is no parameter of this path; known are from, user."),
        ("things/1?earlier=x", "'earlier' is no parameter of this path; known are from, user."),
        ("nothing?user=bob", "'user' is no parameter of this path; it takes none."),
    ],
)
async def test_a_misspelt_parameter_is_refused_with_those_that_are_known(http, query, told):
    with pytest.raises(BadRequest) as refused:
        await http.get(f"/api/v1/{query}")

    assert refused.value.message == told
    assert refused.value.code == "unknown_parameter"
