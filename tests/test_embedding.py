from collections.abc import Sequence

import pytest

from gateway.border import Border
from gateway.domain.decisions import Effect
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import PolicyViolation
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.embedding import Screen, attempt, embeddable, embedding, kept_in
from gateway.lineage.recorder import Notes
from gateway.policy.loading import parse
from gateway.pseudonyms import Pseudonyms

OUTSIDE = Facts(provider="out", model="e-1", region="us", self_hosted=False, zero_retention=True, trains_on_data=False)
HOUSE = OUTSIDE | {"provider": "onnx", "self_hosted": True}
PRINCIPAL = Principal("bot", "acme", purposes=("support",), purpose="support")
POLICIES = parse({"p.yaml": """
version: 1
defaults: {unlabelled: internal}
rules:
- {id: mails, owner: a@example.com, target: finding, effect: pseudonymise, explain: "mail",
   match: {finding.entity: EMAIL_ADDRESS, dest.self_hosted: false}}
- {id: keys, owner: a@example.com, target: finding, effect: deny, explain: "{finding.entity}",
   match: {finding.entity: JWT}}
- {id: people, owner: a@example.com, target: finding, effect: {route: {to: house}}, explain: "people stay",
   match: {finding.entity: PERSON}}
- {id: confidential, owner: a@example.com, target: chunk, effect: drop_chunk, explain: "{chunk.document} stays",
   match: {chunk.classification: confidential, dest.self_hosted: false}}
- {id: purposes, owner: a@example.com, target: chunk, effect: drop_chunk, explain: "not for that",
   match: {chunk.purposes: {exists: true}}, when: '!(user.purpose in chunk.purposes)'}
- {id: residency, owner: a@example.com, target: chunk, effect: drop_chunk, explain: "{chunk.document} stays there",
   match: {chunk.residency: {exists: true}}, when: 'dest.region != chunk.residency'}
- {id: web, owner: a@example.com, target: chunk, effect: mask, explain: "blurred", match: {chunk.trust: web}}
- {id: no-llama, owner: a@example.com, target: request, effect: deny, explain: "not this one",
   match: {dest.provider: llama}}
"""}).policies  # fmt: skip
QUESTION = "Does a@b.io know Ann?"
MAIL, PERSON = Finding("EMAIL_ADDRESS", 5, 11, 1.0, "d"), Finding("PERSON", 17, 20, 1.0, "d")
KEY = Finding("JWT", 0, 4, 1.0, "d")


def border(dest: Facts = OUTSIDE) -> Border:
    return Border(POLICIES, PRINCIPAL.facts, "acme", dest, Notes(), Pseudonyms())


def chunk(text: str = QUESTION, **labels: str | tuple[str, ...]) -> Chunk:
    return Chunk(
        Source("file", "kb"), "a.md", "sha256:0", 0, text, How.RETRIEVED, title="By a@b.io", labels=Facts(labels)
    )


def test_what_policies_hide_of_a_question_is_hidden_from_an_embedder_outside_and_recorded():
    there = border()

    asked = embeddable(there, QUESTION, [MAIL])

    assert asked == "Does <EMAIL_ADDRESS_1> know Ann?"
    assert attempt(there).outcome == "embedded"
    assert (attempt(there).provider, attempt(there).decision.winner.rule) == ("out", "mails")
    event = embedding(PRINCIPAL, there, asked)
    assert (event.provider, event.model, event.region) == ("out", "e-1", "us")
    assert [noted.rule for noted in event.findings] == ["mails"]
    assert QUESTION not in str(event)


def test_an_embedder_in_the_house_gets_the_question_as_it_is():
    there = border(HOUSE)

    assert embeddable(there, QUESTION, [MAIL, PERSON]) == QUESTION
    assert attempt(there).decision is None


@pytest.mark.parametrize(
    ("dest", "findings", "rule"),
    [(OUTSIDE, [KEY], "keys"), (HOUSE, [KEY], "keys"), (OUTSIDE, [PERSON], "people"),
     (OUTSIDE | {"provider": "llama"}, [], "no-llama")],
)  # fmt: skip
def test_a_question_that_may_not_go_there_is_refused(dest: Facts, findings: Sequence[Finding], rule: str):
    with pytest.raises(PolicyViolation) as caught:
        embeddable(border(dest), QUESTION, findings)

    assert caught.value.decision.winner.rule == rule


@pytest.mark.parametrize(
    ("labels", "dest", "rule"),
    [
        ({"classification": "confidential"}, OUTSIDE, "confidential"),
        ({"classification": "confidential"}, HOUSE, None),
        ({"residency": "eu"}, OUTSIDE, "residency"),
        ({"residency": "eu"}, HOUSE, "residency"),  # it is ours, and elsewhere
        ({"residency": "eu"}, HOUSE | {"region": "local"}, None),  # it is here
        ({"purposes": ("payroll",)}, OUTSIDE, None),  # who will use it is not known yet
        ({"classification": "unheard of"}, OUTSIDE, "confidential"),  # it cannot be judged
        ({}, OUTSIDE, None),
    ],
)
def test_rules_that_read_where_a_chunk_goes_keep_it_from_the_embedder(labels: dict, dest: Facts, rule: str | None):
    decision = kept_in(POLICIES, chunk(**labels), "acme", PRINCIPAL.facts, dest)

    assert (decision and decision.winner.rule) == rule
    assert decision is None or decision.effect in (Effect.DROP_CHUNK, Effect.DENY)


def test_an_embedder_outside_sees_of_a_chunk_what_policies_let_leave_title_included():
    screen = Screen(POLICIES, PRINCIPAL.facts, "acme", OUTSIDE)

    text, hiding = screen.words(chunk(), [MAIL, PERSON, KEY], [Finding("EMAIL_ADDRESS", 3, 9, 1.0, "d")])

    assert text == "By <EMAIL_ADDRESS>\n<JWT> <EMAIL_ADDRESS> know <PERSON>?"
    assert {decision.enforced[0].rule for decision in hiding} == {"mails", "people", "keys"}


def test_a_masked_chunk_shows_no_finding_at_all():
    screen = Screen(POLICIES, PRINCIPAL.facts, "acme", OUTSIDE)
    phone = Finding("PHONE_NUMBER", 0, 4, 1.0, "d")

    text, hiding = screen.words(chunk(trust="web"), [phone], [])

    assert text == "By a@b.io\n<PHONE_NUMBER> a@b.io know Ann?"
    assert [decision.enforced[0].rule for decision in hiding] == ["web"]
