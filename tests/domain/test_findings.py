from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.findings import Finding, distinct, masked, rewritten


@st.composite
def findings(draw: st.DrawFn, size: int = 40) -> list[Finding]:
    spans = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(1, 10)), max_size=8))
    return [
        Finding(draw(st.sampled_from(["A", "B"])), start, min(start + length, size), draw(st.floats(0, 1)), "test")
        for start, length in spans
    ]


@given(findings())
def test_distinct_findings_do_not_overlap_and_cover_every_character_that_was_found(found: list[Finding]):
    kept = distinct(found)

    assert all(before.end <= after.start for before, after in pairwise(kept))
    covered = {at for finding in kept for at in range(finding.start, finding.end)}
    assert covered == {at for finding in found for at in range(finding.start, finding.end)}


def test_of_two_overlapping_findings_the_surer_names_the_place():
    phone, card = Finding("PHONE_NUMBER", 0, 14, 0.4, "p"), Finding("CREDIT_CARD", 2, 18, 1.0, "p")

    assert distinct([phone, card]) == [Finding("CREDIT_CARD", 0, 18, 1.0, "p")]


@given(st.text(min_size=40, max_size=40), findings())
def test_no_character_outside_a_finding_changes(text: str, found: list[Finding]):
    kept = distinct(found)

    assert rewritten(text, kept, lambda _, value: value) == text
    outside = "".join(c for at, c in enumerate(text) if not any(f.start <= at < f.end for f in kept))
    assert rewritten(text, kept, lambda *_: "") == outside


def test_a_mask_is_the_entity_in_angle_brackets():
    assert masked("mail a@b.io now", [Finding("EMAIL_ADDRESS", 5, 11, 1.0, "p")]) == "mail <EMAIL_ADDRESS> now"
