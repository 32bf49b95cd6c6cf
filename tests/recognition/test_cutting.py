from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.cutting import joined, unexplained, without

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple), max_size=6)


def test_each_span_leaves_a_notice_in_its_place():
    assert without("keep SECRET keep HIDDEN", [(17, 23), (5, 11)], "[cut]") == "keep [cut] keep [cut]"


def test_spans_that_touch_leave_one_notice():
    assert without("abcdef", [(1, 3), (3, 5), (2, 4)], "-") == "a-f"


def test_without_spans_the_text_stays():
    assert without("text", [], "[cut]") == "text"


@given(st.text(min_size=60, max_size=60), SPANS)
def test_what_is_left_is_what_no_span_covers(text, spans):
    covered = {at for start, end in spans for at in range(start, end)}

    left = without(text, [span for span in spans if span[0] < span[1]], "")

    assert left == "".join(character for at, character in enumerate(text) if at not in covered)


@given(SPANS)
def test_joined_spans_are_apart(spans):
    result = joined(spans)

    assert all(one[1] < other[0] for one, other in pairwise(result))


def test_long_stretches_that_nothing_explains_are_told():
    text = "a" * 50 + "  " + "b" * 20 + "\n\n" + "c" * 40

    assert unexplained(text, [(52, 72)], 30) == [(0, 50), (74, 114)]
    assert unexplained(text, [(52, 72)], 45) == [(0, 50)]
    assert unexplained(text, [(0, len(text))], 1) == []


@given(st.text(alphabet="ab ", max_size=60), SPANS, st.integers(1, 20))
def test_no_unexplained_stretch_touches_an_explained_one(text, spans, least):
    covered = {at for start, end in spans for at in range(start, min(end, len(text)))}
    within = [(min(start, len(text)), min(end, len(text))) for start, end in spans]

    for start, end in unexplained(text, within, least):
        assert end - start >= least
        assert not covered & {*range(start, end)}
