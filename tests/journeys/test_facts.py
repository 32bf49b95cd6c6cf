"""What a record keeps so that everything about a response can be decided again later."""

from typing import Any

import pytest

from tests.journeys.house import House
from tests.journeys.upstream import Stream, Whole, chunk, completion

Json = dict[str, Any]


def asked(house: House, model: str, content: str, **more: object) -> Json:
    """Return the record of one request of *model*."""
    body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    reply = house.http.post("/v1/chat/completions", json=body)
    return house.ended(reply.headers["x-lineward-response-id"])


def test_it_has_the_facts_of_every_destination_in_order(house: House):
    house.upstream.says = [Whole(completion("Yes."))]

    record = asked(house, "safe", "May I?")

    outside, inside = record["destinations"]
    assert outside == {
        "provider": "outside",
        "model": "gpt",
        "region": "us",
        "self_hosted": False,
        "zero_retention": False,
        "trains_on_data": True,
    }
    assert (inside["provider"], inside["model"], inside["self_hosted"]) == ("house", "local", True)


def test_a_refused_request_has_them_too(house: House):
    record = asked(house, "gpt", "My key is ghp_" + "A1b2" * 9)

    assert record["error"] == "policy_violation"
    assert [destination["provider"] for destination in record["destinations"]] == ["outside"]


def test_findings_say_what_carried_them(house: House):
    house.upstream.says = [Whole(completion("Ask bob@example.com, born in 1970."))]
    document = {"id": "a.md", "text": "Write to carol@example.com."}

    record = asked(house, "gpt", "I am anna@example.com", documents=[document])

    carried = {(found["where"], found["carrier"]) for found in record["findings"] if found["entity"] == "EMAIL_ADDRESS"}
    assert carried == {("prompt", "user"), ("chunk", "chunk"), ("response", "answer")}


@pytest.mark.parametrize("mode", ["whole", "stream"])
def test_tools_that_the_answer_calls_are_named_and_not_what_they_are_told(house: House, mode: str):
    call = {"id": "c1", "type": "function", "function": {"name": "send_mail", "arguments": '{"name": "Anna"}'}}
    whole = Whole(completion(None, tool_calls=[call]))
    parts = Stream([chunk({"tool_calls": [{**call, "index": 0}]}), chunk({}, "tool_calls")])
    house.upstream.says = [whole if mode == "whole" else parts]

    record = asked(house, "gpt", "Write to them.", stream=mode == "stream")

    assert record["tool_calls"] == ["send_mail"]
