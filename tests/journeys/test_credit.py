"""Answers give the credit that the licences of their documents ask for, in every dialect and both modes."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.house import House, configuration, serving
from tests.journeys.test_enforcement import CHAT, MESSAGES, RESPONSES, Spoken
from tests.journeys.test_messages import claude as with_claude
from tests.journeys.upstream import Stream, Upstream, Whole

RULES = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: credit, owner: legal@example.com, target: chunk, match: {chunk.license_attribution: true}, effect: cite,
   explain: "{chunk.document} is under {chunk.license}, which asks for credit"}
- {id: not-for-us, owner: legal@example.com, target: chunk, effect: drop_chunk,
   match: {chunk.license_noncommercial: true, user.commercial: true}, explain: "not for {user.purpose}"}
- {id: mails, owner: legal@example.com, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask,
   explain: "mail"}
"""
HANDBOOK = {"id": "handbook", "text": "Thirty days is what they get.", "title": "The handbook of ada@corp.example",
            "url": "https://kb.example/handbook", "labels": {"license": "CC-BY-4.0"}}  # fmt: skip
LETTER = {"id": "letter", "text": "Not for sale.", "title": "A letter", "labels": {"license": "CC-BY-NC-4.0"}}
NOTE = {"id": "note", "text": "Our own note on returns.", "title": "A note"}
SAID = "They get thirty days, says the handbook that was read for this."
ADDED = "Sources:\n- The handbook of EMAIL_ADDRESS (CC-BY-4.0) https://kb.example/handbook"


@pytest.fixture(scope="module")
def house(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("credit")
    changes = with_claude(folder, upstream_server.url)
    applications = configuration(folder, upstream_server.url)["applications"]
    applications[0] |= {"purposes": ["support", "research"], "noncommercial": ["research"]}
    with serving(folder, upstream_server, rules=RULES, applications=applications, **changes) as house:
        yield house


@pytest.fixture(params=[CHAT, RESPONSES, MESSAGES], ids=str)
def spoken(request: pytest.FixtureRequest) -> Spoken:
    return request.param


def ask(house: House, spoken: Spoken, mode: str, documents: list, said: str = SAID, **fields: object):
    """Return the text that a client of the dialect puts together, the whole reply and the record."""
    stream = Stream(spoken.stream(said, "", ""), done=spoken is CHAT)
    house.upstream.says = [Whole(spoken.whole(said, "", "")) if mode == "whole" else stream]
    body = {**spoken.ask("How long?"), "documents": documents, "stream": mode == "stream", **fields}
    reply = house.http.post(spoken.path, json={**body, "lineward": {"include": ["lineage"]}})
    assert reply.status_code == 200, reply.text
    return told(reply.text, mode), reply.text, house.ended(reply.headers["x-lineward-response-id"])


def told(reply: str, mode: str) -> str:
    lines = [reply]
    if mode == "stream":
        lines = [line.removeprefix("data: ") for line in reply.split("\n") if line.startswith("data: {")]
    return "".join(text for line in lines for text in _texts(json.loads(line), mode))


def _texts(raw: dict, mode: str) -> Iterator[str]:
    for choice in raw.get("choices", ()):
        yield (choice.get("message") or choice.get("delta")).get("content") or ""
    if mode == "whole":
        for block in raw.get("content", ()):
            yield block.get("text", "")
        for item in raw.get("output", ()):
            yield from (part["text"] for part in item.get("content", ()))
    elif raw.get("type") == "response.output_text.delta":
        yield raw["delta"]
    elif raw.get("type") == "content_block_delta":
        yield raw["delta"].get("text", "")


def test_the_answer_names_what_its_licence_asks_credit_for(house: House, spoken: Spoken, mode: str):
    text, reply, record = ask(house, spoken, mode, [HANDBOOK, LETTER, NOTE])

    beside = spoken is not MESSAGES  # where a caller who declares documents expects annotations
    assert text == (SAID if beside else f"{SAID}\n\n{ADDED}")
    assert "The handbook of EMAIL_ADDRESS (CC-BY-4.0)" in reply and "https://kb.example/handbook" in reply
    answer = reply[: reply.rindex('"lineward":')]
    assert "A letter" not in answer and "ada@" not in answer
    assert record["decision"] == "masked,dropped:1,cited:1"
    assert next(one["remedy"] for one in lineage(reply)["chunks"] if "remedy" in one).endswith(
        "or ask legal@example.com about the rule."
    )
    assert {one["document"]: one.get("cited") for one in lineage(reply)["chunks"]} == {
        "handbook": True, "letter": None, "note": None,
    }  # fmt: skip


def lineage(reply: str) -> dict:
    return json.JSONDecoder().raw_decode(reply[reply.rindex('"lineward":') + len('"lineward":') :].lstrip())[0]


def test_a_caller_who_expects_no_annotations_reads_it_in_the_text(house: House, spoken: Spoken, mode: str):
    """The document was pasted into the question, and is known from an earlier request."""
    ask(house, spoken, "whole", [{**HANDBOOK, "text": f"{spoken} {HANDBOOK['text']} And that is all there is."}])
    question = f"{spoken} {HANDBOOK['text']} And that is all there is."
    stream = Stream(spoken.stream(SAID, "", ""), done=spoken is CHAT)
    house.upstream.says = [Whole(spoken.whole(SAID, "", "")) if mode == "whole" else stream]

    for _ in range(50):  # it is remembered behind the answer
        reply = house.http.post(spoken.path, json={**spoken.ask(question), "stream": mode == "stream"})
        record = house.ended(reply.headers["x-lineward-response-id"])
        if record["context"]:
            break

    assert told(reply.text, mode) == f"{SAID}\n\n{ADDED}"
    assert record["answer"].replace("\n\n\n", "\n\n").endswith(ADDED)
    assert record["decision"] == "cited:1"
    [entry] = record["context"]
    assert [hit["rule"] for hit in entry["decision"]["hits"]] == ["credit"]


def test_a_purpose_that_earns_nothing_may_use_what_a_commercial_one_may_not(house: House):
    house.upstream.says = [Whole(CHAT.whole(SAID, "", ""))]
    asked = {**CHAT.ask("How long?"), "documents": [LETTER]}

    replies = [
        house.http.post(CHAT.path, json={**asked, "lineward": {"purpose": purpose}})
        for purpose in ("support", "research")
    ]

    records = [house.ended(reply.headers["x-lineward-response-id"]) for reply in replies]
    assert [record["decision"] for record in records] == ["dropped:1", "cited:1"]
    hit, _ = records[0]["context"][0]["decision"]["hits"]
    assert (hit["reason"], ["user.commercial", True] in [[*pair] for pair in hit["values"]]) == (
        "not for support",
        True,
    )


FORMS = {
    str(CHAT): {"response_format": {"type": "json_object"}},
    str(RESPONSES): {"text": {"format": {"type": "json_object"}}},
    str(MESSAGES): {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
}


def test_json_stays_json_and_the_credit_is_beside_it(house: House, spoken: Spoken, mode: str):
    text, reply, record = ask(house, spoken, mode, [HANDBOOK], '{"days": 30}', **FORMS[str(spoken)])

    assert json.loads(text) == {"days": 30}
    assert record["decision"] == "masked,cited:1"
    [chunk] = lineage(reply)["chunks"]
    assert chunk["credit"] == ADDED.removeprefix("Sources:\n- ")
    answer = reply[: reply.rindex('"lineward":')]
    assert ("https://kb.example/handbook" in answer) is (spoken is not MESSAGES)


def test_a_completion_that_is_json_stays_json(house: House, mode: str):
    choice = {"index": 0, "text": '{"days": 30}', "finish_reason": "stop", "logprobs": None}
    body = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}
    house.upstream.says = [Whole(body) if mode == "whole" else Stream([body])]

    asked = {"model": "gpt", "prompt": "How long?", "documents": [HANDBOOK], "stream": mode == "stream"}
    reply = house.http.post("/v1/completions", json={**asked, "response_format": {"type": "json_object"}})

    assert "Sources" not in reply.text and '{\\"days\\": 30}' in reply.text
    assert house.ended(reply.headers["x-lineward-response-id"])["decision"].endswith("cited:1")


def test_a_completion_names_it_too(house: House, mode: str):
    choice = {"index": 0, "text": SAID, "finish_reason": "stop", "logprobs": None}
    body = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}
    house.upstream.says = [Whole(body) if mode == "whole" else Stream([body])]

    asked = {"model": "gpt", "prompt": "How long?", "documents": [HANDBOOK], "stream": mode == "stream"}
    reply = house.http.post("/v1/completions", json=asked)

    assert ADDED.replace("\n", "\\n") in reply.text


def test_an_answer_owes_nothing_for_what_was_not_sent(house: House, spoken: Spoken, mode: str):
    text, reply, record = ask(house, spoken, mode, [LETTER, NOTE])

    assert text == SAID and "CC-BY" not in reply[: reply.rindex('"lineward":')]
    assert record["decision"] == "dropped:1"
