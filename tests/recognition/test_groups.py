import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.recognition import groups
from gateway.recognition.folding import buckets, fold
from gateway.recognition.groups import DETAILS, LINKS, NUMBERS, Group, grouped, likely, named, wanted

SCRIPTS = "abz ABZ,.-\n\t0139éßŁ İſ\u0301\u200d合同条款ไทยก่ العربيةабв한국어ｆｕｌｌ🙂"
TEXTS = st.text(st.sampled_from(SCRIPTS) | st.characters(), max_size=60)
PROSE = st.lists(
    st.sampled_from(["ten", "tents", "nation", "a", "of", "combination", "the", "合同", "st", "2026", ". ", "é"]),
    max_size=9,
).map(" ".join)


def numbers(text):
    return {*grouped([text], [()])[0].tolist()}


def has(text, group):
    return any(number & group.known == group.number for number in numbers(text))


@given(TEXTS | PROSE, TEXTS | PROSE, TEXTS | PROSE)
@example("a", " 合 ", "b")
@example("comb", "inat", "ions")
@example("combi", "nation a", "nd")
@example("", "ten", "ts")
@example("so", "me t", "ents")
def test_a_text_has_all_groups_of_what_stands_in_it(before, inner, behind):
    if unicodedata.category(inner[:1] or "x")[0] == "M" or unicodedata.category(behind[:1] or "x")[0] == "M":
        return  # a mark that belongs to the letter before it
    there = numbers(before + inner + behind)

    for group in wanted(fold(inner)):
        assert any(number & group.known == group.number for number in there)


@given(PROSE, st.data())
def test_a_text_has_all_groups_of_any_part_of_it(text, data):
    first = data.draw(st.integers(0, len(text)))
    part = text[first : data.draw(st.integers(first, len(text)))]

    assert all(has(text, group) for group in wanted(fold(part)))


@given(TEXTS)
def test_there_is_something_to_look_for_iff_it_is_long_enough(text):
    found = wanted(fold(text))

    assert bool(found) is bool(len(buckets(fold(text))))
    assert len({*found}) == len(found)
    assert all(0 <= group.number < NUMBERS and group.number & group.known == group.number for group in found)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("They tend to pay a cent, and his aunts", "tents"),
        ("state, later", "stater"),
        ("statement, annotated", "stated"),
        ("from the river. A contract", "river contract"),
        ("the plan a", "plan b"),
        ("The user has it, or is used.", "the user is"),
        ("20261", "2027"),
    ],
)
def test_what_has_the_same_letters_elsewhere_does_not_have_the_groups(text, other):
    assert other not in text
    assert not all(has(text, group) for group in wanted(fold(other)))


def test_what_is_cut_off_may_go_on_in_any_way():
    (ten,) = wanted(fold("ten"))
    (tent,) = wanted(fold("tent"))

    assert (ten.exact, tent.exact, tent.bucket) == (False, False, ten.bucket)
    assert [has(text, ten) for text in ("ten", "often", "tents", "10 tenths", "tn")] == [True, True, True, True, False]
    assert [has(text, tent) for text in ("ten", "tent", "tents", "patents", "tend")] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("text", "words", "links"),
    [
        ("the cat", 2, 1),
        ("a cat", 1, 1),
        ("to a cat", 1, 2),
        ("tents", 1, 0),
        ("nation", 1, 0),
        ("nations", 2, 0),
        ("合同 条款", 7, 0),
    ],
)
def test_groups_are_within_words_and_where_they_meet(text, words, links):
    found = wanted(fold(text))

    assert len([group for group in found if group.number < LINKS]) == words
    assert len([group for group in found if group.number >= LINKS]) == links


def test_what_a_text_is_likely_to_have_is_in_words_and_leaves_open_what_follows():
    found = likely(fold("the tents"))

    assert len(found) == 4
    assert all(group.known == NUMBERS - DETAILS and group.number < LINKS for group in found)
    assert all(has("other sten aren't, sents", group) for group in found)
    assert [group.number >= LINKS for group in likely(fold("a b c"))] == [True, True]
    assert likely(fold("")) == []


def test_names_of_other_kinds_have_numbers_as_well():
    assert named("application", "bot") == named("application", "bot")
    assert named("application", "bot") != named("end user", "bot")
    assert 0 <= named("end user", "\ud800") < LINKS
    assert Group(named("end user", "ann")).exact


@given(st.lists(TEXTS, max_size=6), st.data())
@example(["one.", "", "...", "two", "合同", "条款 \ud800"], None)
@example(["a", "b", "cd", "ef", "合", "gh"], None)
def test_texts_that_are_cut_together_have_what_each_has_alone(texts, data):
    some = st.lists(st.integers(0, NUMBERS - 1), max_size=3)
    names = [data.draw(some) if data else [named("application", "a")] for _ in texts]
    cut = grouped(texts, names)

    assert [one.tolist() for one in cut] == [
        sorted(numbers(text) | {*own}) for text, own in zip(texts, names, strict=True)
    ]


def test_many_texts_are_cut_in_parts(monkeypatch):
    texts = [f"text number {number}" for number in range(20)]
    whole = [one.tolist() for one in grouped(texts, [()] * 20)]
    monkeypatch.setattr(groups, "_TOGETHER", 10)

    assert [one.tolist() for one in grouped(texts, [()] * 20)] == whole
