"""What did the model see, although documents have changed since? What differs? Through HTTP, as a responder asks."""

import pytest

from tests.journeys.house import SOC_KEY, House
from tests.journeys.upstream import Whole, completion

SOC = {"authorization": f"Bearer {SOC_KEY}"}
SOURCE = {"id": "leave.md", "source": "wiki/hr"}
FIRST = "Leave is ten days a year, and you ask ann@acme.example for it."
SECOND = "Leave is twenty days a year, and you ask ann@acme.example for it."


def asked(house: House, text: str, question: str = "Leave?", **more) -> str:
    house.upstream.says = [Whole(completion("Some days."))]
    body = {
        "model": "gpt", "temperature": 0.25, "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": question},
        ], "documents": [{**SOURCE, "text": text}], **more,
    }  # fmt: skip
    reply = house.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    return reply.headers["x-lineward-response-id"]


def told(house: House, path: str, code: int = 200) -> dict:
    reply = house.http.get(f"/api/v1/{path}", headers=SOC)
    assert reply.status_code == code, reply.text
    return reply.json()


def test_the_prompt_is_what_the_provider_got_although_the_document_has_changed(house: House):
    """The e-mail address was masked: what comes back is what left, not what the caller sent."""
    response = asked(house, FIRST)
    got = house.upstream.requests[-1]
    asked(house, SECOND)

    prompt = told(house, f"responses/{response}/prompt")

    assert prompt["missing"] == []
    assert prompt["body"] == got
    assert "ten days" in prompt["texts"][1]["text"] and "ann@" not in prompt["texts"][1]["text"]
    assert told(house, f"responses/{response}/accesses")["data"][0]["action"] == "read prompt"


@pytest.mark.parametrize("question", ["May I?\n\n" + FIRST + "\n\nThat is what it says.", FIRST])
def test_a_pasted_document_does_not_make_a_hole_in_the_prompt(house: House, question: str):
    asked(house, FIRST)
    house.upstream.says = [Whole(completion("Some days."))]
    body = {"model": "gpt", "messages": [{"role": "user", "content": question}]}
    reply = house.http.post("/v1/chat/completions", json=body)

    prompt = told(house, f"responses/{reply.headers['x-lineward-response-id']}/prompt")

    assert prompt["body"] == house.upstream.requests[-1]


def test_two_answers_to_one_question_differ_in_what_they_were_fed(house: House):
    left, right = asked(house, FIRST), asked(house, SECOND, temperature=1)

    found = told(house, f"responses/{left}/diff/{right}")

    assert found["parameters"] == [{"name": "temperature", "left": 0.25, "right": 1}]
    assert {(one["left"], one["right"]) for one in found["chunks"]} == {
        ("masked #1 by pii-is-masked", ""), ("", "masked #1 by pii-is-masked"),
    }  # fmt: skip
    assert any(line.startswith("+Leave is twenty") for line in found["prompt"][0]["lines"])
    assert found["facts"] == found["findings"] == found["rules"] == []
    assert found["complete"]
    told(house, f"responses/{left}/diff/0193", code=404)


def test_versions_of_a_document_are_compared(house: House):
    for text in ("The first words.", "The second words."):
        added = house.http.post("/api/v1/documents", json={"documents": [{"id": "words.md", "text": text}]})
        assert added.status_code == 200

    found = told(house, "documents/words.md/diff")

    assert found["lines"][1:] == ["-The first words.", "+The second words."]
    assert found["complete"]
    assert told(house, f"documents/words.md/diff?from={found['right']}&to={found['left']}")["left"] == found["right"]
    told(house, "documents/words.md/diff?from=sha256:00", code=404)
    told(house, f"documents/words.md/diff?to={found['left']}", code=400)
    told(house, "documents/nowhere.md/diff", code=404)


def test_a_chunk_tells_when_it_came_in_by_whom_and_with_what(house: House):
    documents = [{"id": f"with-{number}.md", "text": f"Text number {number} came in."} for number in range(3)]
    run = house.http.post("/api/v1/documents", json={"documents": documents}).json()
    context = told(house, "documents/with-1.md")["versions"][0]["digest"]

    (origin,) = told(house, f"chunks/{context}")["data"]

    assert (origin["by"], origin["application"], origin["run"]) == ("ingest", "bot", run["run"])
    assert origin["companions"] == [one["id"] for one in documents]
    assert origin["text"] == documents[1]["text"]
    told(house, "chunks/sha256:00", code=404)
