import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.recognition.folding import fold
from gateway.recognition.groups import grouped
from gateway.recognition.likeness import ALIKE, SPANS, Wanted, excerpt

TEXT = (
    "Thank you for asking. A toaster may be returned\nfor **thirty days**, at no cost to you. After that the "
    "warranty of the maker applies, which covers the heating element for two years. 合同条款规定退款期限为三十天。"
)
WORDS = st.lists(st.sampled_from(["Toaster", "day,", "Café", "合同", "refund", "30", "a", "\n", "ไทย"]), max_size=12)


def noisy(text, share, seed):
    chance = random.Random(seed)
    return "".join(chance.choice("xqj1") if chance.random() < share else letter for letter in text)


@given(WORDS, WORDS)
def test_a_phrase_is_found_iff_it_is_contained_after_folding(text, wanted):
    text, wanted = " ".join(text), " ".join(wanted)
    places = Wanted(wanted).places(text)
    inside = "".join(map(chr, fold(wanted).letters))

    assert bool(places) is bool(inside and inside in "".join(map(chr, fold(text).letters)))
    for place in places:
        assert fold(text[place.start : place.end]).data == fold(wanted).data


def test_words_and_parts_of_words_are_told_apart():
    assert [place.whole for place in Wanted("TOASTER MAY").places(TEXT)] == [True]
    assert [place.whole for place in Wanted("oaster ma").places(TEXT)] == [False]
    assert [place.whole for place in Wanted("退款期限").places(TEXT)] == [True]


def test_so_many_places_are_told_and_no_more():
    assert len(Wanted("ha ha").places("ha " * 500)) == SPANS


def test_bytes_that_look_alike_across_letters_are_no_match():
    """Letters are four bytes; the search must not begin within one."""
    assert Wanted("\u6161\u6161").places("\u0061\u6100\u0061\u6161") == []


@pytest.mark.parametrize("seed", range(20))
def test_a_sentence_with_mistakes_is_found_where_it_stands(seed):
    sentence = "the warranty of the maker applies, which covers the heating element"
    found = Wanted(noisy(sentence, 0.06, seed)).nearest(TEXT)
    at = TEXT.index(sentence)

    assert found is not None and found.score >= ALIKE
    assert found.start < at + 12 and found.end > at + len(sentence) - 12
    assert found.end - found.start < len(sentence) * 1.4


def test_another_sentence_is_not_like_it():
    found = Wanted("Our canteen closes at three on Fridays before public holidays in winter.").nearest(TEXT)

    assert found is None or found.score < ALIKE
    assert Wanted("日本語").nearest("nothing of it") is None


@given(st.text(max_size=80), st.text(min_size=1, max_size=30))
def test_likeness_is_a_share_and_lies_in_the_text(text, wanted):
    found = Wanted(wanted).nearest(text)

    if found is not None:
        assert 0 < found.score <= 1
        assert 0 <= found.start < found.end <= len(text)


LETTERS = st.text(st.sampled_from("ab c.合\n\u0301é"), max_size=12)


@given(st.lists(LETTERS, max_size=6), LETTERS)
@example(["a", "b", "", "ab"], "ab")
@example(["合", "同合同"], "合同")
@example(["x aba", "b aab"], "a b")
def test_of_several_texts_those_are_told_in_which_it_stands(texts, wanted):
    one = Wanted(wanted)

    assert one.among(texts) == [place for place, text in enumerate(texts) if one.places(text)]


def test_the_index_is_asked_for_its_groups_and_for_what_is_like_them():
    """A letter is wrong: the index has no text with all groups, but with most of what is likely."""
    (there,) = grouped(["The contract ends."], [()])
    wrong = Wanted("the conttact")
    having = [[group for group in some if group.number in there & group.known] for some in (wrong.groups, wrong.likely)]

    assert len(having[0]) < len(wrong.groups) / 2 and len(having[1]) > len(wrong.likely) / 2
    assert all(group.number in there & group.known for group in Wanted("e contrac").groups)


@given(st.text(max_size=600), st.data())
def test_an_excerpt_shows_what_is_meant(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = [(start, end)] if start < end else []
    piece, highlights = excerpt(text, spans)

    assert piece.removeprefix("… ").removesuffix(" …") in text
    for (a, b), (first, last) in zip(highlights, spans, strict=True):
        assert piece[a:b] == text[first:last][: b - a]
        assert b - a == last - first or b - a >= 120


def test_an_excerpt_begins_and_ends_with_words():
    words = " ".join(f"word{number}" for number in range(200))
    at = words.index("word100")
    piece, ((start, end),) = excerpt(words, [(at, at + 7)])

    assert piece.startswith("… word") and piece.endswith(" …")
    assert piece[start:end] == "word100"
