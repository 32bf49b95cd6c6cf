import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.spelling import person, place


def spelt(text: str, taken: str) -> str | None:
    """Return what is left of *taken* in *text* as a person's name."""
    start = text.index(taken)
    span = person(text, start, start + len(taken))
    return text[slice(*span)] if span else None


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ("Charles Curry – go figure", "Charles Curry"),
        ("the Anna", "Anna"),
        ("Ask Maria Lopez", "Maria Lopez"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Shaun McDonald", "Shaun McDonald"),
        ("J. K. Rowling", "J. K. Rowling"),
        ("JOHN SMITH", "JOHN SMITH"),
        ("Anna\nKowalska", "Anna"),
        ("Xylo           Median", "Xylo"),
        ("CHICAGO", None),
        ("OpenAI", None),
        ("OAuth", None),
        ("kubectl", None),
        ("Install Python", None),
        ("Carrefour Group", None),
        ("Oct", None),
        ("12", None),
    ],
)
def test_a_person_is_what_is_written_as_one(taken: str, name: str | None) -> None:
    assert spelt(taken, taken) == name


@pytest.mark.parametrize(
    "text",
    ["call Xylo(x)", "`Xylo` runs", "the SET_Xylo flag", "Xylo is slow; install xylo first.", "Xylo2", "Xylo Inc."],
)
def test_a_single_word_that_is_part_of_a_program_or_firm_is_nobody(text: str) -> None:
    assert spelt(text, "Xylo") is None


@pytest.mark.parametrize(
    "text", ["Xylo wrote to xylo@example.com", "Xylo, see example.com/xylo", "Xylo likes xylophones"]
)
def test_small_letters_in_addresses_and_longer_words_say_nothing(text: str) -> None:
    assert spelt(text, "Xylo") == "Xylo"


def test_a_known_first_name_stays_one_however_it_stands_elsewhere() -> None:
    assert spelt("Teresa and teresa", "Teresa") == "Teresa"


def test_small_letters_far_away_say_nothing() -> None:
    assert spelt(f"Xylo {'. ' * 10_000} xylo", "Xylo") == "Xylo"


@pytest.mark.parametrize(
    ("text", "name"),
    [("CHICAGO", "CHICAGO"), ("New York City", "New York City"), ("USB", None), ("Linux", None), ("Oslo oslo", None)],
)
def test_a_place_may_be_in_capitals_and_is_no_software(text: str, name: str | None) -> None:
    span = place(text, 0, len(text.split(" oslo")[0]))

    assert (text[slice(*span)] if span else None) == name


@given(st.text("Aab .-'\n_MXé", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_what_is_left_lies_inside_what_was_taken(text: str, start: int, length: int) -> None:
    spans = [person(text, start, start + length), place(text, start, start + length)]

    assert all(start <= span[0] < span[1] <= start + length for span in spans if span)
