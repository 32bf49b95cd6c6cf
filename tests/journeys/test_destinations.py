"""Where a request goes that its first destination may not have, and what the record says of it."""

from tests.journeys.house import House
from tests.journeys.test_chat import ask, play

PLAN = {
    "id": "plan.md",
    "text": "The plan is to buy the other bank in May.",
    "labels": {"classification": "restricted"},
}
QUESTION = [{"role": "user", "content": "What is the plan?"}]


def test_a_destination_that_may_not_have_a_document_is_passed_over_and_the_next_one_answers(house: House, mode: str):
    play(house, mode, "never")

    text, headers, _ = ask(house, mode, QUESTION, "safe", extra_body={"documents": [PLAN]})

    record = house.ended(headers["x-lineward-response-id"])
    passed, answered = record["attempts"]
    assert "buy the other bank" in text
    assert house.upstream.requests == []
    assert (passed["provider"], passed["outcome"]) == ("outside", "forbidden")
    assert "plan.md is restricted; outside is outside (rule restricted-is-refused" in passed["reason"]
    (hit,) = passed["decision"]["hits"]
    assert (hit["rule"], hit["owner"]) == ("restricted-is-refused", "secops@example.com")
    assert ["dest.self_hosted", False] in hit["values"]
    assert (answered["provider"], answered["outcome"]) == ("house", "answered")
    assert (record["provider"], record["region"], record["decision"]) == ("house", "eu", "allow")
    assert [entry["state"] for entry in record["context"]] == ["sent"]
    assert any(segment["chunk"] for segment in record["manifest"])
