"""From the moment a document is out of use no prompt holds it, whatever way it comes by; through HTTP, two gateways."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House, serving
from tests.journeys.upstream import Upstream, Whole, completion

SOC = {"authorization": f"Bearer {SOC_KEY}"}
RIVAL = {"authorization": f"Bearer {OTHER_SOC_KEY}"}
TEXT = (
    "The quarterly bonus of the sales team is paid in March, after the board has signed the figures of the year, and "
    "whoever leaves before the end of February is paid a twelfth for each month that was worked."
)
DOCUMENT = {"id": "bonus.md", "text": TEXT, "source": "wiki/pay"}


@pytest.fixture(scope="module")
def houses(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """Two gateways over one store, as two workers are."""
    folder = tmp_path_factory.mktemp("contained")
    with serving(folder, upstream_server) as one, serving(folder, upstream_server) as two:
        yield one, two


@pytest.fixture(autouse=True)
def fresh(houses: tuple[House, House]) -> None:
    upstream = houses[0].upstream
    upstream.says = [Whole(completion("It is paid in March."))]
    added = houses[0].http.post("/api/v1/documents", json={"documents": [DOCUMENT], "collection": "kb"})
    assert added.status_code == 200, added.text
    change(houses[0], "release")


def change(house: House, what: str, key: dict = SOC, **body: str) -> dict:
    reply = house.http.post(f"/api/v1/documents/bonus.md/{what}", headers=key, json={"reason": "wrong", **body})
    assert reply.status_code == 200, reply.text
    return reply.json()


def asked(house: House, content: str = "When is it paid?", **more) -> dict:
    """Ask, and return what the provider got, and the states of the documents by name."""
    body = {"model": "gpt", "messages": [{"role": "user", "content": content}], **more}
    reply = house.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    record = house.record(reply.headers["x-lineward-response-id"])
    return {
        "sent": str(house.upstream.requests[-1]),
        "context": [(one["document"], one["how"], one["state"], one["rule"]) for one in record["context"]],
    }


WAYS = {
    "declared": {"documents": [DOCUMENT]},
    "another name": {"documents": [{"id": "copy.md", "text": TEXT}]},
    "another name, altered": {"documents": [{"id": "copy.md", "text": TEXT.upper() + " (As we all know.)"}]},
    "retrieved": {"collections": ["kb"]},
    "pasted, altered": {"content": f"{TEXT.upper()} (As we all know.)\n\nWhen is it paid?"},
    "pasted": {"content": f"Read this:\n\n{TEXT}\n\nWhen is it paid?"},
}


@pytest.mark.parametrize("way", WAYS)
def test_it_comes_into_no_prompt_on_any_worker(houses: tuple[House, House], way: str):
    before = asked(houses[1], **WAYS[way])
    told = change(houses[0], "quarantine")
    during = [asked(house, **WAYS[way]) for house in houses]
    change(houses[1], "release")
    after = asked(houses[0], **WAYS[way])

    assert told == {"document": "bonus.md", "quarantined": True, "sources": ["lineward/wiki/pay"]}
    for seen in (before, after):
        assert "twelfth" in seen["sent"].lower()
    for seen in during:
        assert "twelfth" not in seen["sent"].lower()
        assert {(state, rule) for _, _, state, rule in seen["context"]} == {("dropped", "quarantine")}


def test_an_earlier_answer_that_it_fed_does_not_bring_it_along(houses: tuple[House, House]):
    answer = "It is paid in March, and whoever leaves before is paid a twelfth for each month that was worked there."
    houses[0].upstream.says = [Whole(completion(answer))]
    asked(houses[0], documents=[DOCUMENT])
    change(houses[0], "quarantine")
    history = [{"role": "user", "content": "When?"}, {"role": "assistant", "content": answer}]

    reply = houses[1].http.post(
        "/v1/chat/completions",
        json={"model": "gpt", "messages": [*history, {"role": "user", "content": "And then?"}]},
    )

    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "policy_violation")
    assert [rule["id"] for rule in reply.json()["error"]["lineward"]["rules"]] == ["quarantine"]


def test_was_it_used_since(houses: tuple[House, House]):
    asked(houses[0], documents=[DOCUMENT])
    change(houses[0], "quarantine")
    asked(houses[1], documents=[DOCUMENT])

    found = houses[0].http.get("/api/v1/documents/bonus.md/quarantine", headers=SOC).json()

    assert found["quarantined"] is True
    assert (found["since"]["by_state"], found["since"]["applications"]) == ({"dropped": 1}, {})
    assert found["ever"]["applications"]["bot"] >= 1
    assert (found["history"][0]["application"], found["history"][0]["reason"]) == ("soc", "wrong")
    listed = houses[1].http.get("/api/v1/quarantines?limit=1", headers=SOC).json()
    assert (listed["data"][0]["document"], bool(listed["cursor"])) == ("bonus.md", True)


def test_another_tenants_document_is_not_there(houses: tuple[House, House]):
    for method, what in (("POST", "quarantine"), ("POST", "release"), ("GET", "quarantine")):
        path = f"/api/v1/documents/bonus.md/{what}"
        reply = houses[0].http.request(method, path, headers=RIVAL, json={"reason": "mine"})
        assert reply.status_code == 404, reply.text
    assert houses[0].http.get("/api/v1/quarantines", headers=RIVAL).json()["data"] == []


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 1}, {"reason": "x" * 3000}, []])
def test_without_a_reason_nothing_happens(houses: tuple[House, House], body: object):
    reply = houses[0].http.post("/api/v1/documents/bonus.md/quarantine", headers=SOC, json=body)

    assert reply.status_code == 400, reply.text


def test_the_log_is_whole_afterwards(houses: tuple[House, House]):
    from gateway.stores.opening import open_ledger

    ledger = open_ledger(f"sqlite:///{Path(houses[0].folder)}/lineward.db")
    faults = [step for step in ledger.verify() if not isinstance(step, int)]
    ledger.close()

    assert faults == []
