import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.errors import PolicyViolation
from gateway.domain.findings import Finding, distinct
from gateway.redaction import ends_inside, hidden, masked_json, refuse_denied, settled


def finding(start: int, end: int, entity: str = "US_SSN") -> Finding:
    return Finding(entity, start, end, 1.0, "test")


def decision(
    effect: Effect, *, rule: str = "r", mode: Mode = Mode.ENFORCE, reason: str = "", owner: str | None = None
) -> Decision:
    hit = RuleHit(rule, effect, mode, owner, reason)
    return Decision(Target.FINDING, effect if mode is Mode.ENFORCE else Effect.ALLOW, (hit,))


ALLOW = Decision(Target.FINDING, Effect.ALLOW)


def told(found: list[Finding], effects: dict[str, Effect]) -> list[tuple[str, int, int, Effect]]:
    decided = settled(found, lambda one: decision(effects[one.entity]))
    return [(one.entity, one.start, one.end, its.effect) for one, its in decided]


@pytest.mark.parametrize(
    ("found", "effects", "expected"),
    [
        # The surer finding may be read; the other one may not leave for it.
        (
            [Finding("AGE", 0, 9, 1.0, "a"), Finding("PERSON", 4, 6, 0.5, "b")],
            {"AGE": Effect.ALLOW, "PERSON": Effect.MASK},
            [("PERSON", 4, 6, Effect.MASK)],
        ),
        (
            [Finding("PHONE", 0, 5, 1.0, "a"), Finding("US_SSN", 3, 9, 0.5, "b")],
            {"PHONE": Effect.HASH, "US_SSN": Effect.MASK},
            [("US_SSN", 0, 9, Effect.MASK)],
        ),
        (
            [Finding("PHONE", 0, 5, 1.0, "a"), Finding("US_SSN", 3, 9, 0.5, "b")],
            {"PHONE": Effect.MASK, "US_SSN": Effect.DENY},
            [("US_SSN", 0, 9, Effect.DENY)],
        ),
        (
            [Finding("PHONE", 0, 5, 0.5, "a"), Finding("CARD", 3, 9, 1.0, "b")],
            {"PHONE": Effect.MASK, "CARD": Effect.MASK},
            [("CARD", 0, 9, Effect.MASK)],
        ),
        (
            [Finding("A", 0, 2, 1.0, "a"), Finding("B", 2, 4, 1.0, "b"), Finding("C", 6, 8, 1.0, "c")],
            {"A": Effect.HASH, "B": Effect.MASK, "C": Effect.FLAG},
            [("A", 0, 2, Effect.HASH), ("B", 2, 4, Effect.MASK), ("C", 6, 8, Effect.FLAG)],
        ),
        (
            [Finding("A", 0, 4, 1.0, "a"), Finding("B", 2, 6, 0.5, "b")],
            {"A": Effect.ALLOW, "B": Effect.FLAG},
            [("B", 0, 6, Effect.FLAG)],
        ),
        ([], {}, []),
    ],
)
def test_where_findings_overlap_the_most_restrictive_decision_holds(found, effects, expected) -> None:
    assert told(found, effects) == expected
    assert told(found[::-1], effects) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.integers(0, 30), st.integers(1, 9), st.floats(0, 1)).map(
            lambda drawn: Finding(drawn[0], drawn[1], drawn[1] + drawn[2], drawn[3], "test")
        ),
        max_size=8,
    )
)
def test_exactly_the_characters_of_findings_that_must_not_be_read_are_hidden(found: list[Finding]) -> None:
    effects = {"A": Effect.ALLOW, "B": Effect.FLAG, "C": Effect.MASK, "D": Effect.DENY}

    decided = settled(found, lambda one: decision(effects[one.entity]))

    acting = {
        at for one, its in decided if its.effect in (Effect.MASK, Effect.DENY) for at in range(one.start, one.end)
    }
    assert acting == {at for one in found if one.entity in "CD" for at in range(one.start, one.end)}
    assert all(before.end <= after.start for (before, _), (after, _) in pairwise(decided))
    assert any(its.effect is Effect.DENY for _, its in decided) == any(one.entity == "D" for one in found)


def test_what_is_masked_or_hashed_is_hidden() -> None:
    findings = [finding(0, 1), finding(2, 3, "PERSON"), finding(4, 5), finding(6, 7)]
    decisions = [decision(Effect.MASK), decision(Effect.HASH), decision(Effect.FLAG), ALLOW]

    assert hidden(findings, decisions) == findings[:2]


@pytest.mark.parametrize("effect", [Effect.DENY, Effect.QUARANTINE, Effect.DROP_CHUNK])
def test_a_refusal_names_rule_owner_and_explanation(effect: Effect) -> None:
    refusing = decision(effect, rule="no-ssn", reason="Numbers stay in the house.", owner="secops@example.com")

    with pytest.raises(PolicyViolation) as caught:
        refuse_denied([finding(0, 1), finding(2, 3), finding(4, 5, "PERSON")], [refusing, refusing, ALLOW])

    assert caught.value.message == "Numbers stay in the house (rule no-ssn, ask secops@example.com)."
    assert [(rule.id, rule.action, rule.owner) for rule in caught.value.rules] == [
        ("no-ssn", effect, "secops@example.com")
    ]
    assert caught.value.findings == (("US_SSN", 2),)


def test_a_refusal_without_a_rule_says_so() -> None:
    with pytest.raises(PolicyViolation, match="No policy lets this finding pass"):
        refuse_denied([finding(0, 1)], [Decision(Target.FINDING, Effect.DENY)])


@pytest.mark.parametrize("effect", [Effect.ALLOW, Effect.FLAG, Effect.CITE, Effect.ROUTE, Effect.MASK, Effect.HASH])
def test_other_effects_refuse_nothing(effect: Effect) -> None:
    refuse_denied([finding(0, 1)], [decision(effect)])

    assert decision(effect).allowed


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ('{"ssn": "123-45-6789"}', "123-45-6789", '{"ssn": "<US_SSN>"}'),
        ('{"ssn": 123456789, "n": 1}', "123456789", '{"ssn": "<US_SSN>", "n": 1}'),
        ('{"ssn":-123456789.0}', "123456789", '{"ssn":"<US_SSN>"}'),
        ("[123456789,2]", "123456789", '["<US_SSN>",2]'),
        (r'{"a": "b\nc"}', "nc", r'{"a": "b<US_SSN>"}'),
        (r'{"a": "b\u00e9c"}', r"b\u00", r'{"a": "<US_SSN>c"}'),
        (r'{"a": "b\"c"}', "b\\", r'{"a": "<US_SSN>c"}'),
        ('{"123456789": 1}', "123456789", '{"<US_SSN>": 1}'),
    ],
)
def test_masked_json_stays_json(text: str, value: str, result: str) -> None:
    start = text.index(value)

    masked = masked_json(text, [finding(start, start + len(value))], inside=False)

    assert json.loads(masked) is not None
    assert masked == result


def test_a_mask_over_several_strings_keeps_what_is_between_them() -> None:
    text = '{"a": "x", "b": "y"}'

    assert masked_json(text, [finding(7, 18)], inside=False) == '{"a": "<US_SSN>", "<US_SSN>": "<US_SSN>"}'


def test_a_piece_may_begin_inside_a_string() -> None:
    assert masked_json('123-45-6789", "n": 123456789', [finding(0, 11), finding(19, 28)], inside=True) == (
        '<US_SSN>", "n": "<US_SSN>"'
    )


@pytest.mark.parametrize(
    ("text", "inside", "after"),
    [("", False, False), ('{"a', False, True), ('b": 1', True, False), (r"\"", True, True), (r'\\"', True, False)],
)
def test_quotation_marks_open_and_close_strings(text: str, inside: bool, after: bool) -> None:
    assert ends_inside(text, inside=inside) is after


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=8), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES, st.booleans(), st.data())
def test_whatever_is_found_json_stays_json(value: object, ascii_only: bool, data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] < pair[1])
    findings = distinct([finding(*pair) for pair in data.draw(st.lists(ends, max_size=3))])

    masked = masked_json(text, findings, inside=False)

    json.loads(masked)
    assert findings or masked == text
