from datetime import UTC, date, datetime

import pytest

from gateway.domain.decisions import Effect, Target
from gateway.policy.attributes import BUILT_IN
from gateway.policy.conditions import Condition, Operator
from gateway.policy.expressions import compiled
from gateway.policy.nodes import At
from gateway.policy.rules import LONGEST_VALUE, Explanation, Rule

SOURCE, LICENSE, EXPIRES = (BUILT_IN.attributes[f"chunk.{name}"] for name in ("source", "license", "expires_at"))


def rule(**fields):
    return Rule("r", Target.CHUNK, Effect.FLAG, At("p.yaml", 1), **fields)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("kb", "kb"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (("a", "b"), "a, b"),
        ((), "nobody"),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00+00:00"),
        ("x" * 1000, "x" * LONGEST_VALUE + "…"),
    ],
)
def test_an_explanation_is_filled_with_values_as_people_write_them(value, written):
    explanation = Explanation("...", (("It is ", "chunk.x"), (".", None)))

    assert explanation.filled({"chunk.x": value}) == f"It is {written}."


def test_an_explanation_says_what_it_does_not_know():
    assert Explanation("...", (("From ", "chunk.source"),)).filled({}) == "From (unknown)"


def test_a_rule_reads_what_its_match_and_its_expression_read_each_once():
    when = compiled('chunk.license != "MIT" && user.purpose != ""', BUILT_IN.visible(Target.CHUNK))
    conditions = (Condition(SOURCE, Operator.EQ, "kb"), Condition(LICENSE, Operator.EXISTS, True))

    assert rule(conditions=conditions, when=when).reads == ("chunk.source", "chunk.license", "user.purpose")


def test_a_rule_judges_otherwise_after_a_day_a_minute_or_never_and_by_moments_that_a_use_carries():
    by_match = rule(conditions=(Condition(EXPIRES, Operator.LTE, "now"),))
    by_expression = rule(when=compiled("now == now", BUILT_IN.visible(Target.CHUNK)))

    assert rule(until=date(2026, 1, 1)).step == 24 * 60
    assert by_expression.step == 1
    assert (by_match.step, by_match.moments) == (0, {"chunk.expires_at"})
    by_name = rule(conditions=(Condition(SOURCE, Operator.EQ, "now"),))
    assert (by_name.step, by_name.moments) == (0, frozenset())


def test_the_order_of_conditions_and_of_members_makes_no_other_rule():
    a = Condition(SOURCE, Operator.IN, frozenset({"x", "y"}))
    b = Condition(LICENSE, Operator.EXISTS, True)

    assert rule(conditions=(a, b)).canonical == rule(conditions=(b, a)).canonical
    assert rule(conditions=(a, b)).canonical["match"] == [
        ["chunk.license", "exists", True],
        ["chunk.source", "in", ["x", "y"]],
    ]
