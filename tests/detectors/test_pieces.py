import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.pieces import pieces


@given(st.text() | st.text("aA .\n,=x", max_size=400))
def test_pieces_are_parts_of_the_text(text: str) -> None:
    assert all(text[piece.start : piece.start + len(piece.text)] == piece.text for piece in pieces(text, {"the"}))


def test_every_word_in_capitals_is_in_a_piece_with_the_words_around() -> None:
    words = [f"{'W' if number % 17 == 0 else 'w'}ord{'x' * number}" for number in range(50)]

    together = " | ".join(piece.text for piece in pieces(" ".join(words), {"the"}))

    assert all(" ".join(words[max(0, at - 4) : at + 5]) in together for at in range(0, 50, 17))


@pytest.mark.parametrize(
    "text",
    [
        "nothing to see here\nThe end. This is it.",
        "see https://Example.com/Anna and Anna@example.com",
        "order A1B2C3D4 and key AKIA12345678",
        "",
    ],
)
def test_a_text_without_possible_names_is_not_read(text: str) -> None:
    assert [*pieces(text, {"the", "this"})] == []


def test_words_in_known_spans_need_no_reading() -> None:
    text = "Kind Anna lives at High Street"

    assert [*pieces(text, set(), [(0, 9), (5, 9), (19, 30)])] == []
    assert [piece.text for piece in pieces(text, set(), [(19, 30)])] == ["Kind Anna lives at High Street"]


def test_encoded_data_is_passed_over_and_what_stands_beside_it_is_not() -> None:
    text = f"Anna {'aB3+' * 500_000} Kowalska"

    assert [piece.text.strip() for piece in pieces(text, set())] == ["Anna", "Kowalska"]


def test_no_piece_is_longer_than_the_model_is_quick_with() -> None:
    assert max(len(piece.text.split()) for piece in pieces("Xy " * 10_000, set())) < 120
