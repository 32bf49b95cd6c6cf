import pytest

from gateway.policy.loading import parse
from gateway.policy.reachability import unreachable


def reason(match="{}", when="'true'", head=""):
    text = f"version: 1\n{head}\nrules:\n- {{id: r, target: chunk, match: {match}, when: {when}, effect: flag}}"
    return unreachable(parse({"p.yaml": text}).policies.rules[0])


@pytest.mark.parametrize(
    ("match", "attribute"),
    [
        ("{chunk.license: {eq: MIT, ne: MIT}}", "chunk.license"),
        ("{chunk.license: {in: []}}", "chunk.license"),
        ("{chunk.license: {in: [a, b], not_in: [a, b]}}", "chunk.license"),
        ("{chunk.license: {eq: a, exists: false}}", "chunk.license"),
        ("{chunk.source: {exists: true, eq: a, in: [b]}}", "chunk.source"),
        ("{chunk.classification: {lt: public}}", "chunk.classification"),
        ("{chunk.classification: {gte: confidential, lt: internal}}", "chunk.classification"),
        ("{chunk.quality: {gt: 0.5, lt: 0.5}}", "chunk.quality"),
        ("{chunk.quality: {gte: 0.9, lte: 0.1}}", "chunk.quality"),
        ("{dest.self_hosted: {eq: true, ne: true}}", "dest.self_hosted"),
        ("{chunk.tags: {intersects: []}}", "chunk.tags"),
        ("{chunk.expires_at: {lt: 2026-01-01, gt: 2026-06-01}}", "chunk.expires_at"),
        ("{chunk.tags: {exists: false, contains: a}}", "chunk.tags"),
    ],
)
def test_conditions_that_no_value_meets_make_a_rule_unreachable(match, attribute):
    assert reason(match) == f"no value of {attribute} meets all its conditions."


def test_a_required_attribute_is_never_absent():
    assert reason("{chunk.source: {exists: false}}") is not None


@pytest.mark.parametrize(
    "match",
    [
        "{}",
        "{chunk.license: {ne: MIT}}",
        "{chunk.license: {not_in: [a, b], ne: c}}",
        "{chunk.license: {exists: false}}",
        "{chunk.classification: {gte: internal, lt: restricted}}",
        "{chunk.quality: {gt: 0.5, lt: 0.6}}",
        "{chunk.quality: {gte: 0.5, lte: 0.5}}",
        "{chunk.quality: {gt: 0.5, ne: 0.7}}",
        "{chunk.tags: {contains: a, intersects: [b, c]}}",
        "{chunk.expires_at: {gt: 2026-01-01, lt: 2026-06-01}}",
        "{chunk.expires_at: {gt: 0001-01-01, lt: 9999-12-31}}",
        "{chunk.expires_at: {lte: now, gt: 2026-01-01}}",
        "{dest.self_hosted: false}",
    ],
)
def test_a_rule_that_can_apply_is_left_in_peace(match):
    assert reason(match) is None


def test_there_is_no_whole_number_between_two_neighbours():
    head = "schema: {chunk: {level: int}}"

    assert reason("{chunk.level: {gt: 1, lt: 2}}", head=head) is not None
    assert reason("{chunk.level: {gt: 1, lt: 3}}", head=head) is None


def test_an_expression_that_is_false_whatever_it_reads_is_found():
    assert reason(when="'1 > 2'") == "'when' is false whatever it reads."
    assert reason(when="'1 < 2'") is None
    assert reason(when="'1 / 0 == 1'") is None
