"""OpenAI's responses through the gateway, asked with OpenAI's own SDK."""

import base64
import json
from collections.abc import Iterator

import openai
import orjson
import pytest
from openai.types.responses import Response
from pydantic import BaseModel

from tests.dialects.responded import SEALED, called, said, streamed, thought, whole
from tests.journeys.carriers import VALUE, WORDS
from tests.journeys.house import RULES, SOC_KEY, House, configuration, serving
from tests.journeys.upstream import Stream, Upstream, Whole, chunk, completion

MASK = "<EMAIL_ADDRESS>"
PATH = "/v1/responses"
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6g7H8"
PSEUDONYMS = RULES.replace("effect: mask", "effect: pseudonymise")
DROPPED = """
- {id: d1-stays, owner: a@example.com, target: chunk, match: {chunk.document: d1}, effect: drop_chunk, explain: "stays"}
"""
FUNCTION = {"type": "function", "name": "send", "description": "d", "strict": True, "parameters": {"type": "object"}}


def settings(folder, url: str, **changes: object) -> dict:
    """Return the changes to a configuration that give it a vault, and a provider that speaks chat only."""
    known = configuration(folder, url)
    chat = {**known["providers"][0], "name": "chat", "dialects": ["chat.completions"]}
    return {
        "providers": [*known["providers"], chat],
        "models": [*known["models"], {"name": "chatty", "provider": "chat"}],
        "vault": {"url": f"sqlite:///{folder}/vault.db", "keys": {"k": base64.b64encode(bytes(32)).decode()}},
        **changes,
    }


@pytest.fixture(scope="module")
def running(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("responses")
    with serving(folder, upstream_server, **settings(folder, upstream_server.url)) as house:
        yield house


@pytest.fixture(scope="module")
def restoring(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose rules put tokens in the place of values."""
    folder = tmp_path_factory.mktemp("tokens")
    with serving(folder, upstream_server, rules=PSEUDONYMS, **settings(folder, upstream_server.url)) as house:
        yield house


@pytest.fixture
def house(running: House) -> House:
    return fresh(running)


@pytest.fixture(scope="module")
def dropping_house(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose rules let one document go nowhere."""
    folder = tmp_path_factory.mktemp("dropping")
    with serving(folder, upstream_server, rules=RULES + DROPPED) as house:
        yield house


@pytest.fixture
def dropping(dropping_house: House) -> House:
    return fresh(dropping_house)


@pytest.fixture
def tokens(restoring: House) -> House:
    return fresh(restoring)


def fresh(house: House) -> House:
    """Return the running gateway, its upstream with nothing remembered."""
    house.upstream.requests.clear()
    house.upstream.says.clear()
    return house


def play(house: House, mode: str, *items: tuple[dict, list[str]], **more: object) -> None:
    answer = whole(*(item for item, _ in items), **more)
    streaming = Stream(streamed(*items, **more), done=False)
    house.upstream.says = [Whole(answer) if mode == "whole" else streaming]


def ask(house: House, mode: str, input: object = "Why?", model: str = "gpt", **more: object) -> tuple[Response, list]:
    """Return the answer as the SDK has it in the end, and the events by which it came."""
    if mode == "whole":
        return house.client.responses.create(model=model, input=input, **more), []
    with house.client.responses.create(model=model, input=input, stream=True, **more) as stream:
        events = list(stream)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return events[-1].response, events


def sent(house: House) -> str:
    return json.dumps(house.upstream.requests, ensure_ascii=False)


def heard(events: list) -> str:
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def test_the_answer_comes_and_its_record_can_be_found(house: House, mode: str):
    play(
        house,
        mode,
        (thought("hm, so"), ["hm, ", "so"]),
        (said("Rayleigh scattering."), ["Rayleigh ", "scatter", "ing."]),
    )

    answer, events = ask(house, mode, "Why is the sky blue?", safety_identifier="user-7", instructions="Be brief.")

    record = newest(house)
    assert answer.output_text == "Rayleigh scattering."
    assert mode == "whole" or heard(events) == "Rayleigh scattering."
    assert (record["decision"], record["application"], record["end_user"]) == ("allow", "bot", "user-7")
    assert (record["provider"], record["model_served"]) == ("outside", "played-1")
    assert (record["question"], record["answer"]) == ("Why is the sky blue?", "hm, so\nRayleigh scattering.")
    assert (answer.usage.input_tokens, answer.status) == (3, "completed")


def newest(house: House) -> dict:
    page = house.http.get("/api/v1/responses", headers={"authorization": "Bearer lw-test-soc"}).json()["data"]
    return house.ended(page[0]["id"])


def test_an_answer_that_needs_no_change_is_the_providers_to_the_byte(house: House):
    body = json.dumps(whole(said("Plain.")), indent=3).encode()
    house.upstream.says = [Whole(body)]

    reply = house.http.post(PATH, json={"model": "gpt", "input": "Why?", "store": False})

    assert reply.content == body


def test_events_that_need_no_change_are_the_providers_to_the_byte(house: House):
    events = streamed((said("One two. "), ["One ", "two. "]))
    house.upstream.says = [Stream(events, done=False)]

    reply = house.http.post(PATH, json={"model": "gpt", "input": "Why?", "stream": True})

    expected = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    assert reply.text == "".join(expected)
    assert reply.headers["content-type"].startswith("text/event-stream")


def test_a_clean_request_reaches_the_provider_to_the_byte(house: House):
    """All that the gateway does not know passes through; documents and its own fields go."""
    play(house, "whole", (said("ok"), ["ok"]))
    sealed = {**thought("hm"), "encrypted_content": SEALED}
    body = {
        "model": "gpt", "instructions": "Be brief.", "novel": {"a": [1, None, 1e30]}, "reasoning": {"effort": "low"},
        "input": [{"role": "user", "content": [
                      {"type": "input_text", "text": "See:"},
                      {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}]},
                  sealed, called('{"a": 1}'),
                  {"type": "function_call_output", "call_id": "call_1", "output": "ok"},
                  {"type": "item_reference", "id": "msg_9"}, {"type": "novel", "x": "y"},
                  {"role": "user", "content": "And?"}],
        "tools": [FUNCTION, {"type": "file_search", "vector_store_ids": ["vs_theirs"]}],
        "metadata": {"k": "v"}, "text": {"format": {"type": "text"}}, "prompt": {"id": "p", "variables": {"a": "b"}},
        "store": False,
    }  # fmt: skip

    reply = house.http.post(PATH, json={**body, "lineward": {"purpose": "support"}})

    assert reply.status_code == 200, reply.text
    assert house.upstream.last_body == orjson.dumps(body)


CARRIERS = {
    "input": {"input": WORDS},
    "instructions": {"instructions": WORDS},
    "message": {"input": [{"role": "developer", "content": WORDS}]},
    "part": {"input": [{"role": "user", "content": [{"type": "input_text", "text": WORDS}]}]},
    "filename": {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f", "filename": VALUE}]}]},
    "answer": {"input": [said(WORDS)]},
    "reasoning": {"input": [thought(WORDS)]},
    "sealed": {"input": [{**thought("hm"), "encrypted_content": WORDS}]},
    "arguments": {"input": [called(json.dumps({"to": VALUE}))]},
    "output": {"input": [called("{}"), {"type": "function_call_output", "call_id": "call_1", "output": WORDS}]},
    "output part": {"input": [{"type": "function_call_output", "call_id": "call_1",
                               "output": [{"type": "input_text", "text": WORDS}]}]},
    "custom output": {"input": [{"type": "custom_tool_call_output", "call_id": "c", "output": WORDS}]},
    "file search": {"input": [{"type": "file_search_call", "id": "fs", "status": "completed", "queries": ["q"],
                               "results": [{"file_id": "f", "text": WORDS, "attributes": {"by": VALUE}}]}]},
    "web search": {"input": [{"type": "web_search_call", "id": "ws", "status": "completed",
                              "action": {"type": "search", "query": WORDS}}]},
    "mcp": {"input": [{"type": "mcp_call", "id": "m", "name": "n", "server_label": "s", "arguments": "{}",
                       "output": WORDS}]},
    "computer": {"input": [{"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot",
                            "image_url": f"https://example.com/?{VALUE}"}}]},
    "code": {"input": [{"type": "code_interpreter_call", "id": "ci", "container_id": "c", "status": "completed",
                        "code": f"print('{VALUE}')", "outputs": [{"type": "logs", "logs": WORDS}]}]},
    "reference": {"input": [{"type": "item_reference", "id": VALUE}]},
    "unknown item": {"input": [{"type": "novel", "deep": [{"er": WORDS}]}]},
    "unknown role": {"input": [{"role": VALUE, "content": "x"}]},
    "key": {"input": [{"type": "novel", VALUE: "x"}]},
    "tool": {"tools": [{**FUNCTION, "description": WORDS}]},
    "schema": {"tools": [{**FUNCTION, "parameters": {"type": "object", "properties": {
        "a": {"type": "string", "description": WORDS}}}}]},
    "format": {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"description": WORDS}}}},
    "prompt": {"prompt": {"id": "p", "variables": {"a": WORDS}}},
    "metadata": {"metadata": {"k": WORDS}},
    "unknown field": {"novel": {"deep": [WORDS]}},
    "user": {"user": VALUE},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CARRIERS))
def test_a_value_in_any_carrier_never_reaches_the_provider(house: House, mode: str, name: str):
    play(house, mode, (said("ok"), ["ok"]))
    body = {"model": "gpt", "input": "Why?", "stream": mode == "stream", **CARRIERS[name]}

    reply = house.http.post(PATH, json=body)

    assert reply.status_code == 200, reply.text
    assert VALUE not in sent(house)
    assert MASK in sent(house)
    assert "masked" in reply.headers["x-lineward-decision"]


def test_log_probabilities_of_the_history_do_not_spell_what_was_masked(house: House):
    play(house, "whole", (said("ok"), ["ok"]))
    spelled = [{"token": piece, "logprob": 0, "bytes": [], "top_logprobs": []} for piece in VALUE.partition("@")]

    house.http.post(PATH, json={"model": "gpt", "input": [said(WORDS, logprobs=spelled)]})

    assert "logprobs" not in sent(house)
    assert "erika" not in sent(house)


def test_a_value_in_the_answer_is_masked_in_every_event(house: House, mode: str):
    text = f"Ask {VALUE} or not."
    arguments = json.dumps({"to": VALUE})
    play(house, mode, (thought(text), ["Ask erika", text[9:]]), (said(text), [text[:12], text[12:]]),
         (called(arguments), [arguments[:9], arguments[9:]]))  # fmt: skip

    answer, events = ask(house, mode)

    assert "erika" not in answer.model_dump_json()
    assert "erika" not in json.dumps([event.model_dump(mode="json") for event in events])
    assert answer.output_text == f"Ask {MASK} or not."
    assert json.loads(answer.output[2].arguments) == {"to": MASK}
    assert mode == "whole" or heard(events) == f"Ask {MASK} or not."
    assert newest(house)["answer"].count(MASK) == 3


def test_a_key_in_the_prompt_is_refused_in_the_apis_own_words(house: House, mode: str):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(house, mode, [{"role": "user", "content": f"My key is {KEY}"}])

    assert caught.value.code == "policy_violation"
    assert caught.value.body["param"] == "input[0].content"
    assert house.upstream.requests == []


def test_a_key_in_a_streamed_answer_ends_it_with_an_event(house: House):
    play(house, "stream", (said(f"Use this: {KEY} now."), ["Use this: ", KEY, " now."]))

    answer, events = ask(house, "stream")

    assert (events[-1].type, answer.status, answer.id) == ("response.failed", "failed", "resp_1")
    assert answer.error.code == "policy_violation"
    assert heard(events) == "Use this: "
    assert events[-1].response.error.lineward["rules"][0]["id"] == "models-do-not-tell-keys"


@pytest.mark.parametrize("how", ["breaks off", "says error", "fails"])
def test_a_stream_that_breaks_off_says_so(house: House, how: str):
    events = streamed((said("One two three."), ["One ", "two ", "three."]))[:6]
    error = {"code": "server_error", "message": f"about {VALUE}"}
    last = {"breaks off": [], "says error": [{"type": "error", **error}],
            "fails": [{"type": "response.failed", "response": whole(status="failed", error=error)}]}[how]  # fmt: skip
    house.upstream.says = [Stream([*events, *last], done=False)]

    answer, told = ask(house, "stream")

    assert (told[-1].type, answer.error.code) == ("response.failed", "provider_failed")
    assert VALUE not in answer.model_dump_json()
    assert newest(house)["state"] == "FAIL"


def test_the_sdk_streams_and_parses(house: House, mode: str):
    class City(BaseModel):
        city: str

    text = '{"city": "Bern"}'
    play(house, mode, (said(text), [text[:5], text[5:]]))

    if mode == "whole":
        parsed = house.client.responses.parse(model="gpt", input="Where?", text_format=City)
    else:
        with house.client.responses.stream(model="gpt", input="Where?", text_format=City) as stream:
            kinds = [event.type for event in stream]
            parsed = stream.get_final_response()
        assert kinds[0] == "response.created"

    assert parsed.output_parsed == City(city="Bern")


def test_documents_are_put_before_the_question_and_cited(house: House, mode: str):
    play(house, mode, (said("It scatters. [doc1]"), ["It scatters.", " [doc1]"]))

    answer, events = ask(house, mode, extra_body={"documents": [{"id": "sky.md", "text": "Light scatters."}]})

    messages = house.upstream.requests[0]["input"]
    assert "Light scatters." in messages[0]["content"]
    assert messages[1] == {"role": "user", "content": "Why?"}
    assert [note.file_id for note in answer.output[0].content[0].annotations] == ["sky.md"]
    assert mode == "whole" or "response.output_text.annotation.added" in [event.type for event in events]
    assert [edge["document"] for edge in newest(house)["context"]] == ["sky.md"]


def test_what_tools_found_is_known_as_documents(house: House):
    play(house, "whole", (said("ok"), ["ok"]))
    results = {"results": [{"id": "d1", "url": "https://x.example", "title": "T", "text": 'He said "hi".'}]}
    search = {"type": "file_search_call", "id": "fs", "status": "completed", "queries": ["q"],
              "results": [{"file_id": "f1", "filename": "n.md", "text": "Found text.", "score": 0.5}]}  # fmt: skip

    output = {"type": "function_call_output", "call_id": "call_1", "output": json.dumps(results)}

    ask(house, "whole", [{"role": "user", "content": "?"}, called("{}", "look_up"), output, search])

    found = {(one["source"], one["document"]) for one in newest(house)["context"]}
    assert found == {("lineward/tool:look_up", "d1"), ("lineward/tool:file_search", "f1")}


def test_what_a_policy_drops_of_them_is_cut_out_where_it_stands(dropping: House):
    play(dropping, "whole", (said("ok"), ["ok"]))
    results = [{"id": "d1", "text": 'Top "secret".'}, {"id": "d2", "text": "Open."}]
    search = {"type": "file_search_call", "id": "fs", "status": "completed", "queries": ["q"],
              "results": [{"file_id": "d1", "text": "Top secret, too."},
                          {"file_id": "d2", "text": "Open, too."}]}  # fmt: skip
    output = {"type": "function_call_output", "call_id": "call_1", "output": json.dumps({"results": results})}

    ask(dropping, "whole", [{"role": "user", "content": "?"}, called("{}", "look_up"), output, search])

    _, _, told, found = dropping.upstream.requests[0]["input"]
    assert "secret" not in sent(dropping)
    assert json.loads(told["output"])["results"][1] == results[1]
    assert [result.get("text") for result in found["results"]][1] == "Open, too."
    assert newest(dropping)["decision"] == "dropped:2"


def test_a_search_of_our_own_collection_is_not_the_providers(house: House):
    play(house, "whole", (said("ok"), ["ok"]))
    tools = [FUNCTION, {"type": "file_search", "vector_store_ids": ["kb", "vs_theirs"], "max_num_results": 3}]

    ask(house, "whole", tools=tools)

    assert house.upstream.requests[0]["tools"] == [FUNCTION, {**tools[1], "vector_store_ids": ["vs_theirs"]}]


def test_an_answer_that_is_kept_can_be_fetched_and_deleted(house: House, mode: str):
    name = f"resp_kept_{mode}"
    play(house, mode, (said("So."), ["So", "."]), id=name)
    answer, _ = ask(house, mode, "Why?", safety_identifier="user-7")
    own = {"extra_query": {"user": "user-7"}}
    responses = house.client.responses

    fetched = responses.retrieve(name, **own)
    items = responses.input_items.list(name, **own).data
    assert (fetched.id, fetched.output_text, fetched.model) == (name, "So.", answer.model)
    assert [(item.role, item.content[0].text) for item in items] == [("user", "Why?")]
    for stranger in ({}, {"extra_query": {"user": "eve"}}):
        with pytest.raises(openai.NotFoundError):
            responses.retrieve(name, **stranger)

    responses.delete(name, **own)
    with pytest.raises(openai.NotFoundError) as caught:
        responses.retrieve(name, **own)
    assert caught.value.code == "response_not_found"
    with pytest.raises(openai.NotFoundError):
        ask(house, mode, "And?", previous_response_id=name, safety_identifier="user-7")
    assert newest(house)["id"]


def test_an_answer_that_is_not_to_be_stored_cannot_be_fetched(house: House, mode: str):
    play(house, mode, (said("So."), ["So."]), id=f"resp_unkept_{mode}")
    ask(house, mode, "Why?", store=False)

    with pytest.raises(openai.NotFoundError):
        house.client.responses.retrieve(f"resp_unkept_{mode}")


def test_a_conversation_goes_on_by_the_id_of_an_answer_and_keeps_its_tokens(tokens: House, mode: str):
    ids = [f"resp_{mode}_{number}" for number in range(3)]

    play(tokens, mode, (said("I wrote to <EMAIL_ADDRESS_1>."), ["I wrote to <EMAIL_", "ADDRESS_1>."]), id=ids[0])
    first, _ = ask(tokens, mode, f"Write to {VALUE}.")
    play(tokens, mode, (called('{"to": "<EMAIL_ADDRESS_1>"}'), ['{"to": "<EMAIL_ADDRESS_1>"}']), id=ids[1])
    second, _ = ask(tokens, mode, "And to bob@corp.example.", previous_response_id=first.id)
    play(tokens, mode, (said("Done, <EMAIL_ADDRESS_2>."), ["Done, <EMAIL_ADDRESS_2>."]), id=ids[2])
    result = {"type": "function_call_output", "call_id": "call_1", "output": "sent"}
    third, _ = ask(tokens, mode, [result], previous_response_id=second.id)

    assert first.output_text == f"I wrote to {VALUE}."
    assert json.loads(second.output[0].arguments) == {"to": VALUE}
    assert third.output_text == "Done, bob@corp.example."
    assert VALUE not in sent(tokens)
    assert "bob@" not in sent(tokens)
    last = tokens.upstream.requests[-1]
    assert "previous_response_id" not in last
    assert [item.get("role", item.get("type")) for item in last["input"]] == [
        "user", "assistant", "user", "function_call", "function_call_output",
    ]  # fmt: skip
    assert last["input"][0]["content"] == "Write to <EMAIL_ADDRESS_1>."
    assert last["input"][2]["content"] == "And to <EMAIL_ADDRESS_2>."


def test_the_record_says_which_answer_a_turn_goes_on_from(house: House, mode: str):
    """And so the story of any turn is that of the whole conversation."""
    name, runs = f"resp_story_{mode}", list[str]()
    for number in range(3):
        play(house, mode, (said(f"Part {number}."), [f"Part {number}."]), id=f"{name}_{number}")
        ask(house, mode, "Go on.", **({"previous_response_id": f"{name}_{number - 1}"} if number else {}))
        runs.append(newest(house)["id"])
    soc = {"authorization": f"Bearer {SOC_KEY}"}
    records = [house.http.get(f"/api/v1/responses/{run}", headers=soc).json() for run in runs]
    story = house.http.get("/api/v1/timeline", params={"response": runs[1]}, headers=soc).json()["data"]

    assert [record["continues"] for record in records] == ["", *runs[:2]]
    assert len({record["conversation"] for record in records}) == 1 and records[0]["conversation"]
    assert [one["id"] for one in story if one["type"] == "response"] == [*reversed(runs)]
    assert story[-2]["what"].startswith(f"goes on from {runs[0]}")


def test_two_answers_to_one_turn_are_two_conversations(house: House):
    play(house, "whole", (said("One."), ["One."]), id="resp_root")
    ask(house, "whole", "First.")
    for number in (1, 2):
        play(house, "whole", (said(f"Branch {number}."), [""]), id=f"resp_branch_{number}")
        ask(house, "whole", f"Question {number}.", previous_response_id="resp_root")
    play(house, "whole", (said("End."), ["End."]))

    ask(house, "whole", "Last.", previous_response_id="resp_branch_1")

    texts = [item["content"] if isinstance(item["content"], str) else item["content"][0]["text"]
             for item in house.upstream.requests[-1]["input"]]  # fmt: skip
    assert texts == ["First.", "One.", "Question 1.", "Branch 1.", "Last."]


def test_todays_policies_judge_the_earlier_turns(house: House):
    """What was refused in an answer, or allowed then, is judged again with every turn."""
    play(house, "whole", (said("ok"), ["ok"]), id="resp_judged")
    ask(house, "whole", f"Mail {VALUE}.")

    ask(house, "whole", "Again.", previous_response_id="resp_judged")

    assert house.upstream.requests[-1]["input"][0]["content"] == f"Mail {MASK}."
    assert newest(house)["decision"] == "masked"


@pytest.mark.parametrize("stranger", ["nobody", "not stored", "another end user"])
def test_an_id_that_is_not_this_callers_is_not_found(house: House, mode: str, stranger: str):
    play(house, mode, (said("ok"), ["ok"]), id=f"resp_{stranger}_{mode}".replace(" ", "_"))
    if stranger != "nobody":
        ask(house, mode, store=stranger != "not stored", safety_identifier="ada")
    house.upstream.requests.clear()

    with pytest.raises(openai.NotFoundError) as caught:
        ask(house, mode, previous_response_id=f"resp_{stranger}_{mode}".replace(" ", "_"), safety_identifier="eve")

    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")
    assert house.upstream.requests == []


def test_without_a_vault_the_caller_is_told_what_to_configure(house_of_all: House):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(house_of_all, "whole", previous_response_id="resp_1")

    assert caught.value.code == "vault_not_configured"
    assert "'vault'" in caught.value.message


def test_a_provider_of_chats_answers_too(house: House, mode: str):
    call = {"index": 0, "id": "call_9", "type": "function", "function": {"name": "send", "arguments": '{"a": 1}'}}
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    events = [chunk({"role": "assistant", "content": "Let me "}), chunk({"content": f"ask {VALUE}"}),
              chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), chunk({}, usage=usage, choices=[])]  # fmt: skip
    told = completion(f"Let me ask {VALUE}", tool_calls=[call])
    house.upstream.says = [Whole(told) if mode == "whole" else Stream(events)]

    answer, _ = ask(house, mode, f"Write to {VALUE}.", "chatty", instructions="Be brief.", tools=[FUNCTION])

    assert answer.output_text == f"Let me ask {MASK}"
    assert (answer.output[1].call_id, answer.output[1].arguments) == ("call_9", '{"a": 1}')
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.status) == (3, 5, "completed")
    assert answer.id.startswith("resp_")
    request = house.upstream.requests[0]
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": f"Write to {MASK}."},
    ]
    assert request["tools"][0]["function"]["name"] == "send"


def test_a_conversation_with_a_provider_of_chats_goes_on(house: House, mode: str):
    call = {"index": 0, "id": "call_9", "type": "function", "function": {"name": "send", "arguments": "{}"}}
    first = [chunk({"tool_calls": [call]}), chunk({}, "tool_calls")]
    house.upstream.says = [Whole(completion(None, tool_calls=[call])) if mode == "whole" else Stream(first)]
    asked, _ = ask(house, mode, "Send it.", "chatty", tools=[FUNCTION])
    house.upstream.says = [
        Whole(completion("Sent.")) if mode == "whole" else Stream([chunk({"content": "Sent."}, "stop")])
    ]

    output = {"type": "function_call_output", "call_id": "call_9", "output": "ok"}
    answer, _ = ask(house, mode, [output], "chatty", previous_response_id=asked.id)

    assert answer.output_text == "Sent."
    assert [message["role"] for message in house.upstream.requests[-1]["messages"]] == ["user", "assistant", "tool"]
    assert house.upstream.requests[-1]["messages"][2]["tool_call_id"] == "call_9"


def test_the_demo_provider_answers_too(house: House, mode: str):
    answer, events = ask(house, mode, "Why is the sky blue?", "local",
                         extra_body={"documents": ["The sky is blue because light scatters."]})  # fmt: skip

    assert "light scatters. [doc1]" in answer.output_text
    assert mode == "whole" or heard(events) == answer.output_text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": 3}, "input"),
        ({"input": ["x"]}, "input[0]"),
        ({}, "input"),
        ({"input": "x", "background": True}, "background"),
        ({"input": "x", "previous_response_id": 3}, "previous_response_id"),
        ({"input": "x", "base_url": "http://x"}, "base_url"),
    ],
)
def test_a_malformed_request_names_the_field(house: House, body: dict, param: str):
    reply = house.http.post(PATH, json={"model": "gpt", **body})

    assert reply.status_code in (400, 403)
    assert reply.json()["error"]["param"] == param


def test_turns_are_kept_sealed(tokens: House):
    play(tokens, "whole", (said("Nothing to see."), [""]), id="resp_sealed")
    ask(tokens, "whole", f"Write to {VALUE}.")

    stored = b"".join(path.read_bytes() for path in tokens.folder.glob("vault.db*"))

    assert b"resp_sealed" in stored
    assert VALUE.encode() not in stored
    assert b"Nothing to see" not in stored
