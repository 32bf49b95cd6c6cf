import hashlib

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from gateway.api import openapi
from gateway.api.auth import Keys
from gateway.api.documents import DOCUMENTS_MAX, documents_router
from gateway.api.lineage import lineage_router
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.principals import Principal, Role
from tests.api.routes import client, unnoted
from tests.catalogued import House

APP, SOC, RIVAL, ADMIN = ({"authorization": f"Bearer {name}"} for name in ("app", "soc", "rival", "admin"))
WHO = {
    "app": Principal("etl", "acme", frozenset({Role.APP}), collections=("kb",)),
    "soc": Principal("soc", "acme", frozenset({Role.RESPONDER})),
    "rival": Principal("theirs", "rival", frozenset({Role.APP, Role.AUDITOR})),
    "admin": Principal("ops", "acme", frozenset({Role.ADMIN})),
}
KEYS = Keys({hashlib.sha256(name.encode()).hexdigest(): principal for name, principal in WHO.items()})
PATH = "/api/v1/documents"


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
async def http(house):
    router = documents_router(KEYS, house.ledger, unnoted(), lambda: house.ingestor, house.ingestor.sources, 100_000)
    catalogue = APIRouter()
    catalogue.include_router(router)
    catalogue.include_router(lineage_router(KEYS, house.ledger, unnoted(), lambda record: record))
    async with client(catalogue) as http:
        yield http


async def post(http: httpx.AsyncClient, *documents, key=APP, **more):
    return await http.post(PATH, json={"documents": list(documents), **more}, headers=key)


async def test_documents_are_registered_and_each_outcome_is_told_in_their_order(http, house):
    first = await post(http, {"id": "a", "text": "red apples"}, {"id": "b", "text": "pears", "source": "wiki/hr"})
    second = await post(http, {"id": "b", "text": "plums", "source": "wiki/hr"}, {"id": "a", "text": "red apples"})

    assert first.status_code == 200
    assert first.json()["documents"][0] == {
        "id": "a", "source": "lineward/declared", "version": digest("red apples"), "outcome": "added", "chunks": 1,
        "labels": {},
    }  # fmt: skip
    assert [one["outcome"] for one in second.json()["documents"]] == ["changed", "unchanged"]
    assert second.json()["outcomes"] == {"changed": 1, "unchanged": 1}
    assert house.embedder.asked == []
    assert house.ledger.documents("acme", limit=9)[0][0].versions[0].run == second.json()["run"]


async def test_a_source_is_named_as_in_prompts(http, house):
    await post(http, {"id": "a", "text": "t", "source": "wiki/hr"})

    assert house.ledger.document("a", "acme").source == str(Source.parse("wiki/hr"))


async def test_into_a_collection_they_can_be_searched(http, house):
    reply = await post(http, {"id": "a", "text": "red apples"}, collection="kb")

    assert reply.json()["collection"] == "kb"
    assert await house.found("red apples") == ["red apples"]


async def test_a_refused_document_is_told_with_rule_and_owner_and_the_others_go_in(http, house):
    secret = {"id": "s", "text": "the plan", "labels": {"classification": "restricted"}}

    reply = await post(http, {"id": "a", "text": "one"}, secret, {"id": "b", "text": "two"}, {"id": "c", "text": " "})

    outcomes = {one["id"]: one["outcome"] for one in reply.json()["documents"]}
    assert outcomes == {"a": "added", "s": "refused", "b": "added", "c": "refused"}
    assert reply.json()["documents"][1] == {
        "id": "s", "source": "lineward/declared", "version": digest("the plan"), "outcome": "refused",
        "reason": "s is restricted (rule no-restricted, ask secops@example.com).", "rule": "no-restricted",
        "owner": "secops@example.com",
    }  # fmt: skip
    assert "the plan" not in reply.text
    assert house.ledger.document("s", "acme") is None


async def test_halves_of_characters_are_no_json(http):
    body = b'{"documents": [{"id": "a", "text": "half \\ud800"}]}'

    reply = await http.post(PATH, content=body, headers=APP)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_json")


async def test_an_application_may_only_tighten_labels(http):
    wide = {"id": "a", "text": "t", "source": "lineward:x", "labels": {"classification": "confidential"}}
    await post(http, wide, key=ADMIN)

    reply = await post(http, {**wide, "labels": {"classification": "public"}})

    assert reply.json()["documents"][0]["labels"] == {"classification": "confidential"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({}, "documents"),
        ({"documents": []}, "documents"),
        ({"documents": [{"id": "a", "text": "t"}] * (DOCUMENTS_MAX + 1)}, "documents"),
        ({"documents": [{"id": "a", "text": "t"}, {"id": "b"}]}, "documents[1].text"),
        ({"documents": [{"id": "a", "text": "t", "labels": {"tenant": "x"}}]}, "documents[0].labels.tenant"),
        ({"documents": [{"id": "a", "text": "t"}], "colection": "kb"}, "colection"),
        ({"documents": [{"id": "a", "text": "t"}], "collection": 1}, "collection"),
    ],
)
async def test_nothing_enters_of_a_body_that_is_not_understood(http, house, body, param):
    reply = await http.post(PATH, json=body, headers=APP)

    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param
    assert house.ledger.documents("acme", limit=9) == ([], "")


async def test_who_may_add_where(http):
    one = {"id": "a", "text": "t"}
    replies = [
        await post(http, one, key={}),
        await post(http, one, key=SOC),
        await post(http, one, collection="more"),
        await post(http, one, key=ADMIN, collection="more"),
        await post(http, one, key=ADMIN, collection="unknown"),
    ]

    assert [reply.status_code for reply in replies] == [401, 403, 403, 200, 404]
    assert replies[2].json()["error"]["code"] == "collection_not_allowed"


async def test_the_catalogue_is_the_tenant_s_own(http):
    await post(http, {"id": "a", "text": "ours"})
    await post(http, {"id": "a", "text": "theirs"}, {"id": "b", "text": "theirs too"}, key=RIVAL)

    ours = (await http.get(PATH, headers=SOC)).json()
    theirs = (await http.get(PATH, headers=RIVAL)).json()

    assert [one["id"] for one in ours["data"]] == ["a"]
    assert [one["id"] for one in theirs["data"]] == ["b", "a"]
    assert (await http.get(f"{PATH}/b/versions", headers=SOC)).status_code == 404


async def test_documents_are_listed_by_pages_and_filters(http):
    await post(http, *({"id": f"kb/{n}.md", "text": f"text {n}", "source": f"wiki/{n % 2}"} for n in range(5)))

    first = (await http.get(PATH, params={"limit": 3}, headers=SOC)).json()
    rest = (await http.get(PATH, params={"limit": 3, "cursor": first["cursor"]}, headers=SOC)).json()
    odd = (await http.get(PATH, params={"source": "wiki/1"}, headers=SOC)).json()
    named = (await http.get(PATH, params={"q": "KB/4"}, headers=SOC)).json()
    wrong = await http.get(PATH, params={"cursor": "x"}, headers=SOC)

    assert [one["id"] for one in (*first["data"], *rest["data"])] == [f"kb/{n}.md" for n in (4, 3, 2, 1, 0)]
    assert rest["cursor"] == ""
    assert [one["id"] for one in odd["data"]] == ["kb/3.md", "kb/1.md"]
    assert [one["id"] for one in named["data"]] == ["kb/4.md"]
    assert wrong.status_code == 400


async def test_versions_and_the_document_itself_are_found_by_ids_with_slashes(http):
    for text in ("first", "second"):
        await post(http, {"id": "kb/a.md", "text": text})

    versions = (await http.get(f"{PATH}/kb/a.md/versions", headers=SOC)).json()
    document = (await http.get(f"{PATH}/kb/a.md", headers=SOC)).json()

    assert [(one["digest"], one["current"]) for one in versions["data"]] == [
        (digest("second"), True),
        (digest("first"), False),
    ]
    assert document["id"] == versions["id"] == "kb/a.md"


async def test_sources_tell_how_many_documents_they_have_and_what_they_are_registered_with(http, house):
    await post(http, {"id": "a", "text": "t"})
    hr = Source("wiki", "hr")
    await house.ingest(of(hr, "b"), of(hr, "c"), collection="")

    found = (await http.get("/api/v1/sources", headers=SOC)).json()["data"]

    assert [(one["namespace"], one["name"], one["documents"], one["registered"]) for one in found] == [
        ("lineward", "declared", 1, False),
        ("wiki", "hr", 2, True),
    ]
    assert found[1]["labels"] == {"classification": "internal", "readers": ["hr", "ops"]}


async def test_reading_needs_a_responders_or_auditors_key(http):
    paths = (PATH, f"{PATH}/a/versions", "/api/v1/sources")

    statuses = [(await http.get(path, headers=key)).status_code for path in paths for key in ({}, APP)]

    assert statuses == [401, 403] * 3


async def test_the_description_names_every_route_and_the_body(house):
    app = FastAPI(title="Lineward", version="0")
    app.include_router(
        documents_router(KEYS, house.ledger, unnoted(), lambda: house.ingestor, house.ingestor.sources, 1000)
    )
    openapi.publish(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        paths = (await http.get("/openapi.json")).json()["paths"]

    assert {"/api/v1/documents", "/api/v1/documents/{id}/versions", "/api/v1/sources"} <= paths.keys()
    schema = paths["/api/v1/documents"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["documents"]["items"]["required"] == ["id", "text"]


def of(source: Source, id: str) -> Document:
    return Document(source, id, id, digest(id))
