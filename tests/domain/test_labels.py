from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.labels import ORDERS, SourceLabels, joined, read_labels
from gateway.policy import attributes

names = st.sampled_from(["hr", "ops", "sales", "board"])
lists = st.lists(names, max_size=3, unique=True).map(tuple)
times = st.datetimes(timezones=st.just(UTC))
wrong = st.one_of(st.integers(), st.text(max_size=3), st.booleans())
RIGHT = {
    **{name: st.sampled_from(order) for name, order in sorted(ORDERS.items())},
    **dict.fromkeys(["readers", "purposes", "denied_readers", "tags"], lists),
    **dict.fromkeys(["expires_at", "embargo_until"], times),
    **dict.fromkeys(["legal_hold", "quarantined", "consent"], st.booleans()),
    **dict.fromkeys(["license", "residency", "quality", "own"], st.text(max_size=3)),
}
catalogues = st.fixed_dictionaries({}, optional=RIGHT).map(Facts)
claims = st.fixed_dictionaries({}, optional={name: st.one_of(of, wrong) for name, of in RIGHT.items()}).map(Facts)


def is_as_tight(name, held, got) -> bool:
    """Whether *got* restricts at least as much as *held*, told by other means than the code under test."""
    if name in ORDERS:
        return got not in ORDERS[name] or ORDERS[name].index(got) >= ORDERS[name].index(held)
    if name in ("readers", "purposes"):
        return set(got) <= set(held)
    if name in ("denied_readers", "tags"):
        return set(got) >= set(held)
    if name == "expires_at":
        return got <= held
    if name == "embargo_until":
        return got >= held
    if name in ("legal_hold", "quarantined"):
        return got or not held
    if name == "consent":
        return held or not got
    return got == held


@given(catalogues, claims)
def test_joining_never_loosens_what_the_catalogue_says(catalogue, claimed):
    result = joined(catalogue, claimed)

    assert [name for name in catalogue if not is_as_tight(name, catalogue[name], result[name])] == []


@given(catalogues, catalogues)
def test_joining_never_loosens_what_was_claimed_of_an_ordered_or_listed_label(catalogue, claimed):
    result = joined(catalogue, claimed)

    plain = {"license", "residency", "quality", "own"}
    assert [n for n in claimed if n not in plain and not is_as_tight(n, claimed[n], result[n])] == []


@given(catalogues, claims)
def test_joining_twice_is_joining_once(catalogue, claimed):
    once = joined(catalogue, claimed)

    assert joined(catalogue, once) == once


@given(claims)
def test_without_a_catalogue_entry_the_claim_stands(claimed):
    assert joined(NONE, claimed) == claimed


def test_the_rule_of_each_kind_of_label():
    held = Facts(
        classification="internal", readers=("hr", "ops"), purposes=("support",), license="MIT", trust="internal",
        expires_at=datetime(2030, 1, 1, tzinfo=UTC), denied_readers=("eve",),
    )  # fmt: skip
    said = Facts(
        classification="restricted", readers=("ops", "eve"), license="proprietary", trust="web", topic="pay",
        expires_at="2029-01-01", denied_readers=("bob",),
    )  # fmt: skip

    assert dict(joined(held, said)) == {
        "classification": "restricted",
        "readers": ("ops",),
        "purposes": ("support",),
        "license": "MIT",
        "trust": "web",
        "topic": "pay",
        "expires_at": datetime(2029, 1, 1, tzinfo=UTC),
        "denied_readers": ("eve", "bob"),
    }


def test_a_word_that_is_not_known_is_stricter_than_any_that_is():
    assert joined(Facts(classification="restricted"), Facts(classification="cosmic"))["classification"] == "cosmic"
    assert joined(Facts(classification="cosmic"), Facts(classification="public"))["classification"] == "cosmic"


def test_a_policy_set_s_own_order_can_be_given():
    order = {"classification": ("c0", "c1", "c2")}

    assert joined(Facts(classification="c1"), Facts(classification="c2"), order)["classification"] == "c2"
    assert joined(Facts(classification="c1"), Facts(classification="c0"), order)["classification"] == "c1"


def test_the_orders_are_those_of_the_policies():
    assert ORDERS["classification"] == attributes.CLASSIFICATIONS
    assert ORDERS["trust"] == tuple(reversed(attributes.TRUST))
    assert ORDERS["ai_training"] == ORDERS["ai_inference"] == attributes.PREFERENCES


def test_a_source_has_its_own_labels_and_those_of_its_namespace():
    wiki, other = Source("https://wiki", "hr"), Source("https://wiki", "all")
    labels = SourceLabels({wiki: Facts(readers=("hr",))}, {"https://wiki": Facts(classification="internal")})

    assert dict(labels.of(wiki)) == {"readers": ("hr",), "classification": "internal"}
    assert labels.joined(other, Facts(classification="public")) == Facts(classification="internal")
    assert labels.joined(Source("file", "/kb"), Facts(classification="public")) == Facts(classification="public")
    assert wiki in labels and other in labels and Source("file", "/kb") not in labels


def test_labels_are_read_in_the_types_of_policies():
    read = read_labels({"readers": "hr", "expires_at": "2030-01-01", "tags": ["a"], "quality": 0.5, "gone": None}, "x")

    assert read == Facts(readers=("hr",), expires_at=datetime(2030, 1, 1, tzinfo=UTC), tags=("a",), quality=0.5)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"tenant": "rival"}, "'tenant'"), ({"expires_at": "soon"}, "a date"), ({"deep": {"er": 1}}, "'deep' must be")],
)
def test_a_label_that_cannot_be_read_is_refused_with_its_place(given, sentence):
    with pytest.raises(BadRequest, match=sentence) as refused:
        read_labels(given, "documents[0]", "documents[0].labels")

    assert refused.value.param == f"documents[0].labels.{next(iter(given))}"
