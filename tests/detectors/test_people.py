import pytest

from gateway.detectors.people import again, ages, names
from gateway.detectors.shapes import shape
from gateway.domain.findings import Finding
from tests.planted import CLEAN


def named(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in names(shape(text))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ask Dr. Okonjo-Wells about it", "Okonjo-Wells"),
        ("and ms. Berg agreed", "Berg"),
        ("Mrs. J. K. Quill left", "J. K. Quill"),
        ("signed by Slavko E. Marr", "Slavko E. Marr"),
        ("then Kevin arrived", "Kevin"),
        ("then Kevin Smythe arrived", "Kevin Smythe"),
        ("a letter to Wiśniewski", "Wiśniewski"),
        ("My name is Zinovy Gorsh", "Zinovy Gorsh"),
        ("Maiden name: Valberg", "Valberg"),
        ("Name: Tero Virtala\nAge: 5", "Tero Virtala"),
        ("Dear Teake,\nthank you", "Teake"),
        ("Hi Nayla!", "Nayla"),
        ("It was Frits van den Heuvel again", "Frits van den Heuvel"),
        ("What is your name? Zinovy Gorsh", "Zinovy Gorsh"),
        ("under my partner's name Zinovy Gorsh", "Zinovy Gorsh"),
        ('{"first_name": "Teake"}', "Teake"),
        ('{"name": "Teake", "age": 5}', "Teake"),
        ("and my wife Teake came", "Teake"),
        ("sung by Trow Hodnelan in spring", "Trow Hodnelan"),
        ("the singer Trow Hodnelan", "Trow Hodnelan"),
        ("I'm Trow Hodnelan, from here", "Trow Hodnelan"),
        ("Teake's husband left", "Teake"),
        ("See you soon.\n\nKind regards,\nUwe Sommer\nSales", "Uwe Sommer"),
    ],
)
def test_a_name_is_given_away_by_what_stands_before_it_or_how_it_sounds(text: str, name: str) -> None:
    assert name in named(text)


@pytest.mark.parametrize(
    "text",
    [
        *CLEAN,
        "It took 126 ms. Lesson learned.",
        "Hello World! Hi Team, dear All,",
        "the file name is Report and the host name: Proxy",
        "Thomas Inc. and Martin Bank",
        "Lake Victoria and 5 Martin Street",
        "Best,\nThe Management is here",
        "a singer Of The seventies, my friend Everyone",
        '{"name": "Teake", "version": 5} in SARA_ANNA_1',
        "I'm British. Written by Python Software",
        "the Server's address and Company's birthplace",
    ],
)
def test_capitals_alone_are_no_name(text: str) -> None:
    assert named(text) == []


def test_a_part_of_a_full_name_is_found_again() -> None:
    text = "Kevin Quillfeather called. Later Quillfeather left, but quillfeathers and Mercury stayed."
    shaped = shape(text)

    repeated = [text[finding.start : finding.end] for finding in again(shaped, [*names(shaped)])]

    assert repeated == ["Quillfeather"]


def test_of_a_name_with_no_known_word_the_last_is_found_again() -> None:
    text = "Sai Quill and Claudy Code met. Quill and Sai write Code."
    people = [Finding("PERSON", 0, 9, 0.85, "presidio"), Finding("PERSON", 14, 25, 0.85, "presidio")]

    repeated = [text[finding.start : finding.end] for finding in again(shape(text), people)]

    assert repeated == ["Quill"]


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("She is 35 years old.", "35"),
        ("a 7-year-old boy", "7"),
        ("aged 101", "101"),
        ("at the age of 9.", "9"),
        ("45 y/o", "45"),
        ("when he was 60.", "60"),
        ("I'll turn 18!", "18"),
    ],
)
def test_an_age_is_found(text: str, age: str) -> None:
    assert [text[finding.start : finding.end] for finding in ages(text)] == [age]


@pytest.mark.parametrize(
    "text",
    [
        "35 years of service",
        "page 35",
        "aged 35 %",
        "turned 1,000",
        "when it was 60",
        "to turn 90 degrees",
        "when he was 5 miles away",
        "old 35",
    ],
)
def test_other_numbers_are_no_ages(text: str) -> None:
    assert [*ages(text)] == []
