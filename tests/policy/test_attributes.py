import pytest

from gateway.domain.decisions import Target
from gateway.policy.attributes import BUILT_IN, SUBJECTS, Attribute, Kind

CHUNK = ["source", "document", "how", "tenant", "readers", "denied_readers", "classification", "purposes"]
CHUNK += ["lawful_basis", "license", "ai_inference", "ai_training", "residency", "expires_at", "embargo_until"]
CHUNK += ["trust", "quality", "quarantined", "owner", "tags"]


@pytest.mark.parametrize("label", CHUNK)
def test_a_chunk_has_every_attribute_of_the_design(label):
    assert f"chunk.{label}" in BUILT_IN.attributes


@pytest.mark.parametrize("target", Target)
def test_a_rule_sees_its_subject_the_user_the_destination_and_now_but_no_other_subject(target):
    roots = {name.partition(".")[0] for name in BUILT_IN.visible(target)}

    assert roots == {SUBJECTS[target], "user", "dest", "now"}


def test_what_is_declared_of_a_chunk_holds_for_a_document_too():
    schema = BUILT_IN.extended([Attribute("chunk.project", Kind.STRING, label=True)])

    assert schema.attributes["document.project"].kind is Kind.STRING
    assert "chunk.project" not in BUILT_IN.attributes


def test_a_new_order_of_classifications_is_inherited_by_prompts_and_answers():
    order = ("open", "closed")
    schema = BUILT_IN.extended([Attribute("chunk.classification", Kind.STRING, True, order, label=True)])

    inherited = schema.attributes["response.classification"]
    assert inherited.choices == order
    assert not inherited.required


def test_trust_without_an_order_cannot_be_inherited():
    schema = BUILT_IN.extended([Attribute("chunk.trust", Kind.INT, True, label=True)])

    assert "prompt.trust" not in schema.attributes
    assert schema.least_trusted(["7"]) is None


@pytest.mark.parametrize(
    ("labels", "highest"),
    [
        (["public", "confidential", "internal"], "confidential"),
        (["public"], "public"),
        (["public", "cosmic"], "restricted"),
        ([""], "restricted"),
        ([], None),
    ],
)
def test_the_highest_classification_wins_and_an_unknown_one_is_the_highest(labels, highest):
    assert BUILT_IN.highest(labels) == highest


@pytest.mark.parametrize(
    ("origins", "least"),
    [(["internal", "web"], "web"), (["internal", "the pub"], "user_upload"), ([], None)],
)
def test_the_least_trusted_origin_wins_and_an_unknown_one_is_the_least(origins, least):
    assert BUILT_IN.least_trusted(origins) == least
