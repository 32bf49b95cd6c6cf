"""Anthropic's messages through the gateway, asked with Anthropic's own SDK."""

import json
from collections.abc import Iterator
from itertools import pairwise

import anthropic
import pytest
from anthropic.types import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dialects.thoughts import UNTHOUGHT
from tests.dialects.claude_events import call, delta, events, message, text, thoughts, words
from tests.journeys.carriers import VALUE, WORDS, Carrier
from tests.journeys.house import APP_KEY, RULES, House, configuration, serving
from tests.journeys.upstream import Stream, Upstream, Whole, chunk, completion

MASK = "<EMAIL_ADDRESS>"
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6g7H8"
PATH = "/v1/messages"


def claude(folder, url: str, **changes: object) -> dict:
    """Return the changes to a configuration that give it a provider which speaks Anthropic's messages."""
    known = configuration(folder, url)
    own = {
        "name": "claude", "kind": "anthropic", "base_url": url, "api_key": "${UPSTREAM_KEY}", "region": "us",
        "retries": 0, "chat": False, "beta": ["files-api-2025-04-14"],
    }  # fmt: skip
    models = [{"name": "claude", "provider": "claude"}, {"name": "mapped", "provider": "claude", "model": "claude-9"}]
    return {"providers": [*known["providers"], own], "models": [*known["models"], *models], **changes}


@pytest.fixture(scope="module")
def running(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("claude")
    with serving(folder, upstream_server, **claude(folder, upstream_server.url)) as house:
        yield house


@pytest.fixture
def house(running: House) -> House:
    """The running gateway, its upstream with nothing remembered."""
    running.upstream.requests.clear()
    running.upstream.says.clear()
    return running


@pytest.fixture
def sdk(house: House) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=house.url, api_key=APP_KEY, max_retries=0) as client:
        yield client


def ask(sdk: anthropic.Anthropic, mode: str, content: object = "Hello", model: str = "claude", **fields) -> Message:
    """Return the answer as the SDK reads it, whole or put together from its events."""
    asked = {"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": content}], **fields}
    if mode == "whole":
        return sdk.messages.create(**asked)
    with sdk.messages.stream(**asked) as stream:
        return stream.get_final_message()


def says(house: House, mode: str, whole: dict, *blocks: list[dict], stop: str = "end_turn") -> None:
    house.upstream.says = [Whole(whole) if mode == "whole" else Stream(events(*blocks, stop=stop), done=False)]


def post(house: House, body: dict, mode: str = "whole", answer: str = "ok"):
    says(house, mode, message(text(answer)), words(answer))
    return house.http.post(PATH, json={"max_tokens": 9, **body, "stream": mode == "stream"})


def test_the_sdk_reads_an_answer_that_was_judged_both_ways(house: House, sdk: anthropic.Anthropic, mode: str):
    said = f"Write to {VALUE} today."
    says(house, mode, message(text(said)), words(*(said[at : at + 7] for at in range(0, len(said), 7))))

    answer = ask(sdk, mode, f"Who is {VALUE}?", system=f"You know {VALUE}.")

    sent = house.upstream.requests[0]
    assert answer.content[0].text == f"Write to {MASK} today."
    assert (answer.model, answer.stop_reason) == ("claude-played", "end_turn")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 9)
    assert (sent["system"], sent["messages"][0]["content"]) == (f"You know {MASK}.", f"Who is {MASK}?")


def test_the_record_tells_places_usage_and_the_reason_to_stop(house: House, mode: str):
    reply = post(house, {"model": "claude", "messages": [{"role": "user", "content": WORDS}]}, mode, f"So {VALUE}")

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert {(found["where"], found["place"]) for found in record["findings"]} == {
        ("prompt", "messages[0].content"),
        ("response", "content[0].text"),
    }
    assert record["provider"] == "claude"
    assert record["finish_reasons"] == ["end_turn"]
    assert (record["usage"]["prompt_tokens"], record["usage"]["completion_tokens"]) == (5, 9)


def test_the_provider_is_asked_with_its_own_headers(house: House, sdk: anthropic.Anthropic):
    says(house, "whole", message(text("Hi")))

    ask(sdk, "whole", extra_headers={"anthropic-beta": "callers-own", "anthropic-version": "2099-01-01"})

    sent = house.upstream.last_headers
    assert sent["x-api-key"] == "sk-upstream"
    assert (sent["anthropic-version"], sent["anthropic-beta"]) == ("2023-06-01", "files-api-2025-04-14")
    assert "authorization" not in sent


def test_a_clean_body_reaches_the_provider_byte_for_byte(house: House):
    body = (
        b'{"model":"claude","max_tokens":9,"system":[{"type":"text","text":"Be brief.","cache_control":'
        b'{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"Hi \xc3\xa9"}]}],'
        b'"novel":{"a":[1,2.5,null,true]},"stream":false}'
    )
    says(house, "whole", message(text("Hi")))

    house.http.post(PATH, content=body)
    same = house.upstream.last_body
    house.http.post(PATH, content=body.replace(b'"claude"', b'"mapped"'))

    assert same == body
    assert house.upstream.last_body == body.replace(b'"claude"', b'"claude-9"')


def test_a_clean_answer_reaches_the_caller_byte_for_byte(house: House):
    whole = json.dumps(message(text("Hi é"), novel={"a": 1})).encode()
    house.upstream.says = [Whole(whole)]

    reply = house.http.post(
        PATH, json={"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    )

    assert reply.content == whole


def test_a_stream_is_named_events_without_a_done(house: House):
    reply = post(house, {"model": "claude", "messages": [{"role": "user", "content": "x"}]}, "stream", "Hello there.")

    lines = reply.text.split("\n\n")
    names = [line.split("\n")[0] for line in lines if line]
    kinds = [json.loads(line.split("\ndata: ")[1])["type"] for line in lines if line]
    assert names == [f"event: {kind}" for kind in kinds]
    assert kinds[:2] == ["message_start", "ping"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert "[DONE]" not in reply.text


def test_tools_and_thoughts_arrive(house: House, sdk: anthropic.Anthropic, mode: str):
    use = {"type": "tool_use", "id": "toolu_1", "name": "mail", "input": {"to": VALUE, "n": 3}}
    thought = {"type": "thinking", "thinking": "Hm, a mail.", "signature": "c2ln"}
    pieces = ['{"to": "erika.muster', "mann@corp.exa", 'mple", "n": 3}']
    says(
        house, mode, message(thought, text("Well."), use, stop="tool_use"),
        thoughts("Hm, a", " mail."), words("We", "ll.", index=1), call("mail", *pieces, index=2), stop="tool_use",
    )  # fmt: skip

    tool = {"name": "mail", "input_schema": {"type": "object", "properties": {"to": {"type": "string"}}}}
    answer = ask(sdk, mode, tools=[tool], thinking={"type": "enabled", "budget_tokens": 1024})

    thinking, said, used = answer.content
    assert (thinking.thinking, thinking.signature, said.text) == ("Hm, a mail.", "c2ln", "Well.")
    assert (used.name, used.input) == ("mail", {"to": MASK, "n": 3})
    assert answer.stop_reason == "tool_use"


def test_citations_arrive_and_are_judged(house: House, sdk: anthropic.Anthropic, mode: str):
    cited = {"type": "char_location", "cited_text": WORDS, "document_index": 0, "document_title": "a",
             "start_char_index": 0, "end_char_index": 9}  # fmt: skip
    block = words("As it ", "says.")
    block.insert(-1, delta(0, "citations_delta", citation=cited))
    says(house, mode, message(text("As it says.", citations=[cited])), block)

    (said,) = ask(sdk, mode).content

    assert said.text == "As it says."
    assert said.citations[0].cited_text == f"Write to {MASK} today."


BLOCK = text("x")


def carriers() -> Iterator[Carrier]:
    """Yield the places of a message in which a text rides to a model."""

    def asked(name: str, content: object, place: str, **more: object) -> Carrier:
        messages = more.pop("messages", [{"role": "user", "content": content}])
        return Carrier(name, {"model": "claude", "messages": messages, **more}, place, PATH)

    at = "messages[0].content"
    yield asked("a text", WORDS, at)
    yield asked("a block", [text(WORDS)], f"{at}[0].text")
    yield asked("the system", [BLOCK], "system", system=WORDS)
    yield asked("a system block", [BLOCK], "system[0].text", system=[text(WORDS)])
    source = {"type": "text", "media_type": "text/plain", "data": WORDS}
    yield asked("a document", [{"type": "document", "source": source, "title": "T"}], "T")
    inside = {"type": "content", "content": [BLOCK, text(WORDS)]}
    yield asked("a document's block", [{"type": "document", "source": inside, "title": "T"}], "T")
    clean = {**source, "data": "x"}
    yield asked("a title", [{"type": "document", "source": clean, "title": VALUE}], f"{at}[0].title")
    yield asked("a context", [{"type": "document", "source": clean, "context": WORDS}], f"{at}[0].context")
    found = {"type": "search_result", "source": "kb://a", "title": "T", "content": [text(WORDS)]}
    yield asked("a search result", [found], "kb://a")
    clean = {**found, "content": [BLOCK]}
    yield asked("a search result's title", [{**clean, "title": VALUE}], f"{at}[0].title")
    yield asked("a search result's source", [{**clean, "source": VALUE}], f"{at}[0].source")
    use = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "find", "input": {}}]}

    def result(name: str, content: object, place: str) -> Carrier:
        back = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": content}]}
        return asked(name, None, place, messages=[{"role": "user", "content": "x"}, use, back])

    yield result("a tool's result", WORDS, "messages[2].content[0].content")
    yield result("a tool's block", [text(WORDS)], "messages[2].content[0].content[0].text")
    yield result("a tool's search result", [found], "kb://a")
    yield result("a tool's document", [{"type": "document", "source": source, "title": "T"}], "T")
    listed = json.dumps({"results": [{"id": "r1", "text": "x"}, {"id": "r2", "text": WORDS}]})
    yield result("a tool's list", listed, "r2")
    called = {"role": "assistant", "content": [{**use["content"][0], "input": {"deep": [{"to": VALUE}]}}]}
    back = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1"}]}
    start = {"role": "user", "content": "x"}
    yield asked("a call's input", None, "messages[1].content[0].input.deep[0].to", messages=[start, called, back])
    named = {"role": "assistant", "content": [{**use["content"][0], "input": {VALUE: 1}}]}
    yield asked("a call's key", None, "messages[1].content[0].input.*[0]", messages=[start, named, back])
    earlier = {"role": "assistant", "content": WORDS}
    yield asked("an earlier answer", None, "messages[1].content", messages=[start, earlier, start])
    schema = {"type": "object", "properties": {"q": {"type": "string", "description": WORDS}}}
    place = "tools[0].input_schema.properties.q.description"
    yield asked("a schema", "x", place, tools=[{"name": "find", "input_schema": schema}])
    yield asked("a tool", "x", "tools[0].description", tools=[{"name": "n", "description": WORDS, "input_schema": {}}])
    yield asked("the end user", "x", "metadata.user_id", metadata={"user_id": VALUE})
    yield asked("a stop sequence", "x", "stop_sequences[0]", stop_sequences=[VALUE])
    yield asked("an unknown block", [{"type": "novel", "deep": [WORDS]}], f"{at}[0].deep[0]")
    yield asked("an unknown field", "x", "novel.deep[0]", novel={"deep": [WORDS]})
    yield asked("a file that is none", [{"type": "image", "source": {"type": "base64", "data": WORDS}}],
                f"{at}[0].source.data")  # fmt: skip
    yield asked("an address", [{"type": "image", "source": {"type": "url", "url": f"https://x/?q={VALUE}"}}],
                f"{at}[0].source.url")  # fmt: skip


@pytest.mark.parametrize("carrier", list(carriers()), ids=str)
def test_a_value_in_any_carrier_is_masked_there_and_the_record_names_the_place(
    house: House, carrier: Carrier, mode: str
):
    reply = post(house, carrier.body, mode)

    assert reply.status_code == 200, reply.text
    sent = house.upstream.last_body.decode()
    assert VALUE not in sent
    assert MASK in sent
    findings = house.record(reply.headers["x-lineward-response-id"])["findings"]
    assert [(found["entity"], found["place"]) for found in findings] == [("EMAIL_ADDRESS", carrier.place)]


@pytest.mark.parametrize("model", ["gpt", "claude"])
@pytest.mark.parametrize("carrier", [one for one in carriers() if "unknown" not in one.name and "none" not in one.name],
                         ids=str)  # fmt: skip
def test_a_value_in_any_carrier_never_reaches_a_provider_that_is_asked_in_another_dialect(
    house: House, carrier: Carrier, model: str
):
    house.upstream.says = [Whole(completion("ok") if model == "gpt" else message(text("ok")))]

    reply = house.http.post(PATH, json={"max_tokens": 9, **carrier.body, "model": model})

    assert reply.status_code == 200, reply.text
    assert VALUE not in house.upstream.last_body.decode()


def test_a_thought_with_a_value_in_it_is_left_out_whole(house: House):
    """Its signature is about every character: with a mask in it the provider would refuse it."""
    thought = {"type": "thinking", "thinking": f"I write to {VALUE}.", "signature": "c2ln"}
    kept = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    history = {"role": "assistant", "content": [thought, kept, text("Done.")]}

    reply = post(house, {"model": "claude", "messages": [{"role": "user", "content": "x"}, history]})

    assert reply.status_code == 200, reply.text
    (stand_in, same, said) = house.upstream.requests[0]["messages"][1]["content"]
    assert (stand_in["type"], same, said) == ("text", kept, text("Done."))
    assert VALUE not in house.upstream.last_body.decode()


def test_a_thought_that_was_masked_has_no_signature_and_is_left_out_when_it_comes_back(
    house: House, sdk: anthropic.Anthropic, mode: str
):
    """With a wrong one the provider would refuse the whole next turn; a thought without a value is as it was."""
    blocks = [{"type": "thinking", "thinking": f"I ask {VALUE}", "signature": "c2ln"},
              {"type": "thinking", "thinking": "Hm.", "signature": "b3Ro"}]  # fmt: skip
    says(
        house, mode, message(*blocks, text("Done.")),
        thoughts("I ask erika.muster", VALUE[12:]), thoughts("Hm.", index=1, signature="b3Ro"), words("Done.", index=2),
    )  # fmt: skip
    answer = ask(sdk, mode)
    says(house, "whole", message(text("Well.")))
    history = {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in answer.content]}

    ask(sdk, "whole", messages=[{"role": "user", "content": "x"}, history, {"role": "user", "content": "And?"}])

    masked, whole, _ = answer.content
    assert (masked.thinking, masked.signature) == (f"I ask {MASK}", "masked, so no signature")
    assert (whole.thinking, whole.signature) == ("Hm.", "b3Ro")
    assert house.upstream.requests[-1]["messages"][1]["content"] == [UNTHOUGHT, blocks[1], text("Done.")]


@pytest.fixture(scope="module")
def strict(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A gateway whose policies drop plans, and put tokens for values."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "own").mkdir()
    (folder / "own" / "rules.yaml").write_text(
        RULES.replace("effect: mask", "effect: pseudonymise")
        + "- {id: plans, owner: o, target: chunk, match: {chunk.document: Plans}, effect: drop_chunk, explain: no}\n"
    )
    changes = claude(folder, upstream_server.url, policies={"path": f"{folder}/own", "strict": False})
    with serving(folder, upstream_server, **changes) as house:
        yield house


PLANS = {
    "type": "document",
    "title": "Plans",
    "source": {"type": "text", "media_type": "text/plain", "data": "Secret."},
}
SKY = {"type": "document", "title": "Sky", "source": {"type": "text", "media_type": "text/plain", "data": "Blue."}}
FOUND = {"type": "search_result", "source": "Plans", "title": "The plans", "content": [text("Secret.")]}


def test_a_document_that_may_not_be_used_is_not_sent_and_the_others_keep_their_numbers(strict: House):
    """Answers cite documents by number, so a document that says nothing stands in its place."""
    cites = {"citations": {"enabled": True}}
    content = [{**PLANS, **cites}, {**SKY, **cites}, FOUND, text("Why?")]

    reply = post(strict, {"model": "claude", "messages": [{"role": "user", "content": content}]})

    sent = strict.upstream.last_body.decode()
    blocks = json.loads(sent)["messages"][0]["content"]
    record = strict.ended(reply.headers["x-lineward-response-id"])
    assert "Secret" not in sent and "lans" not in sent
    assert [(block["type"], block.get("citations")) for block in blocks] == [
        ("document", cites["citations"]),
        ("document", cites["citations"]),
        ("search_result", None),
        ("text", None),
    ]
    assert blocks[1] == content[1]
    assert [(entry["document"], entry["state"]) for entry in record["context"]] == [
        ("Plans", "dropped"),
        ("Sky", "sent"),
        ("Plans", "dropped"),
    ]


def test_tokens_become_values_again_but_not_in_thoughts(strict: House, mode: str):
    """A thought has to come back to the model exactly as it was, or its signature is wrong."""
    thought = {"type": "thinking", "thinking": "It is <EMAIL_ADDRESS_1>.", "signature": "c2ln"}
    use = {"type": "tool_use", "id": "toolu_1", "name": "mail", "input": {"to": "<EMAIL_ADDRESS_1>"}}
    says(
        strict, mode, message(thought, text("So <EMAIL_ADDRESS_1>."), use),
        thoughts("It is <EMAIL_", "ADDRESS_1>."), words("So <EMAIL_ADD", "RESS_1>.", index=1),
        call("mail", '{"to": "<EMAIL_', 'ADDRESS_1>"}', index=2),
    )  # fmt: skip
    with anthropic.Anthropic(base_url=strict.url, api_key=APP_KEY, max_retries=0) as client:
        answer = ask(client, mode, f"Write to {VALUE}")

    thinking, said, used = answer.content
    assert strict.upstream.requests[-1]["messages"][0]["content"] == "Write to <EMAIL_ADDRESS_1>"
    assert (thinking.thinking, thinking.signature) == ("It is <EMAIL_ADDRESS_1>.", "c2ln")
    assert (said.text, used.input) == (f"So {VALUE}.", {"to": VALUE})


def test_a_thought_that_came_back_goes_on_as_it_was(strict: House):
    thought = {"type": "thinking", "thinking": "It is <EMAIL_ADDRESS_1>.", "signature": "c2ln"}
    history = [
        {"role": "user", "content": f"Write to {VALUE}"},
        {"role": "assistant", "content": [thought, text("Ok")]},
    ]

    reply = post(strict, {"model": "claude", "messages": [*history, {"role": "user", "content": "And?"}]},
                 answer="<EMAIL_ADDRESS_1>")  # fmt: skip

    sent = strict.upstream.requests[-1]["messages"]
    assert (sent[0]["content"], sent[1]["content"][0]) == ("Write to <EMAIL_ADDRESS_1>", thought)
    assert reply.json()["content"][0]["text"] == VALUE


WHOLE = f"Ask {VALUE} or 4111 1111 1111 1111, thanks."
CUTS = st.lists(st.integers(0, 80), max_size=6)


def cut(whole: str, cuts: list[int]) -> list[str]:
    marks = sorted({0, *(at for at in cuts if at < len(whole)), len(whole)})
    return [whole[start:end] for start, end in pairwise(marks)]


@settings(max_examples=25)
@given(CUTS, CUTS, CUTS)
def test_however_an_answer_is_cut_the_same_is_released(
    house: House, sdk: anthropic.Anthropic, thinking: list[int], said: list[int], used: list[int]
):
    given_ = json.dumps({"to": [VALUE], "card": "4111 1111 1111 1111"})
    house.upstream.says = [Stream(events(
        thoughts(*cut(WHOLE, thinking)), words(*cut(WHOLE, said), index=1), call("mail", *cut(given_, used), index=2)
    ), done=False)]  # fmt: skip

    thought, answer, use = ask(sdk, "stream").content

    assert thought.thinking == answer.text == f"Ask {MASK} or <CREDIT_CARD>, thanks."
    assert use.input == {"to": [MASK], "card": "<CREDIT_CARD>"}


def test_a_refusal_is_anthropics_permission_error(house: House, sdk: anthropic.Anthropic, mode: str):
    house.upstream.says = [Whole(message(text("never")))]

    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        ask(sdk, mode, f"My key is {KEY}")

    body = caught.value.body
    assert (body["type"], body["error"]["type"]) == ("error", "permission_error")
    assert body["error"]["code"] == "policy_violation"
    assert body["error"]["param"] == "messages[0].content"
    assert body["error"]["lineward"]["rules"][0]["id"] == "keys-never-leave"
    assert body["request_id"] == caught.value.response.headers["x-lineward-response-id"]
    assert KEY not in json.dumps(body)
    assert house.upstream.requests == []


def test_an_answer_that_may_not_go_on_ends_with_an_error_event(house: House, sdk: anthropic.Anthropic):
    house.upstream.says = [Stream(events(words("First this. And then ", f"{KEY} .")), pause=0.05, done=False)]
    seen = ""

    with (
        pytest.raises(anthropic.APIStatusError) as caught,
        sdk.messages.stream(model="claude", max_tokens=9, messages=[{"role": "user", "content": "x"}]) as stream,
    ):
        for piece in stream.text_stream:
            seen += piece

    assert seen.startswith("First this.") and KEY not in seen
    assert caught.value.body["error"]["type"] == "permission_error"


@pytest.mark.parametrize(
    ("given_", "status", "kind"),
    [
        ({"model": "nobody"}, 404, "not_found_error"),
        ({"messages": []}, 400, "invalid_request_error"),
        ({"messages": ["x"]}, 400, "invalid_request_error"),
        ({"metadata": {"user_id": 3}}, 400, "invalid_request_error"),
        ({"api_key": "x"}, 403, "permission_error"),
    ],
    ids=str,
)
def test_errors_have_anthropics_types(house: House, given_: dict, status: int, kind: str):
    body = {"model": "claude", "messages": [{"role": "user", "content": "x"}], **given_}

    reply = house.http.post(PATH, json=body)

    error = reply.json()
    assert (reply.status_code, error["type"], error["error"]["type"]) == (status, "error", kind)


def test_a_stranger_is_told_so_in_anthropics_words(house: House):
    with (
        anthropic.Anthropic(base_url=house.url, api_key="wrong", max_retries=0) as client,
        pytest.raises(anthropic.AuthenticationError) as caught,
    ):
        ask(client, "whole")

    assert caught.value.body["error"]["type"] == "authentication_error"


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [(400, 400, "invalid_request_error"), (429, 429, "rate_limit_error"), (529, 502, "api_error")],
)
def test_the_providers_errors_keep_their_meaning(house: House, mode: str, status: int, told: int, kind: str):
    house.upstream.says = [Whole({"type": "error", "error": {"type": kind, "message": "so"}}, status)]

    reply = house.http.post(
        PATH, json={"model": "claude", "stream": mode == "stream", "messages": [{"role": "user", "content": "x"}]}
    )

    assert (reply.status_code, reply.json()["error"]["type"]) == (told, kind)


@pytest.mark.parametrize("last", ["cut", "error"])
def test_a_stream_that_breaks_off_says_so(house: House, last: str):
    begun = events(words("Hello there, ", "friend"))[:5]
    failure = {"type": "error", "error": {"type": "overloaded_error", "message": "words that nobody judged"}}
    house.upstream.says = [Stream([*begun, *([failure] if last == "error" else [])], pause=0.02, done=False)]

    reply = house.http.post(
        PATH, json={"model": "claude", "stream": True, "messages": [{"role": "user", "content": "x"}]}
    )

    name, told = reply.text.strip().split("\n\n")[-1].split("\ndata: ")
    assert name == "event: error"
    assert json.loads(told)["error"]["code"] == "provider_failed"
    assert "nobody judged" not in reply.text and "message_stop" not in reply.text


def test_tokens_are_counted_by_who_speaks_the_dialect(house: House, sdk: anthropic.Anthropic):
    house.upstream.says = [Whole({"input_tokens": 14})]
    asked = {"system": f"For {VALUE}", "messages": [{"role": "user", "content": "x"}]}

    counted = sdk.messages.count_tokens(model="claude", **asked)

    assert counted.input_tokens == 14
    assert house.upstream.requests[0]["system"] == f"For {MASK}"
    with pytest.raises(anthropic.APIStatusError) as caught:
        sdk.messages.count_tokens(model="gpt", **asked)
    assert caught.value.body["error"]["code"] == "unsupported_endpoint"


CALL = {"id": "call_1", "type": "function", "function": {"name": "mail", "arguments": f'{{"to": "{VALUE}"}}'}}


def test_a_provider_of_chat_completions_answers_with_messages(house: House, sdk: anthropic.Anthropic, mode: str):
    said = f"Write to {VALUE} today."
    pieces = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": one}) for one in cut(said, [9, 15, 22]))]
    ends = [chunk({}, "stop"), {**chunk({}), "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}]
    house.upstream.says = [Whole(completion(said)) if mode == "whole" else Stream([*pieces, *ends])]

    answer = ask(sdk, mode, [PLANS, text(f"I am {VALUE}")], model="gpt", system="Be brief.", stop_sequences=["END"])

    sent = house.upstream.requests[0]
    assert answer.content[0].text == f"Write to {MASK} today."
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("end_turn", 3, 5)
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [text("Plans\n\nSecret."), text(f"I am {MASK}")]},
    ]
    assert (sent["max_completion_tokens"], sent["stop"]) == (99, ["END"])


def test_a_tool_is_called_through_a_provider_of_chat_completions(house: House, sdk: anthropic.Anthropic, mode: str):
    arguments = CALL["function"]["arguments"]
    first = {"index": 0, **CALL, "function": {"name": "mail", "arguments": ""}}
    pieces = [{"tool_calls": [first]}, *({"tool_calls": [{"index": 0, "function": {"arguments": one}}]}
                                         for one in cut(arguments, [4, 14, 20]))]  # fmt: skip
    house.upstream.says = [
        Whole(completion(None, tool_calls=[CALL]))
        if mode == "whole"
        else Stream([*map(chunk, pieces), chunk({}, "tool_calls")])
    ]
    tool = {"name": "mail", "description": f"Not to {VALUE}", "input_schema": {"type": "object", "properties": {}}}

    answer = ask(sdk, mode, model="gpt", tools=[tool], tool_choice={"type": "tool", "name": "mail"})

    (use,) = answer.content
    sent = house.upstream.requests[0]
    assert (use.id, use.name, use.input, answer.stop_reason) == ("call_1", "mail", {"to": MASK}, "tool_use")
    assert sent["tools"][0]["function"]["description"] == f"Not to {MASK}"
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "mail"}}


def test_the_offline_provider_answers_with_messages(house: House, sdk: anthropic.Anthropic, mode: str):
    answer = ask(sdk, mode, [SKY, text("Is the sky blue?")], model="local")

    assert answer.stop_reason == "end_turn"
    assert answer.content[0].type == "text" and answer.content[0].text
    assert house.upstream.requests == []


def test_what_has_no_translation_is_refused_with_its_place(house: House):
    server_tool = {"type": "web_search_20250305", "name": "web_search"}

    reply = house.http.post(
        PATH, json={"model": "gpt", "messages": [{"role": "user", "content": "x"}], "tools": [server_tool]}
    )

    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["param"]) == (400, "unsupported_parameter", "tools[0]")
    assert house.upstream.requests == []


def test_the_gateways_own_documents_go_before_the_question_and_not_between_calls_and_results(house: House):
    use = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "find", "input": {}}]}
    back = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "found"}]}
    asked = [{"role": "user", "content": "Sky?"}, use, back]

    post(house, {"model": "claude", "messages": asked, "documents": [{"id": "sky", "text": "It is blue."}]})

    sent = house.upstream.requests[0]
    assert "It is blue." in sent["messages"][0]["content"]
    assert sent["messages"][1:] == asked
    assert "documents" not in sent


LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["text", "image", "document", "thinking", "redacted_thinking", "tool_use", "tool_result", "search_result", "x"]
NAMES = ["text", "data", "signature", "thinking", "encrypted_content", "input", "source", "content", "type", "id", "x"]


def hidden(tree, path: list[int], secret: object):
    """Return *tree* with *secret* put somewhere into it."""
    if not path or not isinstance(tree, dict | list) or not tree:
        return {**tree, "k": secret} if isinstance(tree, dict) else [tree, secret]
    if isinstance(tree, list):
        at = path[0] % len(tree)
        return [*tree[:at], hidden(tree[at], path[1:], secret), *tree[at + 1 :]]
    name = list(tree)[path[0] % len(tree)]
    return {**tree, name: hidden(tree[name], path[1:], secret)}


@settings(max_examples=80)
@given(
    TREES, st.lists(st.integers(0, 5), max_size=4), st.sampled_from(KINDS), st.sampled_from(NAMES),
    st.sampled_from(["user", "assistant"]), st.sampled_from(["deep", "plain", "key"]), st.booleans(),
)  # fmt: skip
def test_a_value_anywhere_in_a_block_never_leaves(
    house: House, tree, path: list[int], kind: str, name: str, role: str, how: str, inside: bool
):
    value = {"deep": hidden(tree, path, f"so {VALUE}"), "plain": VALUE, "key": {VALUE: tree}}[how]
    block = {"type": kind, **({"source": {"type": "base64", name: value}} if inside else {name: value})}
    house.upstream.requests.clear()

    reply = post(house, {"model": "claude", "messages": [{"role": role, "content": [block]}]})

    assert reply.status_code == 200, reply.text
    assert len(house.upstream.requests) == 1
    assert VALUE not in house.upstream.last_body.decode()
