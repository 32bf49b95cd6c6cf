"""The main job through the front door: the OpenAI SDK asks, the record tells."""

import base64
import gc
import json
import time
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gateway.lineage.recorder import Recorder
from tests.journeys.house import House, serving
from tests.journeys.upstream import Stream, Upstream, Whole, chunk, completion, streamed

QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]
TOOL_CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Bern"}'}}


def play(house: House, mode: str, *pieces: str) -> None:
    house.upstream.says = [Whole(completion("".join(pieces))) if mode == "whole" else streamed(*pieces)]


def ask(house: House, mode: str, messages=QUESTION, model: str = "gpt", **more):
    """Return the answer's text, its raw reply's headers, and everything that came."""
    reply = house.client.chat.completions.with_raw_response.create(
        model=model, messages=messages, stream=mode == "stream", **more
    )
    if mode == "whole":
        answer = reply.parse()
        return answer.choices[0].message.content, reply.headers, [answer]
    with reply.parse() as stream:
        events = list(stream)
    text = "".join(choice.delta.content or "" for event in events for choice in event.choices)
    return text, reply.headers, events


def test_the_answer_comes_and_its_record_can_be_found(house: House, mode: str):
    play(house, mode, "Rayleigh ", "scatter", "ing.")

    text, headers, _ = ask(house, mode, user="user-7")

    record = house.record(headers["x-lineward-response-id"])
    assert text == "Rayleigh scattering."
    assert headers["x-lineward-decision"] == "allow"
    assert (record["state"], record["decision"]) == ("COMPLETE", "allow")
    assert (record["application"], record["end_user"], record["purpose"]) == ("bot", "user-7", "support")
    assert (record["provider"], record["model_served"]) == ("outside", "played-1")
    assert (record["question"], record["answer"]) == ("Why is the sky blue?", "Rayleigh scattering.")
    assert house.upstream.keys == ["Bearer sk-upstream"]


def test_an_answer_that_needs_no_change_is_the_providers_to_the_byte(house: House):
    body = json.dumps(completion("Plain."), indent=3).encode()
    house.upstream.says = [Whole(body)]

    reply = house.http.post("/v1/chat/completions", json={"model": "gpt", "messages": QUESTION})

    assert reply.content == body


def test_nothing_of_a_request_is_left_when_it_is_answered(house: House, mode: str):
    """Whatever refers to itself stays until the garbage collector comes, which is seldom."""
    play(house, mode, "Plain.")
    documents = [{"text": "The sky is blue.", "id": "sky.md"}]
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            ask(house, mode, extra_body={"documents": documents})
        end = time.monotonic() + 5.0
        while (left := [one for one in gc.get_objects() if isinstance(one, Recorder)]) and time.monotonic() < end:
            del left
            time.sleep(0.02)
    finally:
        gc.enable()

    assert not left


def test_everything_that_the_gateway_does_not_know_passes_through(house: House, mode: str):
    play(house, mode, "ok")
    unknown = {"novel": {"a": [1, None, 1e30]}, "reasoning_effort": "low"}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "See:"}, picture]}]

    ask(
        house,
        mode,
        messages,
        extra_body=unknown,
        n=2,
        logprobs=True,
        seed=3,
        tools=[{"type": "function", "function": {"name": "f"}}],
    )

    sent = house.upstream.requests[0]
    assert {name: sent[name] for name in unknown} == unknown
    assert sent["messages"] == messages
    assert (sent["n"], sent["logprobs"], sent["seed"]) == (2, True, 3)


def test_tool_calls_arrive_as_the_model_made_them(house: House, mode: str):
    pieces = ['{"ci', 'ty": "Be', 'rn"}']
    first = {
        "role": "assistant",
        "tool_calls": [{**TOOL_CALL, "index": 0, "function": {"name": "look_up", "arguments": ""}}],
    }
    rest = [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
    house.upstream.says = [
        Whole(completion(None, tool_calls=[TOOL_CALL]))
        if mode == "whole"
        else Stream([chunk(first), *map(chunk, rest), chunk({}, "tool_calls")])
    ]

    _, _, events = ask(house, mode, tools=[{"type": "function", "function": {"name": "look_up", "parameters": {}}}])

    if mode == "whole":
        assert events[0].choices[0].message.tool_calls[0].model_dump(exclude_none=True) == TOOL_CALL
        assert events[0].choices[0].finish_reason == "tool_calls"
    else:
        calls = [call for event in events for choice in event.choices for call in choice.delta.tool_calls or []]
        assert (calls[0].id, calls[0].function.name) == ("call_1", "look_up")
        assert "".join(call.function.arguments or "" for call in calls) == '{"city": "Bern"}'
        assert events[-1].choices[0].finish_reason == "tool_calls"


def test_several_choices_and_usage_come_through_a_stream_in_order(house: House):
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    house.upstream.says = [
        Stream(
            [
                chunk({"role": "assistant", "content": "a "}, index=0),
                chunk({"role": "assistant", "content": "b "}, index=1),
                chunk({"content": "A"}, index=0),
                chunk({"content": "B"}, index=1),
                chunk({}, "stop", 0),
                chunk({}, "length", 1),
                {**chunk({}), "choices": [], "usage": usage},
            ]
        )
    ]

    _, headers, events = ask(house, "stream", n=2, stream_options={"include_usage": True})

    texts = {0: "", 1: ""}
    for event in events:
        for choice in event.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == {0: "a A", 1: "b B"}
    assert events[-1].usage.total_tokens == 3
    assert house.record(headers["x-lineward-response-id"])["usage"] == {"prompt_tokens": 1, "completion_tokens": 2}


def test_the_sdk_sees_the_types_it_knows(house: House, mode: str):
    play(house, mode, "typed")

    _, _, events = ask(house, mode)

    assert all(isinstance(event, ChatCompletion if mode == "whole" else ChatCompletionChunk) for event in events)


def test_a_declared_document_feeds_the_prompt_and_stands_in_the_record(house: House, mode: str):
    play(house, mode, "Because of Rayleigh.")
    documents = [
        {"id": "physics/sky.md", "text": "Air scatters blue light.", "source": "s3://kb/physics", "score": 0.7}
    ]

    _, headers, _ = ask(house, mode, extra_body={"documents": documents})

    record = house.record(headers["x-lineward-response-id"])
    entry = record["context"][0]
    assert "Air scatters blue light." in json.dumps(house.upstream.requests[0]["messages"])
    assert "documents" not in house.upstream.requests[0]
    assert (entry["document"], entry["source"], entry["how"], entry["state"], entry["score"]) == (
        "physics/sky.md", "s3://kb/physics", "declared", "sent", 0.7,
    )  # fmt: skip
    kinds = [segment["kind"] for segment in record["manifest"]]
    assert kinds.count("chunk") == 1 and kinds[-1] == "user"


def test_a_document_leads_to_everyone_who_was_told(house: House):
    play(house, "whole", "Yes.")
    told = [
        ask(house, "whole", user=user, extra_body={"documents": [{"id": "impact/1.md", "text": "Only here."}]})[1][
            "x-lineward-response-id"
        ]
        for user in ("ann", "bob")
    ]

    impact = house.http.get(
        "/api/v1/documents/impact/1.md/impact", headers={"authorization": "Bearer lw-test-soc"}
    ).json()

    assert [entry["response"] for entry in impact["responses"]] == told[::-1]
    assert (impact["total"], impact["by_state"], impact["end_users"]) == (2, {"sent": 2}, {"ann": 1, "bob": 1})


def test_a_confidential_document_is_dropped_and_the_request_goes_on(house: House, mode: str):
    play(house, mode, "I do not know.")
    documents = [
        {"id": "memo.md", "text": "Project Falcon ends in May.", "labels": {"classification": "confidential"}},
        {"id": "open.md", "text": "Falcons are birds."},
    ]

    _, headers, _ = ask(house, mode, extra_body={"documents": documents})

    record = house.record(headers["x-lineward-response-id"])
    sent = json.dumps(house.upstream.requests[0])
    assert "Project Falcon" not in sent and "Falcons are birds." in sent
    assert headers["x-lineward-decision"] == "dropped:1"
    assert [(e["document"], e["state"], e["rule"]) for e in record["context"]] == [
        ("memo.md", "dropped", "confidential-stays-in-house"),
        ("open.md", "sent", None),
    ]
    assert "memo.md is confidential; outside is outside" in record["context"][0]["reason"]


def test_a_restricted_document_refuses_the_request_before_anything_leaves(house: House, mode: str):
    play(house, mode, "never")
    documents = [{"id": "salaries.xlsx", "text": "Ann earns 1.", "labels": {"classification": "restricted"}}]

    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(house, mode, extra_body={"documents": documents})

    error = caught.value.body
    assert house.upstream.requests == []
    assert error["code"] == "policy_violation" and error["type"] == "policy_violation"
    assert error["lineward"]["rules"] == [
        {
            "id": "restricted-is-refused",
            "action": "deny",
            "owner": "secops@example.com",
            "values": {"chunk.classification": "restricted", "dest.self_hosted": False},
        }
    ]
    assert error["lineward"]["remedy"].endswith("or ask secops@example.com about the rule.")
    record = house.record(error["lineward"]["response_id"])
    assert record["reason"] == f"{error['message']} {error['lineward']['remedy']}"
    assert "salaries.xlsx is restricted" in error["message"] and "Ann earns" not in error["message"]
    record = house.record(error["lineward"]["response_id"])
    assert (record["state"], record["decision"], record["error"]) == ("COMPLETE", "denied", "policy_violation")


def test_the_same_document_may_feed_a_model_in_the_house(house: House, mode: str):
    documents = [{"id": "s.md", "text": "Ann earns one franc.", "labels": {"classification": "restricted"}}]

    text, _, _ = ask(
        house, mode, [{"role": "user", "content": "What does Ann earn?"}], "local", extra_body={"documents": documents}
    )

    assert "Ann earns one franc." in text


def test_personal_data_is_masked_on_the_way_out_and_the_finding_is_noted(house: House, mode: str):
    play(house, mode, "Noted.")
    messages = [{"role": "user", "content": "Write to ann@example.com, card 4111 1111 1111 1111, please"}]

    _, headers, _ = ask(house, mode, messages)

    record = house.record(headers["x-lineward-response-id"])
    assert (
        house.upstream.requests[0]["messages"][0]["content"] == "Write to <EMAIL_ADDRESS>, card <CREDIT_CARD>, please"
    )
    assert headers["x-lineward-decision"] == "masked"
    assert {(f["entity"], f["where"], f["place"], f["action"], f["rule"]) for f in record["findings"]} == {
        ("EMAIL_ADDRESS", "prompt", "messages[0].content", "mask", "pii-is-masked"),
        ("CREDIT_CARD", "prompt", "messages[0].content", "mask", "pii-is-masked"),
    }
    assert "ann@example.com" not in json.dumps(record)


def test_personal_data_in_a_document_is_masked_in_the_prompt(house: House, mode: str):
    play(house, mode, "ok")

    _, headers, _ = ask(house, mode, extra_body={"documents": [{"id": "p.md", "text": "Mail bob@example.com now."}]})

    assert "bob@example.com" not in json.dumps(house.upstream.requests[0])
    assert "Mail <EMAIL_ADDRESS> now." in json.dumps(house.upstream.requests[0])
    assert house.record(headers["x-lineward-response-id"])["context"][0]["state"] == "masked"


def test_a_documents_title_is_judged_too(house: House, mode: str):
    play(house, mode, "ok")

    ask(house, mode, extra_body={"documents": [{"id": "1", "title": "For bob@example.com", "text": "Nothing."}]})

    assert "bob@example.com" not in json.dumps(house.upstream.requests[0])


def test_a_secret_in_the_prompt_is_refused_and_never_repeated(house: House, mode: str):
    play(house, mode, "never")
    key = "AKIAIOSFODNN7EXAMPLQ"

    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(house, mode, [{"role": "user", "content": f"use {key} to log in"}])

    assert house.upstream.requests == []
    assert key not in caught.value.response.text
    assert caught.value.body["param"] == "messages[0].content"
    assert caught.value.body["lineward"]["findings"] == [{"entity": "AWS_ACCESS_KEY", "count": 1}]
    assert key not in json.dumps(house.record(caught.value.body["lineward"]["response_id"]))


def test_what_the_model_emits_itself_is_masked_even_when_it_is_cut_into_pieces(house: House, mode: str):
    play(house, mode, "Call me at ann@", "exam", "ple.com", " or pay 4111 1111 ", "1111 11", "11 today.")

    text, headers, _ = ask(house, mode)

    record = house.record(headers["x-lineward-response-id"])
    assert text == "Call me at <EMAIL_ADDRESS> or pay <CREDIT_CARD> today."
    assert {f["where"] for f in record["findings"]} == {"response"}
    assert record["answer"] == text
    assert record["decision"] == "masked"


def test_an_answer_that_a_policy_refuses_is_stopped(house: House, mode: str):
    play(house, mode, "Here it is, as you asked: ", "AKIAIOSF", "ODNN7EXAMPLQ", " and more")

    if mode == "whole":
        with pytest.raises(openai.PermissionDeniedError) as caught:
            ask(house, mode)
        response_id = caught.value.body["lineward"]["response_id"]
    else:
        got = []
        with house.client.chat.completions.create(model="gpt", messages=QUESTION, stream=True) as stream:
            response_id = stream.response.headers["x-lineward-response-id"]
            with pytest.raises(openai.APIError) as caught:
                got += stream
        assert "AKIA" not in "".join(choice.delta.content or "" for event in got for choice in event.choices)
        assert got[-1].choices[0].finish_reason == "content_filter"

    record = house.ended(response_id)
    assert caught.value.code == "policy_violation"
    assert (record["state"], record["decision"]) == ("COMPLETE", "denied")


def test_a_purpose_may_be_narrowed_and_not_widened(house: House):
    play(house, "whole", "ok")

    ask(house, "whole", extra_body={"lineward": {"purpose": "support"}})
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(house, "whole", extra_body={"lineward": {"purpose": "marketing"}})

    assert caught.value.code == "purpose_not_allowed"


def test_a_value_in_an_earlier_tool_call_leaves_its_json_whole(house: House):
    play(house, "whole", "ok")
    call = {**TOOL_CALL, "function": {"name": "pay", "arguments": '{"card": 4111111111111111, "to": "M\\u00fcller"}'}}
    messages = [
        *QUESTION,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "paid"},
        {"role": "user", "content": "Thanks."},
    ]

    ask(house, "whole", messages)

    sent = json.loads(house.upstream.requests[0]["messages"][1]["tool_calls"][0]["function"]["arguments"])
    assert sent == {"card": "<CREDIT_CARD>", "to": "Müller"}


def test_a_later_turn_of_a_conversation_still_knows_its_tokens(tmp_path: Path, upstream_server: Upstream):
    """The second turn names no value: only the vault can tell what the model's token stands for."""
    policies = tmp_path / "tokens"
    policies.mkdir()
    rule = "{id: t, owner: a@example.com, target: finding, match: {finding.where: prompt}, effect: pseudonymise}"
    (policies / "rules.yaml").write_text(f"version: 1\nrules:\n- {rule}\n")
    vault = {"url": f"sqlite:///{tmp_path}/vault.db", "keys": {"k1": "${VAULT_KEY}"}, "lifetime": "1d"}
    key = base64.b64encode(b"k" * 32).decode()
    with serving(
        tmp_path, upstream_server, {"VAULT_KEY": key}, vault=vault, policies={"path": str(policies), "strict": False}
    ) as house:
        own = {"extra_body": {"lineward": {"conversation": "c-1"}}}
        play(house, "whole", "Noted.")
        ask(house, "whole", [{"role": "user", "content": "I am ann@example.com"}], user="ann", **own)
        play(house, "whole", "You are <EMAIL_ADDRESS_1>.")
        known, _, _ = ask(house, "whole", [{"role": "user", "content": "Who am I?"}], user="ann", **own)
        stranger, _, _ = ask(house, "whole", [{"role": "user", "content": "Who am I?"}], user="bob", **own)

    assert known == "You are ann@example.com."
    assert stranger == "You are <EMAIL_ADDRESS_1>."
    assert b"ann@example.com" not in (tmp_path / "vault.db").read_bytes()
