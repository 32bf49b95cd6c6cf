import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.words import hashes, read, read_all


def places(text):
    words = read(text)
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


def test_words_stand_where_they_stand_in_the_text():
    text = "Zur Prüfung: **fett** <b>kursiv</b>, e\u0301te\u0301 &eacute;tage zero\u200bwidth 日本"

    assert places(text) == [
        "Zur", "Prüfung", "fett", "kursiv", "e\u0301te\u0301", "&eacute;tage", "zero\u200bwidth", "日", "本",
    ]  # fmt: skip


def test_hashes_are_those_of_every_release():
    """Stored words are compared with what a later release reads: another number here needs another ALGORITHM."""
    assert read("Registered chunks are recognised.").hashes.tolist() == GOLDEN


GOLDEN = [1170394579, 1482437316, 928394052, 2281605103]


_PIECES = ("Word ", "x" * 65, "&amp;", "<b>", "](target)", "\\u00e9", "\x00", "\t", "é", "日本", "0")


@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text("aZ09 _-.\n\x7f", max_size=6))).map("".join))
def test_hashes_alone_are_those_of_the_words_that_are_read(text):
    found, whole = hashes(text), read(text).hashes

    assert found.dtype == whole.dtype
    assert found.tolist() == whole.tolist()


_TEXTS = st.lists(st.sampled_from((*_PIECES, "\u200b", "ﬁ", "<a ", "\n", "href='x'>", "&am", "p;")), max_size=8)


@given(st.lists(_TEXTS.map("".join), max_size=6), st.sampled_from((1, 12, 1 << 16)))
def test_texts_that_are_read_together_have_the_words_that_each_has_by_itself(texts, together):
    assert [told(words) for words in read_all(texts, together)] == [told(read(text)) for text in texts]


def told(words):
    return [part.tolist() for part in (words.hashes, words.starts, words.ends, words.weights)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("한국어", unicodedata.normalize("NFD", "한국어")),
        ("हिन्दी", unicodedata.normalize("NFD", "हिन्दी")),
        ("ガラス", "ｶﾞﾗｽ"),
        ("zero\u200bwidth", "ZEROWIDTH"),
    ],
)
def test_forms_of_a_word_are_one_word(one, other):
    assert read(one).hashes.tolist() == read(other).hashes.tolist()


def test_characters_of_scripts_without_spaces_are_words_that_count_half():
    words = read("日本語 text")

    assert len(words) == 4
    assert words.weight(0, 4) == 2.5


def test_a_repeated_word_adds_no_variety():
    words = read("one two one two one two")

    assert words.variety(0, 6) == 2


def test_a_text_without_words_has_none():
    assert len(read("... \u200b !")) == len(read("")) == 0


@given(st.text())
def test_words_stand_in_order_inside_the_text(text):
    words = read(text)

    assert all(0 <= start < end <= len(text) for start, end in zip(words.starts, words.ends, strict=True))
    assert all(a <= b for a, b in pairwise(words.starts))


@given(st.text(alphabet=st.characters(exclude_characters="<&\\]", exclude_categories=("Cs",))))
def test_unicode_forms_and_case_have_the_same_words(text):
    wanted = read(text).hashes.tolist()

    assert read(unicodedata.normalize("NFC", text)).hashes.tolist() == wanted
    assert read(unicodedata.normalize("NFD", text)).hashes.tolist() == wanted
    assert read(text.casefold()).hashes.tolist() == wanted


@given(st.text(alphabet="ab é日", min_size=1), st.text(alphabet="ab é日", min_size=1))
def test_joined_texts_have_the_words_of_both(one, other):
    assert read(one + "\n" + other).hashes.tolist() == read(one).hashes.tolist() + read(other).hashes.tolist()
