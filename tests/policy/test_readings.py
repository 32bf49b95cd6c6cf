import pytest

from gateway.domain.facts import NONE, Facts
from gateway.policy.attributes import BUILT_IN
from gateway.policy.readings import Reader, Reading

SOURCE, LICENSE = BUILT_IN.attributes["chunk.source"], BUILT_IN.attributes["chunk.license"]


@pytest.fixture
def reader():
    return Reader(BUILT_IN, {"chunk.classification": "internal"})


def test_facts_are_read_under_their_full_names(reader):
    reading = reader.reading("chunk", Facts(source="kb"), Facts(purpose="p"), Facts(region="eu"))

    assert reading.values == {
        "chunk.source": "kb",
        "chunk.classification": "internal",
        "user.purpose": "p",
        "dest.region": "eu",
    }


def test_a_label_that_nobody_declared_is_ignored(reader):
    assert reader.reading("chunk", Facts(colour="red"), NONE, NONE).values == {"chunk.classification": "internal"}


def test_a_label_of_another_type_is_no_value_and_no_default_replaces_it(reader):
    reading = reader.reading("chunk", Facts(classification="cosmic", quality="good"), NONE, NONE)

    assert reading.values == {}
    assert reading.wrong == {
        "chunk.classification": "chunk.classification is not one of public, internal, confidential, restricted.",
        "chunk.quality": "chunk.quality is not a number.",
    }


def test_the_value_of_a_wrong_label_is_not_repeated(reader):
    reading = reader.reading("chunk", Facts(quality="123-45-6789"), NONE, NONE)

    assert "123" not in reading.wrong["chunk.quality"]


def test_a_prompt_inherits_the_highest_classification_with_the_default_for_unlabelled_chunks(reader):
    facts = Facts(classifications=("", "public"), origins=("internal", "web"), chunks=2)

    values = reader.reading("prompt", facts, NONE, NONE).values
    assert values == {"prompt.chunks": 2, "prompt.classification": "internal", "prompt.trust": "web"}


def test_without_a_default_an_unlabelled_chunk_counts_as_the_highest():
    facts = Facts(classifications=("",), origins=(), chunks=1)

    assert Reader(BUILT_IN, {}).reading("prompt", facts, NONE, NONE).values["prompt.classification"] == "restricted"


def test_a_chunk_cannot_set_its_classification_through_what_prompts_inherit(reader):
    values = reader.reading("chunk", Facts(classification="restricted", classifications=("public",)), NONE, NONE).values

    assert values == {"chunk.classification": "restricted"}


def test_only_an_optional_attribute_may_be_absent():
    reading = Reading({}, {})

    assert reading.problem(SOURCE) == "chunk.source is missing."
    assert reading.problem(LICENSE) is None


def test_a_wrong_value_is_a_problem_even_of_an_optional_attribute():
    reading = Reading({}, {"chunk.license": "chunk.license is not a string."})

    assert reading.problem(LICENSE) == "chunk.license is not a string."
