"""A sentence that somebody complained of leads to the response that said it."""

from pathlib import Path

import pytest

from gateway.stores import chunktables, segments
from tests.commands.running import run
from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House, serving
from tests.journeys.upstream import Upstream, Whole, completion, streamed
from tests.waiting import until

SAID = "Our premium customers of the Zürich branch may return a toaster for ninety days, no questions asked."
SOC = {"authorization": f"Bearer {SOC_KEY}"}


def ask(house: House, mode: str, question: str, answer: str, user: str = "ann") -> str:
    house.upstream.says = [streamed(*answer.split(" ")) if mode == "stream" else Whole(completion(answer))]
    body = {"model": "gpt", "messages": [{"role": "user", "content": question}], "user": user}
    reply = house.http.post("/v1/chat/completions", json={**body, "stream": mode == "stream"})
    assert reply.status_code == 200, reply.text
    return reply.headers["x-lineward-response-id"]


def find(house: House, headers=SOC, **query: str) -> dict:
    reply = house.http.get("/api/v1/responses", params=query, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


def behind(house: House, name: str) -> int:
    """Return how many entries of the log the follower of that *name* has not taken yet."""
    return int(house.http.get("/readyz").json()["following"][name]["entries"])


@pytest.mark.parametrize("wait", [False, True], ids=["at once", "indexed"])
def test_the_response_is_found_by_phrase_part_and_screenshot_at_once_and_later(house: House, mode: str, wait: bool):
    said = SAID if mode == "whole" else SAID.replace(" ", "")  # the double joins words without spaces
    response = ask(house, mode, "May I return it?", said)
    house.ended(response)
    if wait:
        until(lambda: not behind(house, segments.NAME))

    for query, method in (
        (said[30:60], "substring"),
        (said.upper(), "phrase"),
        (said.replace("rn", "m").replace("o", "0"), "similar"),
    ):
        (first, *_) = find(house, q=query)["data"]
        assert (first["id"], first["matches"][0]["where"], first["matches"][0]["method"]) == (
            response, "answer", method
        )  # fmt: skip
    assert [one["id"] for one in find(house, q=said, user="ann", app="bot")["data"]][:1] == [response]
    assert find(house, q=said, user="bob")["data"] == []
    assert find(house, {"authorization": f"Bearer {OTHER_SOC_KEY}"}, q=said)["data"] == []


def test_who_searched_is_recorded_without_the_words(house: House):
    ask(house, "whole", "Where is the kettle of the Basel branch?", "In the basement of it.")
    found = find(house, q="kettle of the Basel")["data"]
    looks = house.http.get("/api/v1/accesses", headers=SOC).json()["data"]

    assert looks[0]["action"] == "search responses"
    assert f"response/{found[0]['id']}" in looks[0]["subjects"]
    assert "Basel" not in str(looks)


def test_a_sentence_leads_to_the_document_that_says_it_at_once_and_from_the_index(house: House):
    clause = "Whoever bought a toaster of the Lugano branch may keep its box for the winter."
    for text in (f"First of all.\n\n{clause}", f"{clause} So it was until May."):
        body = {"documents": [{"id": "lugano.md", "text": text, "source": "s3://kb/terms"}]}
        reply = house.http.post("/api/v1/documents", json=body)
        assert reply.status_code == 200, reply.text
    at_once = chunks(house, q=clause.upper())["data"]
    until(lambda: not behind(house, chunktables.NAME))
    later = chunks(house, q=clause.upper())["data"]
    looks = house.http.get("/api/v1/accesses", headers=SOC).json()["data"]

    assert at_once == later
    assert [(one["document"], one["source"], one["current"]) for one in later] == [
        ("lugano.md", "s3://kb/terms", True), ("lugano.md", "s3://kb/terms", False)
    ]  # fmt: skip
    assert chunks(house, q=clause.replace("oa", "0a"))["method"] == "similar"
    assert chunks(house, q="Lugano", document="other.md", match="phrase")["data"] == []
    assert chunks(house, {"authorization": f"Bearer {OTHER_SOC_KEY}"}, q=clause)["data"] == []
    assert looks[0]["action"] == "search chunks"
    assert {"document/lugano.md", f"chunk/{later[0]['chunk']}"} <= {*looks[0]["subjects"]}
    assert "Lugano" not in str(looks)


def chunks(house: House, headers=SOC, **query: str) -> dict:
    reply = house.http.get("/api/v1/chunks", params=query, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_what_cannot_be_looked_for_is_told(house: House):
    replies = [
        house.http.get("/api/v1/responses", params=query, headers=SOC)
        for query in (
            {"q": "ab"}, {"state": "gone"}, {"since": "yesterday"}, {"cursor": "x"}, {"match": "roughly"},
            {"q": "what it costs", "match": "meaning"},
        )
    ]  # fmt: skip

    assert [reply.status_code for reply in replies] == [400] * 6
    assert replies[5].json()["error"]["code"] == "meaning_off"
    assert "search: {meaning: local}" in replies[5].json()["error"]["message"]
    assert "three letters" in replies[0].text and "OPEN" in replies[1].text
    assert all(reply.json()["error"]["message"] for reply in replies)


def test_a_paraphrase_leads_to_the_response_over_http_and_on_the_command_line(
    tmp_path: Path, upstream_server: Upstream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UPSTREAM_KEY", "sk-upstream")  # for the command
    paraphrase = {"q": "How much money do I get back when I travel by private vehicle to visit a customer?"}
    answer = "Staff who drive to clients in their own car are reimbursed thirty cents for every kilometre."
    with serving(tmp_path, upstream_server, search={"meaning": "local"}) as house:
        response = ask(house, "whole", "Is there an allowance?", answer)
        ask(house, "whole", "Where do whales live?", "Whales live in the sea and breathe air.")
        until(lambda: not find(house, **paraphrase, match="meaning")["unsearched"])
        by_meaning = find(house, **paraphrase, match="meaning")
        by_itself = find(house, **paraphrase)
        others = find(house, {"authorization": f"Bearer {OTHER_SOC_KEY}"}, **paraphrase, match="meaning")
    said = run("search", paraphrase["q"], "--config", str(tmp_path / "gateway.yaml"))

    for found in (by_meaning, by_itself):
        assert (found["method"], [hit["id"] for hit in found["data"]]) == ("meaning", [response])
        assert [match["method"] for match in found["data"][0]["matches"]] == ["meaning"]
        assert answer in found["data"][0]["matches"][0]["excerpt"]
    assert others["data"] == []
    assert response in said and "answer, meaning 0." in said and "in other words" in said
