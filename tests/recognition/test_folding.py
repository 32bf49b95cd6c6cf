import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.recognition import folding
from gateway.recognition.folding import BUCKETS, buckets, fold, grouped, links, named, placed, stands

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
    assert {*links(fold(inner))} <= {*links(fold(text))}


@pytest.mark.parametrize(
    ("text", "count"),
    [("the cat", 1), ("a cat", 0), ("to a cat", 2), ("2026", 1), ("20267 0000000", 4), ("合同 条款", 0)],
)
def test_links_are_where_words_meet_and_digits_in_fours(text, count):
    assert len(links(fold(text))) == count


@given(TEXTS)
def test_groups_are_numbers_of_the_index_and_stand_where_they_are_said_to(text):
    folded = fold(text)
    numbers, at = placed(folded)

    assert ((numbers >= 0) & (numbers < BUCKETS)).all()
    assert ((at >= 0) & (at < max(1, len(folded)))).all()
    assert list(buckets(folded)) == sorted(set(numbers.tolist()))


@pytest.mark.parametrize(("text", "some"), [("ab", False), ("abc", True), ("合", True), ("a合", True), ("--", False)])
def test_how_little_can_be_looked_for(text, some):
    assert bool(len(buckets(fold(text)))) is some


def test_names_of_other_kinds_have_numbers_as_well():
    assert named("application", "bot") == named("application", "bot")
    assert named("application", "bot") != named("end user", "bot")
    assert 0 <= named("end user", "\ud800") < BUCKETS


@given(st.lists(TEXTS, max_size=6), st.data())
@example(["one.", "", "...", "two", "合同", "条款 \ud800"], None)
def test_texts_that_are_cut_together_have_what_each_has_alone(texts, data):
    numbers = st.lists(st.integers(0, BUCKETS - 1), max_size=3)
    names = [data.draw(numbers) if data else [named("application", "a")] for _ in texts]
    cut = grouped(texts, names)

    assert [one.tolist() for one in cut] == [
        sorted({*buckets(fold(text)).tolist(), *links(fold(text)).tolist(), *own})
        for text, own in zip(texts, names, strict=True)
    ]


def test_many_texts_are_cut_in_parts(monkeypatch):
    monkeypatch.setattr(folding, "_TOGETHER", 10)
    texts = [f"text number {number}" for number in range(20)]

    assert [[*one] for one in grouped(texts, [()] * 20)] == [
        [*buckets(fold(text)), *links(fold(text))] for text in texts
    ]
