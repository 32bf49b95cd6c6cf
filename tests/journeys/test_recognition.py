"""Documents that nobody declared: pasted into a message, quoted under another name, or behind an earlier answer."""

import json
import time

import httpx
import pytest

from tests.journeys.house import APP_KEY, OTHER_SOC_KEY, SOC_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion, streamed
from tests.waiting import until

SECRET = (
    "The merger with Falcon Industries closes on the third of March, at a price of forty-two per share, and nobody "
    "outside of the board is to know of it before the markets have closed on that day."
)
PUBLIC = (
    "A toaster may be returned within thirty days of its purchase, with or without its box, as long as the receipt "
    "is there and the customer can name the shop in which it was bought."
)
ANSWER = (
    "The deal will be closed early in March for forty-two a share, once the exchange has shut its doors in the "
    "evening, so please keep this entirely to yourself until then."
)
RIVAL_KEY = "lw-test-rival-app"


def register(house: House, *documents: dict, key: str = APP_KEY) -> None:
    body = {"documents": list(documents)}
    reply = house.http.post("/api/v1/documents", json=body, headers={"authorization": f"Bearer {key}"})
    assert reply.status_code == 200, reply.text


def document(name: str, text: str, **labels: str) -> dict:
    return {"id": name, "text": text, "source": "file://kb/docs", "labels": labels}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, upstream_server: Upstream):
    folder = tmp_path_factory.mktemp("recognition")
    rival = {"name": "rival-bot", "key_sha256": sha256(RIVAL_KEY), "tenant": "rival", "purposes": ["support"]}
    with serving(folder, upstream_server, more_applications=[rival]) as house:
        register(
            house,
            document("falcon.md", SECRET, classification="confidential"),
            document("returns.md", PUBLIC, classification="public"),
        )
        yield house


@pytest.fixture
def house(kept: House) -> House:
    kept.upstream.requests.clear()
    return kept


def ask(house: House, mode: str, *messages: dict, answer: str = "ok", key: str = APP_KEY, **more) -> httpx.Response:
    house.upstream.says = [Whole(completion(answer)) if mode == "whole" else streamed(*answer.split(" "))]
    if mode == "stream":
        house.upstream.says = [streamed(*(f"{word} " for word in answer.split(" ")))]
    body = {"model": "gpt", "messages": list(messages), "stream": mode == "stream", **more}
    return house.http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"})


def context(house: House, reply: httpx.Response) -> list[tuple]:
    record = house.ended(reply.headers["x-lineward-response-id"])
    return [(one["document"], one["how"], one["state"], one["rule"]) for one in record["context"]]


def test_a_pasted_document_is_named_and_cut_out_of_the_message(house: House, mode: str):
    pasted = f"Summarise this:\n\n**{SECRET.upper()}**\n\nand this: {PUBLIC} Thanks!"

    reply = ask(house, mode, {"role": "user", "content": pasted})

    assert reply.status_code == 200, reply.text
    sent = house.upstream.requests[0]["messages"][0]["content"]
    assert "FALCON" not in sent
    assert "[document withheld by policy]" in sent
    assert PUBLIC in sent
    assert sent.endswith("Thanks!")
    assert sorted(context(house, reply)) == [
        ("falcon.md", "recognised", "dropped", "confidential-stays-in-house"),
        ("returns.md", "recognised", "sent", None),
    ]
    assert reply.headers["x-lineward-decision"] == "dropped:1"


def test_it_is_recognised_in_the_result_of_a_tool_too(house: House):
    call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Read it."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"page": SECRET})},
    ]

    reply = ask(house, "whole", *messages)

    sent = json.loads(house.upstream.requests[0]["messages"][2]["content"])
    assert sent["page"].startswith("[document withheld by policy]")
    assert "merger" not in sent["page"]
    assert context(house, reply)[0][:2] == ("falcon.md", "recognised")


def test_declaring_a_text_under_another_name_does_not_loosen_its_labels(house: House, mode: str):
    mine = {"id": "harmless.txt", "text": SECRET, "labels": {"classification": "public"}}

    reply = ask(house, mode, {"role": "user", "content": "And?"}, documents=[mine])

    assert context(house, reply) == [("harmless.txt", "declared", "dropped", "confidential-stays-in-house")]
    assert "Falcon" not in str(house.upstream.requests[0])


def test_what_was_only_ever_declared_is_recognised_the_next_time(house: House):
    text = " ".join(f"Clause {n} binds the supplier for {n} years after delivery of lot {n}." for n in range(4, 14))
    mine = {"id": "contract.txt", "text": text, "labels": {"classification": "confidential"}}
    ask(house, "whole", {"role": "user", "content": "First?"}, documents=[mine])

    until = time.monotonic() + 10
    while True:
        reply = ask(house, "whole", {"role": "user", "content": f"Explain: {text}"})
        if context(house, reply):
            break
        assert time.monotonic() < until
    assert context(house, reply)[0][:3] == ("contract.txt", "recognised", "dropped")


def test_what_a_refused_request_declared_is_in_its_record_and_is_recognised_the_next_time(house: House, mode: str):
    text = " ".join(f"Item {n} of the {mode} tender costs {n} ducats until lot {n} is sold." for n in range(4, 14))
    mine = {"id": f"{mode}.txt", "text": text, "labels": {"classification": "confidential"}}
    refused = ask(house, mode, {"role": "user", "content": f"Is sk-proj-{'aB3' * 16} mine?"}, documents=[mine])

    assert refused.status_code == 403
    assert context(house, refused) == [(f"{mode}.txt", "declared", "retrieved", None)]
    until(lambda: context(house, ask(house, mode, {"role": "user", "content": f"Explain: {text}"})))


def test_what_fed_an_earlier_answer_keeps_the_conversation_in_the_house(house: House, mode: str):
    first = {"role": "user", "content": f"What is planned? {SECRET}"}
    told = ask(house, mode, first, answer=ANSWER, model="local-told")
    said = "".join(ANSWER) if mode == "whole" else ANSWER + " "
    history = [{"role": "user", "content": "What is planned?"}, {"role": "assistant", "content": said.upper()}]

    outside = ask(house, mode, *history, {"role": "user", "content": "When?"})

    assert told.status_code == 200, told.text
    assert outside.status_code == 403
    assert outside.json()["error"]["lineward"]["rules"][0]["id"] == "confidential-stays-in-house"
    record = house.record(outside.json()["error"]["lineward"]["response_id"])
    assert ("falcon.md", "inherited") in [(one["document"], one["how"]) for one in record["context"]]


def test_another_tenants_document_is_refused_and_not_named(house: House):
    reply = ask(house, "whole", {"role": "user", "content": f"Look: {SECRET}"}, key=RIVAL_KEY)

    assert reply.status_code == 403
    assert house.upstream.requests == []
    assert "falcon.md" not in reply.text
    assert "acme" not in reply.text
    response = reply.json()["error"]["lineward"]["response_id"]
    owner, rival = (breaches(house, key) for key in (SOC_KEY, OTHER_SOC_KEY))
    (told,) = [one for one in owner if one["response"] == response]
    assert ("falcon.md", 1.0) in [(one["document"], one["coverage"]) for one in told["chunks"]]
    assert "rival" not in str(told)
    assert rival == []


def breaches(house: House, key: str) -> list[dict]:
    """What the responders of a tenant are told of its texts elsewhere."""
    found = house.http.get("/api/v1/breaches", headers={"authorization": f"Bearer {key}"})
    return found.json()["data"]


def test_where_a_caller_says_what_stands_in_its_texts_the_rest_is_a_finding(house: House):
    standing = [{"id": "mine.md", "text": PUBLIC}, {"id": "gone.md", "text": SECRET.replace("March", "June")}]
    content = f"{PUBLIC} {'And so on and on it went. ' * 80}"

    reply = ask(house, "whole", {"role": "user", "content": content}, lineward={"context": standing})

    record = house.record(reply.headers["x-lineward-response-id"])
    found = {(one["entity"], one["place"]) for one in record["findings"]}
    assert ("UNEXPLAINED_CONTEXT", "messages[0].content") in found
    assert ("DECLARED_BUT_ABSENT", "lineward.context") in found
    assert ("mine.md", "declared", "sent", None) in context(house, reply)
