import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.facts import Facts
from gateway.stores.values import dumps, facts, loads, read_facts, read_value, written
from tests.stores import bodies

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | bodies.numbers | bodies.texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(bodies.texts, inner, max_size=3),
    max_leaves=8,
)


@given(anything)
def test_json_comes_back_whatever_stands_in_it(value):
    assert loads(dumps(value)) == value


@given(bodies.facts)
def test_labels_come_back(labels):
    assert read_facts(loads(dumps(facts(labels)))) == labels


@pytest.mark.parametrize(
    "value",
    [
        True,
        1,
        1.0,
        10**30,
        math.inf,
        "time",
        ("a", "b"),
        (),
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=-7))),
    ],
)
def test_an_attribute_keeps_its_type(value):
    again = read_value(loads(dumps(written(value))))

    assert again == value
    assert type(again) is type(value)


def test_usual_values_stand_as_people_expect():
    labels = Facts(classification="internal", purposes=("a", "b"), level=3)

    assert json.loads(dumps(facts(labels))) == {"classification": "internal", "purposes": ["a", "b"], "level": 3}
