"""Labels flow: what a confidential document fed goes only where the document may go, whatever later turns name."""

import base64
import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.house import House, configuration, serving
from tests.journeys.test_enforcement import CHAT, MESSAGES, RESPONSES, Spoken
from tests.journeys.upstream import Stream, Upstream, Whole, chunk, completion, streamed

ENDPOINTS = [CHAT, RESPONSES, MESSAGES]
PLAN = "The plan for the merger is to buy the mill at Aare for nine million francs in the coming March."
FIRST = "They want to buy the mill at the river Aare in March, and nine million francs is the price in mind."
SECOND = "That is four months from today, so whoever prepares the contract has about sixteen weeks left to do it."
SHORT = "Yes."


@pytest.fixture(scope="module")
def house(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("flow")
    known = configuration(folder, upstream_server.url)
    chatting = [
        {**one, "dialects": ["chat.completions"]} if one["kind"] == "openai" else one for one in known["providers"]
    ]
    vault = {"url": f"sqlite:///{folder}/vault.db", "keys": {"k": base64.b64encode(bytes(32)).decode()}}
    with serving(folder, upstream_server, providers=chatting, vault=vault) as house:
        yield house


@pytest.fixture(params=ENDPOINTS, ids=str)
def first(request: pytest.FixtureRequest) -> Spoken:
    return request.param


@pytest.fixture(params=ENDPOINTS, ids=str)
def last(request: pytest.FixtureRequest) -> Spoken:
    return request.param


def asked(spoken: Spoken, model: str, *turns: str, **more: object) -> dict:
    """Return a request whose conversation is *turns*, the user's and the assistant's in turn."""
    roles = ["user", "assistant"] * len(turns)
    messages = [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False)]
    field = "input" if spoken is RESPONSES else "messages"
    limit = {"max_tokens": 99} if spoken is MESSAGES else {}
    return {"model": model, field: messages, **limit, **more}


def say(house: House, spoken: Spoken, body: dict, answer: str, mode: str = "whole") -> httpx.Response:
    house.upstream.requests.clear()
    house.upstream.says = [Whole(completion(answer)) if mode == "whole" else streamed(answer[:40], answer[40:])]
    return house.http.post(spoken.path, json={**body, "stream": mode == "stream"})


def begun(house: House, spoken: Spoken, mode: str, answer: str) -> httpx.Response:
    """Return the answer of a provider in the house to a question about the confidential plan."""
    document = {"id": "plan", "text": f"{PLAN} {spoken} {mode}", "labels": {"classification": "confidential"}}
    reply = say(house, spoken, asked(spoken, "local-told", "What next?", documents=[document]), answer, mode)
    assert reply.status_code == 200, reply.text
    return reply


def kept_in(house: House, reply: httpx.Response, spoken: Spoken) -> None:
    """Fail unless *reply* is a refusal that names the rule, and no provider heard of the question."""
    assert (reply.status_code, house.upstream.requests) == (403, []), reply.text
    told = reply.json()["error"]["lineward"]
    assert told["rules"][0]["id"] == "confidential-stays-in-house"
    record = house.ended(told["response_id"])
    assert [(entry["document"], entry["how"], entry["state"]) for entry in record["context"]] == [
        ("plan", "inherited", "retrieved")
    ]
    assert "mill" not in reply.text and "plan is confidential; outside is outside" in record["reason"]


def test_turn_five_stays_in_the_house_though_it_names_no_document(house: House, first: Spoken, last: Spoken, mode: str):
    """An answer got at one endpoint keeps its label when it comes back at another."""
    answer = f"{FIRST} {first} {last} {mode}"
    begun(house, first, mode, answer)
    turns = [
        "What next?",
        answer,
        "Thanks",
        "You are welcome",
        "And?",
        "Nothing else",
        "Sure?",
        "Yes",
        "Who else knows?",
    ]

    kept_in(house, say(house, last, asked(last, "gpt", *turns), "x", mode), last)
    assert say(house, last, asked(last, "local-told", *turns), "Nobody.", mode).status_code == 200


def test_an_answer_that_inherited_its_label_hands_it_on(house: House, first: Spoken, mode: str):
    """Also once the turn has gone that brought the document."""
    answers = f"{FIRST} again {first} {mode}", f"{SECOND} {first} {mode}"
    begun(house, first, mode, answers[0])
    body = asked(first, "local-told", "What next?", answers[0], "How long is that?")
    assert say(house, first, body, answers[1], mode).status_code == 200

    kept_in(house, say(house, CHAT, asked(CHAT, "gpt", "Go on.", answers[1], "Who writes it?"), "x"), CHAT)


def test_a_chain_keeps_its_label_however_short_its_answers_are(house: House, mode: str):
    """A plain yes is not known again by its words; that it follows from another answer is known all the same."""
    reply = begun(house, RESPONSES, mode, SHORT)
    previous = response_id(reply, mode)
    for _ in range(2):
        body = asked(RESPONSES, "local-told", "Really?", previous_response_id=previous)
        previous = response_id(say(house, RESPONSES, body, SHORT, mode), mode)

    body = asked(RESPONSES, "gpt", "Who else knows?", previous_response_id=previous)

    kept_in(house, say(house, RESPONSES, body, "x", mode), RESPONSES)


def response_id(reply: httpx.Response, mode: str) -> str:
    if mode == "whole":
        return reply.json()["id"]
    last = [line for line in reply.text.split("\n") if line.startswith("data: ")][-1]
    return json.loads(last.removeprefix("data: "))["response"]["id"]


def test_what_was_released_of_an_answer_that_broke_off_keeps_its_label(house: House):
    pieces = [f"{word} " for word in f"{FIRST} and that is all that can be said of it before it breaks".split()]
    house.upstream.cut.clear()
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in pieces)]
    house.upstream.says = [Stream([*events, *[chunk({"content": "more "})] * 400], pause=0.01)]
    document = {"id": "plan", "text": f"{PLAN} broken off", "labels": {"classification": "confidential"}}
    body = asked(CHAT, "local-told", "What next?", documents=[document], stream=True)
    heard = ""
    with house.http.stream("POST", CHAT.path, json=body) as reply:
        run = reply.headers["x-lineward-response-id"]
        for line in reply.iter_lines():
            if line.startswith("data: {"):
                heard += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
            if heard.count("more") > 2:
                break
    assert house.ended(run)["state"] == "ABORT"
    time.sleep(0.1)

    kept_in(house, say(house, CHAT, asked(CHAT, "gpt", "What next?", heard, "Go on."), "x"), CHAT)


def test_a_conversation_without_such_a_document_may_go_out(house: House, last: Spoken, mode: str):
    reply = say(house, last, asked(last, "gpt", "Hi", f"{SECOND} unheard of", "And?"), "Fine.", mode)

    assert reply.status_code == 200 and len(house.upstream.requests) == 1
