from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.attributes import BUILT_IN, Attribute, Kind
from gateway.policy.conditions import Condition, Operator, conjunction, ordered
from gateway.policy.readings import Reading, Unreadable

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT, NUMBER, LIST, TIME = (
    Attribute("chunk.text", Kind.STRING),
    Attribute("chunk.number", Kind.INT),
    Attribute("chunk.list", Kind.LIST),
    Attribute("chunk.time", Kind.TIMESTAMP),
)


def holds(attribute, operator, operand, *value):
    values = {attribute.name: value[0]} if value else {}
    return conjunction([Condition(attribute, Operator(operator), operand)])(Reading({**values, "now": NOW}))


@pytest.mark.parametrize(
    ("attribute", "operator", "operand", "value", "expected"),
    [
        (TEXT, "eq", "a", "a", True),
        (TEXT, "eq", "a", "b", False),
        (TEXT, "ne", "a", "b", True),
        (TEXT, "ne", "a", "a", False),
        (TEXT, "in", frozenset({"a", "b"}), "a", True),
        (TEXT, "in", frozenset({"a", "b"}), "c", False),
        (TEXT, "not_in", frozenset({"a"}), "c", True),
        (TEXT, "not_in", frozenset({"a"}), "a", False),
        (TEXT, "exists", True, "a", True),
        (TEXT, "exists", False, "a", False),
        (NUMBER, "lt", 3, 2, True),
        (NUMBER, "lt", 3, 3, False),
        (NUMBER, "lte", 3, 3, True),
        (NUMBER, "lte", 3, 4, False),
        (NUMBER, "gt", 3, 4, True),
        (NUMBER, "gt", 3, 3, False),
        (NUMBER, "gte", 3, 3, True),
        (NUMBER, "gte", 3, 2, False),
        (NUMBER, "eq", 0, 0, True),
        (LIST, "contains", "a", ("a", "b"), True),
        (LIST, "contains", "a", (), False),
        (LIST, "intersects", frozenset({"a", "z"}), ("a", "b"), True),
        (LIST, "intersects", frozenset({"z"}), ("a", "b"), False),
        (LIST, "exists", True, (), True),
        (TIME, "lte", "now", NOW, True),
        (TIME, "lt", "now", NOW, False),
        (TIME, "gt", "now", NOW + timedelta(minutes=1), True),
    ],
)
def test_each_operator_compares_as_its_name_says(attribute, operator, operand, value, expected):
    assert holds(attribute, operator, operand, value) is expected


@pytest.mark.parametrize(
    ("operator", "operand"),
    [("eq", "a"), ("ne", "a"), ("in", frozenset("a")), ("not_in", frozenset("a")), ("exists", True)],
)
def test_no_condition_holds_on_an_absent_optional_attribute(operator, operand):
    assert holds(TEXT, operator, operand) is False


def test_only_the_condition_of_absence_holds_on_an_absent_attribute():
    assert holds(TEXT, "exists", False) is True


@pytest.mark.parametrize(
    ("operator", "operand"), [("eq", "kb"), ("ne", "kb"), ("exists", True), ("exists", False), ("in", frozenset())]
)
def test_an_absent_required_attribute_cannot_be_judged(operator, operand):
    with pytest.raises(Unreadable, match=r"chunk\.source is missing"):
        holds(BUILT_IN.attributes["chunk.source"], operator, operand)


def test_no_condition_holds_for_all_uses():
    assert conjunction([])(Reading({})) is True


CONDITIONS = [
    Condition(BUILT_IN.attributes["chunk.source"], Operator.EQ, "kb"),
    Condition(BUILT_IN.attributes["chunk.how"], Operator.NE, "declared"),
    Condition(BUILT_IN.attributes["chunk.license"], Operator.EXISTS, False),
    Condition(BUILT_IN.attributes["chunk.tags"], Operator.CONTAINS, "x"),
]
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "chunk.source": st.sampled_from(["kb", "web"]),
        "chunk.how": st.sampled_from(["declared", "retrieved"]),
        "chunk.license": st.just("MIT"),
        "chunk.tags": st.sampled_from([("x",), ()]),
    },
)


def outcome(conditions, reading):
    try:
        return conjunction(conditions)(reading)
    except Unreadable:
        return None


@given(order=st.permutations(CONDITIONS), values=VALUES)
def test_the_order_of_conditions_never_matters_and_one_that_fails_decides(order, values):
    """A conjunction is false if any part is, even if another part cannot be judged."""
    reading = Reading(values)
    parts = [outcome([condition], reading) for condition in order]

    expected = False if False in parts else None if None in parts else True
    assert outcome(order, reading) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("lt", {"public", "internal"}),
        ("lte", {"public", "internal", "confidential"}),
        ("gt", {"restricted"}),
        ("gte", {"confidential", "restricted"}),
    ],
)
def test_choices_are_compared_by_their_order(operator, expected):
    attribute = BUILT_IN.attributes["chunk.classification"]

    assert ordered(attribute, Operator(operator), "confidential") == expected
