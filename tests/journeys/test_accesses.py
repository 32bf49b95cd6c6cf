"""Whoever reads the record is recorded, through HTTP."""

import sqlite3
from contextlib import closing

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House
from tests.journeys.upstream import Whole, completion

SOC = {"authorization": f"Bearer {SOC_KEY}"}
RIVAL = {"authorization": f"Bearer {OTHER_SOC_KEY}"}
DOCUMENT = {"id": "looked-at.md", "text": "The looked-at page says that leave is ten days.", "source": "wiki/hr"}


def asked(house: House) -> str:
    house.upstream.says = [Whole(completion("Ten days."))]
    reply = house.http.post(
        "/v1/chat/completions",
        json={"model": "gpt", "messages": [{"role": "user", "content": "Leave?"}], "documents": [DOCUMENT]},
    )
    assert reply.status_code == 200, reply.text
    return reply.headers["x-lineward-response-id"]


def looks(house: House, subject: str) -> list[dict]:
    reply = house.http.get("/api/v1/accesses", params={"subject": subject}, headers=SOC)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def test_every_look_at_a_response_is_told_to_its_tenant_alone(house: House):
    response = asked(house)
    for path in ("", "/bundle"):
        assert house.http.get(f"/api/v1/responses/{response}{path}", headers=SOC).status_code == 200
    assert house.http.get(f"/api/v1/responses/{response}", headers=RIVAL).status_code == 404

    told = house.http.get(f"/api/v1/responses/{response}/accesses", headers=SOC).json()["data"]
    theirs = house.http.get("/api/v1/accesses", params={"subject": f"response/{response}"}, headers=RIVAL).json()

    assert [one["action"] for one in told] == ["export bundle", "read response"]
    assert {one["application"] for one in told} == {"soc"}
    assert theirs["data"] == []


def test_what_was_searched_for_stands_nowhere(house: House):
    asked(house)
    words = "nobody-ever-said-this"
    found = house.http.get("/api/v1/documents", params={"q": words}, headers=SOC)

    (look,) = [one for one in house.http.get("/api/v1/accesses", headers=SOC).json()["data"] if one["query"]][:1]

    assert found.json()["data"] == []
    assert look["action"] == "list documents" and look["query"].startswith("sha256:")
    with closing(sqlite3.connect(house.folder / "lineward.db")) as database:
        dump = "\n".join(database.iterdump())
    assert words not in dump


def test_reading_documents_versions_impact_and_lists_counts(house: House):
    asked(house)
    for path in ("documents/looked-at.md", "documents/looked-at.md/versions", "documents/looked-at.md/impact"):
        assert house.http.get(f"/api/v1/{path}", headers=SOC).status_code == 200
    listed = house.http.get("/api/v1/documents", headers=SOC).json()["data"]
    house.http.get("/api/v1/responses", headers=SOC)

    actions = [one["action"] for one in looks(house, "document/looked-at.md")]

    assert listed[0]["id"] == "looked-at.md"
    assert actions[:4] == ["list documents", "read impact", "read versions", "read document"]
    assert looks(house, "")[0]["action"] == "list accesses"
