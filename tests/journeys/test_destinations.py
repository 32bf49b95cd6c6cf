"""Where a request goes that its first destination may not have, and what the record says of it."""

import json
from pathlib import Path

import openai
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger
from tests.embedders.serving import EmbeddingServer
from tests.journeys.house import House, serving, sha256
from tests.journeys.test_chat import ask, play
from tests.journeys.upstream import Upstream, Whole

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
    assert [entry["state"] for entry in record["context"]] == ["attributed"]
    assert any(segment["chunk"] for segment in record["manifest"])


ROUTING_RULES = """
version: 1
rules:
- id: accounts-at-home
  owner: privacy@example.com
  target: finding
  match: {finding.entity: IBAN_CODE, finding.where: prompt}
  effect: {route: {to: local}}
  explain: "{finding.entity} in a prompt is for the house"
- id: no-cards
  owner: privacy@example.com
  target: finding
  match: {finding.entity: CREDIT_CARD, finding.where: prompt, dest.self_hosted: false}
  effect: deny
  explain: "{finding.entity} may not go to {dest.provider}"
"""
IBAN, CARD = "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111"


def test_a_rule_picks_another_model_and_a_fallback_takes_what_the_first_may_not_have(
    tmp_path: Path, upstream_server: Upstream
):
    with serving(tmp_path, upstream_server, rules=ROUTING_RULES) as house:
        for mode in ("whole", "stream"):
            play(house, mode, "Noted.")
            house.upstream.requests.clear()

            _, plain, _ = ask(house, mode)
            _, routed, _ = ask(house, mode, [{"role": "user", "content": f"Is {IBAN} mine?"}])
            _, moved, _ = ask(house, mode, [{"role": "user", "content": f"Is {CARD} mine?"}], "safe")
            with pytest.raises(openai.PermissionDeniedError, match="CREDIT_CARD may not go to outside"):
                ask(house, mode, [{"role": "user", "content": f"Is {CARD} mine?"}])

            heads = [head["x-lineward-decision"] for head in (plain, routed, moved)]
            assert heads == ["allow", "routed", "allow"]
            assert len(house.upstream.requests) == 1
            record = house.ended(routed["x-lineward-response-id"])
            passed, answered = record["attempts"]
            assert (passed["provider"], passed["outcome"]) == ("outside", "routed")
            (hit,) = passed["decision"]["hits"]
            assert (hit["rule"], hit["owner"]) == ("accounts-at-home", "privacy@example.com")
            assert ["finding.entity", "IBAN_CODE"] in hit["values"]
            assert (answered["provider"], record["provider"], record["decision"]) == ("house", "house", "routed")
            assert IBAN not in json.dumps(record["attempts"])


def test_a_rule_that_routes_to_nowhere_is_refused_at_the_start(tmp_path: Path, upstream_server: Upstream):
    rules = ROUTING_RULES.replace("to: local", "to: locl")

    with (
        pytest.raises(ConfigurationError, match=r"rules\.yaml:4: rule 'accounts-at-home' routes to 'locl'.*'local'"),
        serving(tmp_path, upstream_server, rules=rules),
    ):
        pass


EMBEDDING_RULES = """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: mails-stay, owner: privacy@example.com, target: finding, effect: mask, explain: "{finding.entity} stays",
   match: {finding.entity: EMAIL_ADDRESS, dest.self_hosted: false}}
- {id: keys-stay, owner: secops@example.com, target: finding, effect: deny, explain: "{finding.entity} found",
   match: {finding.entity: GITHUB_TOKEN, dest.provider: vectors}}
- {id: confidential-stays, owner: secops@example.com, target: chunk, effect: drop_chunk,
   explain: "{chunk.document} is {chunk.classification}; {dest.provider} is outside",
   match: {chunk.classification: confidential, dest.provider: vectors}}
- {id: web-stays, owner: secops@example.com, target: chunk, effect: drop_chunk, explain: "{chunk.document}: web",
   match: {chunk.trust: web, dest.provider: inside}}
"""
TOKEN = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"


def test_an_embedder_outside_and_a_reranker_are_destinations(tmp_path: Path, upstream_server: Upstream):
    """What they may not see they do not see, and that they saw something stands in the log before they do."""
    with EmbeddingServer() as vectors:
        embedder = {"kind": "openai", "name": "vectors", "base_url": vectors.url, "model": "e-1", "region": "us"}
        keys = [{"name": "writer", "key_sha256": sha256("lw-writer"), "tenant": "acme", "roles": ["admin"],
                 "collections": ["kb"]}]  # fmt: skip
        with serving(
            tmp_path, upstream_server, rules=EMBEDDING_RULES, embedder=embedder, more_applications=keys
        ) as house:
            documents = [
                {"id": "open.md", "text": "Refunds take ten days; write to refunds@shop.example."},
                {
                    "id": "closed.md",
                    "text": "Margins on refunds are secret.",
                    "labels": {"classification": "confidential"},
                },
            ]
            reply = house.http.post(
                "/api/v1/documents",
                json={"collection": "kb", "documents": documents},
                headers={"authorization": "Bearer lw-writer"},
            )
            assert reply.status_code == 200, reply.text
            assert vectors.texts == ["Refunds take ten days; write to <EMAIL_ADDRESS>."]
            refused = next(one for one in reply.json()["documents"] if one["id"] == "closed.md")
            assert (refused["outcome"], refused["rule"]) == ("refused", "confidential-stays")

            vectors.texts.clear()
            question = [{"role": "user", "content": "How long do refunds take? I am ann@customer.example."}]
            answer = house.client.chat.completions.with_raw_response.create(
                model="local", messages=question, extra_body={"collections": ["kb"]}
            )
            record = house.ended(answer.headers["x-lineward-response-id"])
            assert vectors.texts == ["How long do refunds take? I am <EMAIL_ADDRESS>."]
            assert [entry["document"] for entry in record["context"]] == ["open.md"]
            embedded, answered = record["attempts"]
            assert (embedded["provider"], embedded["model"], embedded["outcome"]) == ("vectors", "e-1", "embedded")
            assert embedded["decision"]["hits"][0]["rule"] == "mails-stay"
            assert answered["provider"] == "house"
            log = SQLLog(f"sqlite:///{tmp_path}/lineward.db", "lineward")
            leaves = [json.loads(log.leaf(index)) for index in range(record["index"] + 1)]
            log.close()
            kinds = [leaf["type"] for leaf in leaves if leaf["run"] == record["id"]]
            assert kinds == ["embedding", "intent"]
            ledger = open_ledger(f"sqlite:///{tmp_path}/lineward.db")
            assert [fault for fault in ledger.verify() if not isinstance(fault, int)] == []
            ledger.close()

            vectors.texts.clear()
            with pytest.raises(openai.PermissionDeniedError, match=r"GITHUB_TOKEN found \(rule keys-stay, ask secops"):
                house.client.chat.completions.create(
                    model="local", messages=[{"role": "user", "content": f"What is {TOKEN}?"}],
                    extra_body={"collections": ["kb"]},
                )  # fmt: skip
            assert vectors.texts == []

            upstream_server.requests.clear()
            upstream_server.says = [Whole({"results": [{"index": 0, "relevance_score": 0.9}]})]
            ranked = house.http.post("/v1/rerank", json={
                "model": "local-told", "query": "refunds",
                "documents": [{"text": "From the web.", "labels": {"trust": "web"}}, {"text": "From us."}],
            })  # fmt: skip
            assert upstream_server.requests[0]["documents"] == [{"text": "From us."}]
            assert ranked.json()["results"][0]["index"] == 1
            record = house.ended(ranked.headers["x-lineward-response-id"])
            assert [(entry["state"], entry["rule"]) for entry in record["context"]] == [
                ("dropped", "web-stays"), ("sent", None),
            ]  # fmt: skip
