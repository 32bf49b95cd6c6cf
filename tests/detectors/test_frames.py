import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors import frames
from gateway.detectors.frames import Found, Order, Ready, Refused
from gateway.detectors.patterns import PatternDetector
from gateway.domain.findings import Finding

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates among it, also two that would be one character in UTF-16."""


@given(st.lists(ANY_TEXT))
def test_texts_arrive_character_by_character(texts: list[str]) -> None:
    assert frames.unpacked(frames.packed(texts)) == texts


def test_two_halves_of_a_character_stay_two() -> None:
    assert frames.unpacked(frames.packed(["\ud83d\ude00"])) == ["\ud83d\ude00"]


@given(st.lists(st.binary()))
def test_frames_are_read_one_after_the_other(bodies: list[bytes]) -> None:
    pipe = io.BytesIO(b"".join(map(frames.frame, bodies)))

    assert [frames.read_frame(pipe) for _ in bodies] == bodies
    assert frames.read_frame(pipe) is None


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_a_frame_that_breaks_off_is_an_end(cut: int) -> None:
    assert frames.read_frame(io.BytesIO(frames.frame(b"abc")[:cut])) is None


@given(
    st.lists(
        st.lists(
            st.builds(Finding, st.text("XYZ", min_size=1), st.integers(0, 4), st.integers(5, 9), st.floats(0, 1),
                      st.just("d"))
        )
    )
)  # fmt: skip
def test_findings_arrive_as_they_were(findings: list[list[Finding]]) -> None:
    answer = frames.answer(frames.found(findings))

    assert isinstance(answer, Found)
    assert answer.findings(["nine char"] * len(findings)) == findings


def test_what_a_worker_says_of_itself_arrives() -> None:
    assert frames.answer(frames.ready("v", frozenset({"B", "A"}))) == Ready("v", frozenset({"A", "B"}))
    assert frames.answer(frames.refused("No.")) == Refused("No.")


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"[]", b"{}", b'{"refused": 1}', b'{"ready": "v", "entities": [1]}', b'{"ready": "v"}']
)
def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        frames.answer(body)


@pytest.mark.parametrize(
    "rows", [None, [], [[], []], [None], [[None]], [[["X", 0, 1, 1]]], [[["X", 0, 9, 1, "d"]]], {"0": []}]
)
def test_findings_that_cannot_be_of_the_texts_are_an_error(rows: object) -> None:
    with pytest.raises(ValueError, match="finding"):
        Found(rows).findings(["text"])


def test_a_detector_that_is_not_made_of_fields_cannot_be_ordered() -> None:
    class Plain:
        """No dataclass."""

    with pytest.raises(TypeError, match="Plain is no dataclass"):
        Order.like(Plain(), 1.0, 2.0)  # type: ignore[arg-type]


def test_an_order_is_the_detector_by_name_and_fields() -> None:
    order = Order.like(PatternDetector(min_score=0.75), 1.0, 2.0).packed()

    assert b"gateway.detectors.patterns" in order
    assert len(order) < 1_000
