"""The recorded prompt, asked once more, through HTTP."""

import pytest

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House
from tests.journeys.upstream import Whole, completion, streamed

SOC = {"authorization": f"Bearer {SOC_KEY}"}
RIVAL = {"authorization": f"Bearer {OTHER_SOC_KEY}"}
DOCUMENT = {
    "id": "replayed.md", "source": "wiki/replays",
    "text": "The page that is replayed says that a parcel arrives on the third working day after it was sent off.",
}  # fmt: skip


def asked(house: House, mode: str = "whole", **more) -> str:
    house.upstream.says = [streamed("On the ", "third day.") if mode == "stream" else Whole(completion("On day 3."))]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When? Tell ann@acme.example."}]
    body = {"model": "gpt", "temperature": 0.5, "user": "ann", "messages": messages, "stream": mode == "stream", **more}
    reply = house.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    return house.ended(reply.headers["x-lineward-response-id"])["id"]


def replayed(house: House, id: str, code: int = 200, key: dict = SOC, **body: str) -> dict:
    reply = house.http.post(f"/api/v1/responses/{id}/replay", headers=key, json=body)
    assert reply.status_code == code, reply.text
    return reply.json()


def test_the_same_bytes_are_asked_and_the_new_record_names_the_old_one(house: House, mode: str):
    response = asked(house, mode, documents=[DOCUMENT])
    before = house.upstream.requests[-1]
    house.upstream.says = [streamed("Whenever.") if mode == "stream" else Whole(completion("Whenever."))]

    found = replayed(house, response)
    record = house.record(found["response"])

    assert house.upstream.requests[-1] == before
    assert (record["replays"], record["application"], record["end_user"]) == (response, "soc", "")
    assert [(one["document"], one["state"]) for one in record["context"]] == [("replayed.md", "sent")]
    assert found["difference"]["prompt"] == found["difference"]["parameters"] == []
    assert any(line.startswith("+Whenever") for line in found["difference"]["answer"])


def test_another_model_can_be_named(house: House):
    response = asked(house)

    found = replayed(house, response, model="local")

    assert {"name": "model", "left": "gpt", "right": "local"} in found["difference"]["facts"]
    assert replayed(house, response, 404, model="nowhere")["error"]["code"] == "model_not_found"


def test_what_is_out_of_use_today_stays_out(house: House):
    document = {**DOCUMENT, "id": "gone.md", "text": DOCUMENT["text"].replace("parcel", "letter")}
    response = asked(house, documents=[document])
    path = "/api/v1/documents/gone.md"
    house.http.post(f"{path}/quarantine", headers=SOC, json={"reason": "wrong"})

    found = replayed(house, response)
    house.http.post(f"{path}/release", headers=SOC, json={"reason": "right"})

    assert "third working day" not in str(house.upstream.requests[-1])
    assert any(one["right"].startswith("dropped") for one in found["difference"]["chunks"])


def test_only_responders_of_the_tenant_replay_and_only_what_is_kept(house: House):
    response = asked(house)

    replayed(house, response, 404, RIVAL)
    replayed(house, response, 403, {"authorization": house.http.headers["authorization"]})
    replayed(house, "0193", 404)


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/messages", "/v1/completions"])
def test_every_dialect_can_be_replayed(house: House, path: str):
    bodies = {
        "/v1/responses": {"model": "local", "input": "When?"},
        "/v1/messages": {"model": "gpt", "messages": [{"role": "user", "content": "When?"}], "max_tokens": 9},
        "/v1/completions": {"model": "local", "prompt": "When?"},
    }
    house.upstream.says = [Whole(completion("On day 3."))]
    reply = house.http.post(path, json=bodies[path])
    assert reply.status_code == 200, reply.text

    found = replayed(house, house.ended(reply.headers["x-lineward-response-id"])["id"])

    assert found["difference"]["prompt"] == []
