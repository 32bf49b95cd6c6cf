"""Documents that stand in a request already, in what a tool has found: judged like any other, and cut out in place."""

import json

import pytest

from tests.journeys.house import House, serving
from tests.journeys.upstream import Whole, completion, streamed

FOUND = {
    "results": [
        {"id": "returns.md", "title": "Returns", "text": "Thirty days. \"Always\"."},
        {"id": "desk.md", "text": "Write to desk@kb.example now."},
    ]
}  # fmt: skip
CALL = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}


def conversation(found: object) -> list[dict]:
    return [
        {"role": "user", "content": "How long?"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(found)},
    ]


def ask(house: House, mode: str, **body):
    house.upstream.says = [Whole(completion("ok")) if mode == "whole" else streamed("ok")]
    return house.http.post("/v1/chat/completions", json={"model": "gpt", "stream": mode == "stream", **body})


def test_what_a_tool_found_is_recorded_chunk_by_chunk_and_masked_in_place(house: House, mode: str):
    reply = ask(house, mode, messages=conversation(FOUND))

    record = house.record(reply.headers["x-lineward-response-id"])
    assert [(one["document"], one["source"], one["how"], one["state"]) for one in record["context"]] == [
        ("returns.md", "lineward/tool:search", "declared", "sent"),
        ("desk.md", "lineward/tool:search", "declared", "masked"),
    ]
    assert [(one["entity"], one["where"], one["place"]) for one in record["findings"]] == [
        ("EMAIL_ADDRESS", "chunk", "desk.md")
    ]
    sent = json.loads(house.upstream.requests[0]["messages"][2]["content"])
    assert sent["results"][0] == FOUND["results"][0]
    assert sent["results"][1]["text"] == "Write to <EMAIL_ADDRESS> now."
    assert [segment["kind"] for segment in record["manifest"]].count("chunk") == 2


RULE = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- {id: no-desk, owner: a@example.com, target: chunk, match: {chunk.document: desk.md}, effect: EFFECT, explain: "No."}
"""


@pytest.mark.parametrize("effect", ["drop_chunk", "deny"])
def test_what_a_rule_forbids_of_it_does_not_leave(tmp_path, upstream_server, effect: str):
    with serving(tmp_path, upstream_server, rules=RULE.replace("EFFECT", effect)) as house:
        house.upstream.requests.clear()
        reply = ask(house, "whole", messages=conversation(FOUND))

    if effect == "deny":
        assert (reply.status_code, house.upstream.requests) == (403, [])
        assert reply.json()["error"]["param"] == "messages[2].content"
        return
    sent = json.loads(house.upstream.requests[0]["messages"][2]["content"])
    assert sent["results"][0] == FOUND["results"][0]
    assert sent["results"][1]["text"] == "[document withheld by policy]"
    assert reply.headers["x-lineward-decision"] == "dropped:1"
