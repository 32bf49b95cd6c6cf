from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.facts import NONE, Facts
from gateway.domain.labels import ORDERS
from gateway.domain.openlineage import Tag
from gateway.domain.tags import TYPED, tightened, travelled


def test_every_tag_is_listed():
    found = travelled([Tag("pii", "true"), Tag("gdpr"), Tag("team", "crm"), Tag("pii", "true", "ssn")])

    assert found == Facts(tags=("pii", "gdpr", "team=crm"))


@pytest.mark.parametrize(
    ("key", "value", "name", "label"),
    [
        ("classification", "Confidential", "classification", "confidential"),
        ("CLASSIFICATION", "restricted", "classification", "restricted"),
        ("license", "CC-BY-4.0", "license", "CC-BY-4.0"),
        ("residency", "eu", "residency", "eu"),
        ("purposes", "support, sales", "purposes", ("support", "sales")),
        ("readers", "hr", "readers", ("hr",)),
        ("trust", "web", "trust", "web"),
        ("expires_at", "2027-01-01", "expires_at", datetime(2027, 1, 1, tzinfo=UTC)),
        ("legal_hold", "true", "legal_hold", True),
        ("consent", "False", "consent", False),
    ],
)
def test_some_keys_are_labels_of_their_own(key, value, name, label):
    assert travelled([Tag(key, value)])[name] == label


@pytest.mark.parametrize(
    ("key", "value"),
    [("expires_at", "soon"), ("consent", "true"), ("legal_hold", "false"), ("owner", "me"), ("license", ""),
     ("quarantined", "true"), ("purposes", " , ")],
)  # fmt: skip
def test_what_a_label_cannot_say_or_a_tag_may_not_say_is_a_tag_alone(key, value):
    assert travelled([Tag(key, value)]).keys() == {"tags"}


def test_of_several_values_the_strictest_holds_and_without_an_order_the_nearest():
    found = travelled(
        [Tag("classification", "internal"), Tag("license", "MIT"), Tag("license", "GPL-3.0"),
         Tag("classification", "restricted"), Tag("classification", "public"), Tag("readers", "a,b"),
         Tag("readers", "b,c")]
    )  # fmt: skip

    assert (found["classification"], found["license"], found["readers"]) == ("restricted", "MIT", ("b",))


def test_further_keys_can_be_named():
    found = travelled([Tag("DataClass", "restricted")], {"DataClass": "classification"})

    assert (found["classification"], found["tags"]) == ("restricted", ("DataClass=restricted",))


@pytest.mark.parametrize(
    ("held", "came", "unlabelled", "becomes"),
    [
        ("internal", "confidential", "internal", "confidential"),
        ("restricted", "confidential", "internal", "restricted"),
        (None, "confidential", "internal", "confidential"),
        (None, "public", "internal", None),
        (None, "internal", "confidential", None),
        (None, "restricted", None, None),
        ("public", "restricted", None, "restricted"),
    ],
)
def test_a_classification_only_tightens(held, came, unlabelled, becomes):
    chunk = NONE if held is None else Facts(classification=held)

    assert tightened(chunk, Facts(classification=came), unlabelled).get("classification") == becomes


def test_the_loosest_word_says_nothing_of_a_chunk_without_that_label():
    came = Facts(trust="internal", ai_training="allowed", ai_inference="constrained")

    assert tightened(NONE, came, "internal") == Facts(ai_inference="constrained")


def test_tags_are_added_to_those_that_are_there():
    assert tightened(Facts(tags=("a",)), Facts(tags=("b", "a")), None) == Facts(tags=("a", "b"))


def test_a_license_of_the_catalogue_holds():
    assert tightened(Facts(license="MIT"), Facts(license="GPL-3.0"), None)["license"] == "MIT"


words = st.sampled_from(
    [word for order in ORDERS.values() for word in order] + ["true", "false", "a", "a,b", "2027-01-01"]
)
tags = st.lists(st.builds(Tag, st.sampled_from(sorted(TYPED)), words), max_size=6)


@given(tags, tags, st.sampled_from([None, *ORDERS["classification"]]))
def test_what_travels_never_loosens(own, came, unlabelled):
    held = travelled(own)
    result = tightened(held, travelled(came), unlabelled)

    for name, order in ORDERS.items():
        before = held.get(name, unlabelled if name == "classification" else order[0])
        after = result.get(name, unlabelled if name == "classification" else order[0])
        if before in order and after in order:
            assert order.index(after) >= order.index(before)
    for name in ("readers", "purposes"):
        if name in held:
            assert set(result[name]) <= set(held[name])
    assert set(held.get("tags", ())) <= set(result.get("tags", ()))
    assert tightened(result, travelled(came), unlabelled) == result
