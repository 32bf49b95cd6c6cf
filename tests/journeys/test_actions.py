"""What rules about findings do to a prompt, its documents and its answer, through the front door."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import House, serving
from tests.journeys.test_chat import play
from tests.journeys.upstream import Upstream

RULES = """
version: 1
defaults: {unlabelled: internal}
allow:
- {entities: [EMAIL_ADDRESS], owner: o@example.com, explain: ours, ignore_case: true, values: [support@example.com]}
- {entities: [PHONE_NUMBER], owner: o@example.com, explain: our switchboard, patterns: ['\\+49 89 5550199-\\d']}
rules:
- {id: mails, target: finding, effect: pseudonymise, explain: e,
   match: {finding.entity: EMAIL_ADDRESS, finding.where: {in: [prompt, chunk]}}}
- {id: answered, target: finding, effect: mask, explain: e,
   match: {finding.entity: EMAIL_ADDRESS, finding.where: {in: [response, tool_call]}}}
- {id: names, target: finding, effect: mask, explain: e, match: {finding.entity: CODE_NAME}}
- {id: names-told, target: finding, effect: deny, explain: e,
   match: {finding.entity: CODE_NAME, finding.where: response}}
- {id: names-called, target: finding, effect: deny, explain: e,
   match: {finding.entity: CODE_NAME, finding.where: tool_call}}
- {id: ssn, target: finding, effect: deny, explain: e, match: {finding.entity: US_SSN, finding.where: prompt}}
- {id: ssn-documents, target: finding, effect: drop_chunk, explain: e,
   match: {finding.entity: US_SSN, finding.where: chunk}}
- {id: phones, target: finding, effect: flag, explain: e, match: {finding.entity: PHONE_NUMBER}}
- {id: phones-by-mail, target: finding, effect: mask, explain: e,
   match: {finding.entity: PHONE_NUMBER, user.application: other}}
- {id: addresses, target: finding, effect: hash, explain: e, match: {finding.entity: IP_ADDRESS}}
- {id: guesses, target: finding, mode: shadow, effect: deny, explain: e, match: {finding.score: {gte: 0}}}
"""


@pytest.fixture(scope="module")
def acting(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("actions")
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(RULES)
    detectors = [
        {"kind": "patterns"},
        {"kind": "secrets"},
        {"kind": "words", "entity": "CODE_NAME", "words": ["Falcon", "天狼计划"]},
    ]
    policies = {"path": str(folder / "rules"), "strict": False, "hash_key": "${HASH_KEY}"}
    environ = {"HASH_KEY": "k" * 32}
    with serving(folder, upstream_server, environ, detectors=detectors, policies=policies) as house:
        yield house


def asked(house: House, question: str, *documents: str, answer: str = "ok", mode: str = "whole"):
    """Return the reply, its record, and what the provider was sent."""
    house.upstream.requests.clear()
    play(house, mode, *answer)
    body = {"model": "gpt", "messages": [{"role": "user", "content": question}], "stream": mode == "stream"}
    reply = house.http.post("/v1/chat/completions", json={**body, "documents": list(documents)})
    record = house.ended(reply.headers["x-lineward-response-id"])
    return reply, record, json.dumps(house.upstream.requests, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "in_prompt", "in_document", "rule"),
    [
        ("write to ada@example.com", "write to <EMAIL_ADDRESS_1>", "write to <EMAIL_ADDRESS_1>", "mails"),
        ("about falcon wings", "about <CODE_NAME> wings", "about <CODE_NAME> wings", "names"),
        ("关于天狼计划的事", "关于<CODE_NAME>的事", "关于<CODE_NAME>的事", "names"),
        ("call +1 555 123 4567", "call +1 555 123 4567", "call +1 555 123 4567", "phones"),
        ("from 10.20.30.40 now", "from <IP_ADDRESS#", "from <IP_ADDRESS#", "addresses"),
        ("write to Support@Example.com", "write to Support@Example.com", "write to Support@Example.com", None),
        ("call +49 89 5550199-7", "call +49 89 5550199-7", "call +49 89 5550199-7", None),
        ("write to x-support@example.com", "write to <EMAIL_ADDRESS_1>", "write to <EMAIL_ADDRESS_1>", "mails"),
    ],
)
def test_each_action_in_the_prompt_and_in_a_document(acting: House, text, in_prompt, in_document, rule):
    _, question, sent = asked(acting, text)
    _, context, sent_with = asked(acting, "Why?", text)

    assert in_prompt in sent
    assert in_document in sent_with
    found = [finding["rule"] for finding in (*question["findings"], *context["findings"])]
    assert found == ([rule, rule] if rule else [])


def test_a_refused_prompt_names_its_rule_and_is_not_sent(acting: House):
    reply, record, sent = asked(acting, "My number is 123-45-6789")

    assert (reply.status_code, reply.json()["error"]["lineward"]["rules"][0]["id"]) == (403, "ssn")
    assert (record["decision"], sent) == ("denied", "[]")


def test_a_dropped_document_leaves_the_others(acting: House):
    reply, record, sent = asked(acting, "Why?", "His number is 123-45-6789", "The sky is blue")

    assert reply.headers["x-lineward-decision"] == "dropped:1"
    assert "The sky is blue" in sent and "His number" not in sent
    assert [entry["rule"] for entry in record["context"]] == ["ssn-documents", None]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("Write to bob@example.com or support@example.com.", "Write to <EMAIL_ADDRESS> or support@example.com."),
        ("Write to support@example.com.evil.org now", "Write to <EMAIL_ADDRESS> now"),
        ("The switchboard is +49 89 5550199-0, mine +1 555 123 4567", None),
    ],
)
def test_an_answer_is_judged_by_its_own_rules_and_allowed_values_stay(acting: House, mode: str, answer, left):
    reply, _, _ = asked(acting, "Why?", answer=answer, mode=mode)

    if mode == "whole":
        text = reply.json()["choices"][0]["message"]["content"]
    else:
        events = [line[6:] for line in reply.text.splitlines() if line.startswith("data: {")]
        text = "".join(json.loads(event)["choices"][0]["delta"].get("content") or "" for event in events)
    assert text == (left or answer)


def test_an_answer_with_a_forbidden_word_is_refused(acting: House):
    reply, record, _ = asked(acting, "Why?", answer="Falcon is the name")

    assert (reply.status_code, reply.json()["error"]["lineward"]["rules"][0]["id"]) == (403, "names-told")
    assert record["decision"] == "denied"


def test_the_most_restrictive_rule_wins_and_what_is_in_shadow_changes_nothing(acting: House):
    _, record, sent = asked(acting, "about Falcon")

    (decision,) = [one for one in record["decisions"] if one["target"] == "finding"]
    assert "about <CODE_NAME>" in sent
    assert [(hit["rule"], hit["mode"]) for hit in decision["hits"]] == [("guesses", "shadow"), ("names", "enforce")]


def test_readiness_tells_what_can_be_found(acting: House):
    ready = acting.http.get("/readyz").json()

    assert "CODE_NAME" in ready["entities"]
    assert [version.split(":")[0] for version in ready["detectors"]] == ["patterns-1", "secrets-1", "words-1"]
    assert (ready["ner"], ready["languages"], ready["unfound"]) == ("off", {"en": "NER off"}, {})
