import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.recognition.folding import BUCKETS, buckets, fold, placed, stands

SCRIPTS = "abz ABZ,.-\n\t0139éßŁ İſ\u0301\u200d合同条款ไทยก่ العربيةабв한국어ｆｕｌｌ🙂"
TEXTS = st.text(st.sampled_from(SCRIPTS) | st.characters(), max_size=60)


def letters(text):
    return "".join(map(chr, fold(text).letters))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  The *Café*, (Straße)!\n", "the cafe strasse"),
        ("合同\n条款 ok", "合同条款ok"),
        ("ＦＵＬＬ ﬁne", "full fine"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("ἈΧΙΛΛΕΎΣ", "αχιλλευσ"),
        ("https://kb.example/a_b?c=1", "https kb example a b c 1"),
        ("…!?", ""),
        ("", ""),
    ],
)
def test_only_letters_digits_and_the_gaps_between_words_count(text, folded):
    assert letters(text) == folded


ASCII = st.text(st.sampled_from("ab -\n\0\x1f\x7f") | st.characters(max_codepoint=127), max_size=40)


@given(ASCII, ASCII)
@example("".join(map(chr, range(128))), "0123456789 ABC")
@example("a-b a", "b")
@example("a\0b", "ab")
def test_what_stands_in_ascii_is_what_stands_in_it_folded(text, other):
    for wanted in (letters(other), letters(text), letters(text[3:9])):
        assert stands(wanted.encode(), text) is (wanted in letters(text))


@given(TEXTS)
@example("\ud800 half \udfff")
def test_each_letter_knows_where_it_stands(text):
    folded = fold(text)

    assert len(folded.letters) == len(folded.places) == len(folded.alone)
    assert (np.diff(folded.places) >= 0).all()
    assert all(0 <= place < len(text) for place in folded.places)


@given(TEXTS, TEXTS, TEXTS)
@example("合", "\n", "同")
@example("a", " 合 ", "b")
def test_what_stands_in_a_text_stands_in_it_folded_with_all_its_groups(before, inner, behind):
    text = before + inner + behind
    if unicodedata.category(inner[:1] or "x")[0] == "M" or unicodedata.category(behind[:1] or "x")[0] == "M":
        return  # a mark that belongs to the letter before it

    assert letters(inner) in letters(text)
    assert {*buckets(fold(inner))} <= {*buckets(fold(text))}


@given(TEXTS)
def test_groups_have_numbers_and_stand_where_they_are_said_to(text):
    folded = fold(text)
    numbers, at = placed(folded)

    assert ((numbers >= 0) & (numbers < BUCKETS)).all()
    assert ((at >= 0) & (at < max(1, len(folded)))).all()
    assert list(buckets(folded)) == sorted(set(numbers.tolist()))


@pytest.mark.parametrize(("text", "some"), [("ab", False), ("abc", True), ("合", True), ("a合", True), ("--", False)])
def test_how_little_can_be_looked_for(text, some):
    assert bool(len(buckets(fold(text)))) is some
