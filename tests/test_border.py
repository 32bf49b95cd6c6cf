from dataclasses import replace
from pathlib import Path

import pytest

from gateway.border import Border, Material
from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import PolicyViolation
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.domain.principals import Principal
from gateway.lineage.recorder import Notes
from gateway.policy.loading import load
from gateway.pseudonyms import Pseudonyms

OUTSIDE = Facts(
    provider="outside", model="m", region="us", self_hosted=False, zero_retention=False, trains_on_data=True
)
HOUSE = OUTSIDE | {"provider": "house", "self_hosted": True}
RULES = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- {id: drop, owner: a@example.com, target: chunk, effect: drop_chunk, explain: "{chunk.document} stays",
   match: {chunk.classification: confidential, dest.self_hosted: false}}
- {id: refuse, owner: a@example.com, target: chunk, effect: deny, explain: "{chunk.document} never",
   match: {chunk.classification: restricted, dest.self_hosted: false}}
- {id: blur, owner: a@example.com, target: chunk, effect: mask, explain: "blurred",
   match: {chunk.trust: web}}
- {id: mails, owner: a@example.com, target: finding, effect: mask, explain: "mail",
   match: {finding.entity: EMAIL_ADDRESS, dest.self_hosted: false}}
- {id: phones, owner: a@example.com, target: finding, effect: pseudonymise, explain: "phone",
   match: {finding.entity: PHONE_NUMBER}}
- {id: secrets, owner: a@example.com, target: finding, effect: deny, explain: "secret",
   match: {finding.entity: JWT}}
- {id: no-streams, owner: a@example.com, target: request, effect: deny, explain: "not streamed",
   match: {request.stream: true}}
- {id: ssn-prompts, owner: a@example.com, target: prompt, effect: deny, explain: "such prompts stay",
   match: {prompt.entities: {contains: US_SSN}}}
"""
PRINCIPAL = Principal("bot", "acme", purposes=("support",), purpose="support")


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory):
    path: Path = tmp_path_factory.mktemp("policies") / "rules.yaml"
    path.write_text(RULES)
    return load(path)


def border(policies, dest: Facts = OUTSIDE) -> Border:
    return Border(policies, PRINCIPAL.facts, "acme", dest, Notes(), Pseudonyms())


def chunk(text: str, **labels: str) -> Chunk:
    return Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, text, How.DECLARED, labels=Facts(labels), rank=1)


def material(question: str = "Why?", chunks=(), question_findings=(), chunk_findings=None) -> Material:
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": question}]})
    texts = request.texts
    found = [question_findings if text.value == question else [] for text in texts]
    return Material(request, texts, found, chunks, chunk_findings or [[] for _ in chunks], [[] for _ in chunks])


def sent(prompt: ChatRequest) -> str:
    return " ".join(text.value for text in prompt.texts)


def test_a_dropped_chunk_is_not_in_the_prompt_and_its_edge_names_the_rule(policies):
    asked = border(policies)

    prompt = asked.prompt(material(chunks=[chunk("secret plan", classification="confidential"), chunk("open")]))

    assert "secret plan" not in sent(prompt) and "open" in sent(prompt)
    assert [(edge.state, edge.rule) for edge in asked.notes.edges] == [
        (ChunkState.DROPPED, "drop"),
        (ChunkState.SENT, None),
    ]


def test_a_denied_chunk_refuses_the_request_naming_rule_owner_and_values(policies):
    asked = border(policies)

    with pytest.raises(PolicyViolation) as caught:
        asked.prompt(material(chunks=[chunk("x", classification="restricted"), chunk("y")]))

    assert caught.value.rules[0].id == "refuse"
    assert caught.value.message == "a.md never (rule refuse, ask a@example.com)."
    assert [edge.state for edge in asked.notes.edges] == [ChunkState.DROPPED, ChunkState.SENT]


def test_a_finding_in_a_chunk_is_masked_and_the_chunk_keeps_its_identity(policies):
    asked = border(policies)
    mail = Finding("EMAIL_ADDRESS", 0, 6, 1.0, "p")

    prompt = asked.prompt(material(chunks=[chunk("a@b.io writes")], chunk_findings=[[mail]]))

    assert "<EMAIL_ADDRESS> writes" in sent(prompt)
    assert asked.notes.edges[0].state is ChunkState.MASKED
    assert prompt.placed[0].chunk.digest == chunk("a@b.io writes").digest


def test_what_stands_above_a_chunk_is_judged_like_the_chunk(policies):
    asked, mail = border(policies), Finding("EMAIL_ADDRESS", 3, 9, 1.0, "p")
    titled = replace(chunk("plain"), title="To a@b.io")

    prompt = asked.prompt(replace(material(chunks=[titled]), heading_findings=[[mail]]))

    assert "To <EMAIL_ADDRESS>" in sent(prompt) and "a@b.io" not in sent(prompt)
    assert asked.notes.edges[0].state is ChunkState.MASKED
    assert prompt.placed[0].digest == titled.digest


def test_a_forbidden_finding_in_a_chunk_drops_the_chunk_not_the_request(policies):
    asked = border(policies)

    prompt = asked.prompt(material(chunks=[chunk("eyJ.token")], chunk_findings=[[Finding("JWT", 0, 9, 1.0, "p")]]))

    assert "eyJ" not in sent(prompt)
    assert asked.notes.edges[0].rule == "secrets"


def test_a_masked_chunk_loses_every_finding(policies):
    asked = border(policies, HOUSE)
    mail = Finding("EMAIL_ADDRESS", 0, 6, 1.0, "p")

    prompt = asked.prompt(material(chunks=[chunk("a@b.io writes", trust="web")], chunk_findings=[[mail]]))

    assert "a@b.io" not in sent(prompt)
    assert asked.notes.edges[0].rule == "blur"


def test_findings_in_the_prompt_are_masked_for_one_destination_and_left_for_another(policies):
    mail = Finding("EMAIL_ADDRESS", 5, 11, 1.0, "p")
    asked = material("mail a@b.io", question_findings=[mail])

    assert "<EMAIL_ADDRESS>" in sent(border(policies).prompt(asked))
    assert "a@b.io" in sent(border(policies, HOUSE).prompt(asked))


def test_a_pseudonym_stands_for_the_same_value_everywhere_and_the_callers_texts_come_first(policies):
    asked, number = border(policies), "555-0100"
    phone = Finding("PHONE_NUMBER", 5, 13, 1.0, "p")
    inside = Finding("PHONE_NUMBER", 0, 8, 1.0, "p"), Finding("PHONE_NUMBER", 9, 17, 1.0, "p")

    prompt = asked.prompt(material(f"call {number}", [chunk(f"555-0199 {number}")], [phone], [list(inside)]))

    assert "call <PHONE_NUMBER_1>" in sent(prompt) and "<PHONE_NUMBER_2> <PHONE_NUMBER_1>" in sent(prompt)
    assert asked.pseudonyms.value("PHONE_NUMBER_1") == number


def test_a_forbidden_finding_in_the_prompt_refuses_it_and_counts_what_was_found(policies):
    with pytest.raises(PolicyViolation) as caught:
        border(policies).prompt(material("eyJ.token", question_findings=[Finding("JWT", 0, 9, 1.0, "p")]))

    assert caught.value.findings == (("JWT", 1),)
    assert caught.value.param == "messages[0].content"


def test_a_rule_about_the_whole_prompt_sees_what_was_found_in_it(policies):
    with pytest.raises(PolicyViolation) as caught:
        border(policies).prompt(material("078-05-1120", question_findings=[Finding("US_SSN", 0, 11, 1.0, "p")]))

    assert caught.value.rules[0].id == "ssn-prompts"


def test_a_request_may_be_refused_for_what_it_is(policies):
    streamed = CHAT.parse({"model": "m", "stream": True, "messages": [{"role": "user", "content": "x"}]})

    with pytest.raises(PolicyViolation):
        border(policies).request(streamed)


def test_each_finding_is_noted_with_its_place_and_rule(policies):
    asked = border(policies)

    asked.prompt(material("mail a@b.io", question_findings=[Finding("EMAIL_ADDRESS", 5, 11, 1.0, "p")]))

    (noted,) = asked.notes.findings
    assert (noted.where, noted.place, noted.action, noted.rule) == (
        Where.PROMPT,
        "messages[0].content",
        "mask",
        "mails",
    )
