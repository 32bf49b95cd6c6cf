"""What happened, in order; and whether personal data left: through HTTP, as a responder asks."""

import pytest

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House
from tests.journeys.upstream import Whole, completion

SOC = {"authorization": f"Bearer {SOC_KEY}"}
RIVAL = {"authorization": f"Bearer {OTHER_SOC_KEY}"}
DOCUMENT = {"id": "story.md", "text": "A page that takes part in a story from its beginning to its end."}


def asked(house: House, user: str, conversation: str, content: str = "Well?", **more) -> str:
    house.upstream.says = [Whole(completion("Well."))]
    body = {
        "model": "gpt", "user": user, "messages": [{"role": "user", "content": content}],
        "lineward": {"conversation": conversation}, **more,
    }  # fmt: skip
    reply = house.http.post("/v1/chat/completions", json=body)
    return reply.headers["x-lineward-response-id"]


def told(house: House, key: dict = SOC, **asked: str) -> list[dict]:
    reply = house.http.get("/api/v1/timeline", params=asked, headers=key)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def test_a_conversation_a_user_and_both(house: House):
    first = asked(house, "tl-ann", "tl-one")
    second = asked(house, "tl-bob", "tl-one")
    third = asked(house, "tl-ann", "tl-two")

    assert [one["id"] for one in told(house, conversation="tl-one")] == [second, first]
    assert [one["id"] for one in told(house, user="tl-ann")] == [third, first]
    assert [one["id"] for one in told(house, user="tl-ann", conversation="tl-one")] == [first]
    assert told(house, RIVAL, user="tl-ann") == []
    assert told(house, user="tl-ann", until="2020-01-01T00:00:00Z") == []
    assert (told(house, user="tl-bob")[0]["application"], told(house, user="tl-bob")[0]["person"]) == ("bot", "tl-bob")


def test_a_document_from_its_beginning_to_its_end(house: House):
    house.http.post("/api/v1/documents", json={"documents": [DOCUMENT]})
    response = asked(house, "tl-cyd", "tl-three", documents=[DOCUMENT])
    house.http.get("/api/v1/documents/story.md", headers=SOC)
    house.http.post("/api/v1/documents/story.md/quarantine", headers=SOC, json={"reason": "wrong"})
    house.http.post("/api/v1/documents/story.md/release", headers=SOC, json={"reason": "right"})

    found = told(house, document="story.md")

    assert [one["type"] for one in found] == ["quarantine", "quarantine", "access", "response", "ingest"]
    assert [one["what"] for one in found][:3] == ["released: right", "quarantined: wrong", "read document"]
    assert (found[3]["id"], found[3]["documents"]) == (response, ["story.md"])


def test_an_incident_with_what_happened_to_its_items(house: House):
    document = {"id": "leak.md", "text": "A page that was never meant for anybody outside of this very house."}
    house.http.post("/api/v1/documents", json={"documents": [document]})
    response = asked(house, "tl-fay", "tl-four")
    opened = house.http.post("/api/v1/incidents", headers=SOC, json={"title": "A leak"}).json()["id"]
    items = {"items": ["document/leak.md", f"response/{response}"]}
    assert house.http.post(f"/api/v1/incidents/{opened}/items", headers=SOC, json=items).status_code == 200
    later = asked(house, "tl-gus", "tl-five", documents=[document])
    house.http.get(f"/api/v1/responses/{response}", headers=SOC)
    house.http.post("/api/v1/documents/leak.md/quarantine", headers=SOC, json={"reason": "wrong"})

    found = told(house, incident=opened)

    assert [one["type"] for one in found] == [
        "quarantine", "access", "response", "incident", "incident", "response", "ingest"
    ]  # fmt: skip
    assert [one["id"] for one in found if one["type"] == "response"] == [later, response]
    assert told(house, RIVAL, incident=opened) == []


def test_everything_is_paged_newest_first(house: House):
    asked(house, "tl-dan", "")
    seen: list[dict] = []
    cursor = ""
    for _ in range(3):
        page = house.http.get("/api/v1/timeline", params={"limit": "2", "cursor": cursor}, headers=SOC).json()
        seen += page["data"]
        cursor = page["cursor"]

    places = [one["index"] for one in seen]
    assert places == sorted(places, reverse=True) and len(set(places)) == 6
    assert {one["type"] for one in told(house, RIVAL)} <= {"policy", "access", "key"}
    assert house.http.get("/api/v1/timeline?cursor=x", headers=SOC).status_code == 400


@pytest.mark.parametrize("key", [SOC, RIVAL])
def test_personal_data_that_left_is_told_by_type_provider_and_fate(house: House, key: dict):
    asked(house, "tl-eve", "", "Write to eve@acme.example, please.")
    reply = house.http.get("/api/v1/exposure", headers=key).json()

    mails = [one for one in reply["data"] if one["entity"] == "EMAIL_ADDRESS" and one["to"] == "provider"]
    if key is RIVAL:
        assert reply["data"] == []
    else:
        assert {(one["left"], one["provider"], one["region"]) for one in mails} >= {("masked", "outside", "us")}
        assert reply["complete"] is True


def test_a_misspelt_filter_lets_nothing_through(house: House):
    reply = house.http.get("/api/v1/timeline?usr=tl-eve", headers=SOC)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "unknown_parameter")
