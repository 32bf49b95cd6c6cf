import numpy as np
import pytest

from gateway.recognition.characters import BORDER, LETTER, NOTHING, WORD, Characters

CHARACTERS = Characters()


def read(text):
    return CHARACTERS.read(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", LETTER),
        ("7", LETTER),
        ("ж", LETTER),
        ("한", LETTER),
        ("日", WORD),
        ("カ", WORD),
        ("ก", WORD),
        (" ", BORDER),
        ("\n", BORDER),
        ("-", BORDER),
        ("_", BORDER),
        ("😀", BORDER),
        ("\ud800", BORDER),
        ("\u200b", NOTHING),
        ("\u0301", NOTHING),
        ("\ufe0f", NOTHING),
        ("\u00ad", NOTHING),
        ("\0", NOTHING),
    ],
)
def test_a_character_is_of_one_kind(text, kind):
    assert read(text).kinds[0] == kind


@pytest.mark.parametrize(("one", "other"), [("É", "e"), ("Ⓐ", "a"), ("𝐀", "a"), ("ς", "Σ"), ("ｶ", "カ"), ("Å", "å")])
def test_forms_of_a_letter_are_folded(one, other):
    assert read(one).letters[0] == read(other).letters[0]


def test_a_character_that_stands_for_several_letters_is_spelt_out():
    found = read("xﬁy")

    assert [chr(letter) for letter in found.letters] == ["x", "f", "i", "y"]
    assert found.places.tolist() == [0, 1, 1, 2]


def test_a_text_of_plain_letters_goes_one_to_one():
    assert read("plain").places is None
