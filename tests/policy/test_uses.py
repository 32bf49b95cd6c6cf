import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.policy.attributes import BUILT_IN
from gateway.policy.licences import licence_facts
from gateway.policy.readings import Reader
from gateway.policy.uses import (
    chunk_facts,
    context_facts,
    document_facts,
    finding_facts,
    prompt_facts,
    request_facts,
    response_facts,
    tool_call_facts,
)

KB = Source("kb", "docs")


def chunk(text="t", **labels):
    return Chunk(KB, "a.md", "v", 0, text, How.DECLARED, labels=Facts(labels))


def finding(entity):
    return Finding(entity, 0, 3, 0.9, "patterns")


def test_a_chunk_is_its_labels_and_what_the_gateway_knows():
    assert chunk_facts(chunk(license="MIT"), "acme") == Facts(
        source="kb/docs", document="a.md", how="declared", tenant="acme", license="MIT", **licence_facts("MIT")
    )


def test_what_follows_from_a_licence_is_not_for_a_document_to_say():
    claimed = chunk(license="CC-BY-NC-4.0", license_noncommercial=False, license_unknown=False)

    assert chunk_facts(claimed, "acme")["license_noncommercial"] is True
    assert "license_attribution" not in chunk_facts(chunk(license_attribution=True), "acme")


def test_a_label_cannot_claim_another_source_document_or_way():
    facts = chunk_facts(chunk(source="trusted", document="other", how="retrieved"), "acme")

    assert (facts["source"], facts["document"], facts["how"]) == ("kb/docs", "a.md", "declared")


@pytest.mark.parametrize(("label", "tenant"), [("acme", "acme"), ("rival", "acme and rival"), (7, "acme and 7")])
def test_a_chunk_that_two_tenants_claim_is_neither_s(label, tenant):
    assert chunk_facts(chunk(tenant=label), "acme")["tenant"] == tenant
    assert document_facts(Document(KB, "a.md", "t", "v", labels=Facts(tenant=label)), "acme")["tenant"] == tenant


def test_facts_of_the_same_labels_are_the_same_object_whatever_the_text():
    """So that a remembered decision is found by identity."""
    assert chunk_facts(chunk("one", license="MIT"), "acme") is chunk_facts(chunk("two", license="MIT"), "acme")


def test_a_document_is_its_labels_and_its_name():
    document = Document(KB, "a.md", "text", "v", labels=Facts(classification="public"))

    assert document_facts(document, "acme") == Facts(
        source="kb/docs", id="a.md", tenant="acme", classification="public"
    )


@pytest.mark.parametrize(
    ("entity", "category"), [("EMAIL_ADDRESS", "pii"), ("PRIVATE_KEY", "secret"), ("HIGH_ENTROPY_SECRET", "secret")]
)
def test_a_finding_is_personal_or_secret(entity, category):
    assert finding_facts(finding(entity), Where.PROMPT, "user") == Facts(
        entity=entity, category=category, score=0.9, detector="patterns", where="prompt", carrier="user"
    )


def test_a_prompt_carries_the_labels_of_its_chunks_and_its_entities_once():
    chunks = [chunk(classification="public", trust="web"), chunk(classification="restricted"), chunk()]
    findings = [finding("US_SSN"), finding("EMAIL_ADDRESS"), finding("US_SSN")]

    expected = Facts(
        chunks=3,
        classifications=("", "public", "restricted"),
        origins=("web",),
        entities=("EMAIL_ADDRESS", "US_SSN"),
    )
    assert prompt_facts(findings, chunks) == expected
    assert response_facts(findings, chunks) == expected


def test_a_tool_call_carries_the_labels_of_its_context():
    assert tool_call_facts("send_mail", [chunk(trust="web")]) == Facts(
        name="send_mail", chunks=1, classifications=("",), origins=("web",)
    )


def test_a_request_is_its_model_and_whether_it_streams():
    request = CHAT.parse({"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]})

    assert request_facts(request) == Facts(model="m", stream=True)


def test_every_fact_is_an_attribute_or_the_stuff_of_one():
    inherited = {"classifications", "origins"}
    given = {
        "chunk": chunk_facts(chunk(), "acme"),
        "document": document_facts(Document(KB, "a.md", "t", "v"), "acme"),
        "finding": finding_facts(finding("JWT"), Where.CHUNK, "chunk"),
        "prompt": prompt_facts([], []),
        "response": response_facts([], []),
        "tool_call": tool_call_facts("x", []),
    }

    names = {f"{subject}.{label}" for subject, facts in given.items() for label in facts if label not in inherited}
    assert names <= BUILT_IN.attributes.keys()


NAMES = st.lists(st.sampled_from(["hr", "ops", "legal"]), max_size=3, unique=True).map(tuple)
LABELS = st.fixed_dictionaries(
    {},
    optional={
        "classification": st.sampled_from(["public", "internal", "confidential", "restricted"]),
        "trust": st.sampled_from(["user_upload", "web", "partner", "internal"]),
        "purposes": NAMES,
        "readers": NAMES,
        "denied_readers": NAMES,
        "residency": st.sampled_from(["eu", "us"]),
    },
)


@given(st.lists(LABELS, max_size=4), LABELS)
def test_one_more_chunk_never_loosens_the_label_of_a_context(labels, more):
    """Higher classification, less trust, fewer purposes and readers, more denied readers and residencies: a join."""
    reader = Reader(BUILT_IN, {"chunk.classification": "internal"})
    contexts = [context_facts([chunk(**one) for one in each]) for each in (labels, [*labels, more], [more, *labels])]
    before, after, turned = [reader.reading("response", facts, Facts(), Facts()).values for facts in contexts]

    assert after == turned
    for name in ("classification", "trust"):
        choices = BUILT_IN.attributes[f"response.{name}"].choices
        ranks = [
            choices.index(values[f"response.{name}"]) for values in (before, after) if f"response.{name}" in values
        ]
        assert ranks == sorted(ranks, reverse=name == "trust")
    for name in ("purposes", "readers"):
        if f"response.{name}" in before:
            assert {*after[f"response.{name}"]} <= {*before[f"response.{name}"]}
    for name in ("denied_readers", "residencies"):
        assert {*before.get(f"response.{name}", ())} <= {*after.get(f"response.{name}", ())}
