import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.chunking import SIZE, Span, chunks, spans
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts

TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \n\r\t.#!。ab"),
        st.sampled_from("\u0301\u200d\ufe0f\U0001f3fd\U0001f1e9\U0001f1ea\U0001f469\U0001f4bb\u1161"),
    ),
    max_size=300,
)


def cut(text: str, size: int = SIZE) -> list[str]:
    return [text[start:end] for start, end in spans(text, size)]


@given(text=TEXT, size=st.integers(4, 40))
def test_the_chunks_join_to_the_text(text, size):
    pieces = cut(text, size)

    assert "".join(pieces) == text
    assert all(0 < len(chunk) <= size + size // 4 for chunk in pieces)


@given(text=TEXT, size=st.integers(4, 40))
def test_spans_follow_each_other_from_the_first_character_to_the_last(text, size):
    found = list(spans(text, size))

    assert [span.start for span in found] == [0, *(span.end for span in found[:-1])][: len(found)]
    assert not found or found[-1].end == len(text)


@given(text=st.text(alphabet="ae \n.", max_size=200), size=st.integers(8, 40))
def test_a_mark_stays_with_its_letter(text, size):
    pieces = cut(text.replace("e", "e\u0301"), size)

    assert not any(unicodedata.combining(chunk[0]) for chunk in pieces)


@pytest.mark.parametrize(
    "character",
    ["👩🏽\u200d💻", "🇩🇪", "👍🏽", "\r\n", "ก\u0e31", "\u1112\u1161\u11ab"],
    ids=["joined emoji", "flag", "skin tone", "line end", "thai vowel", "hangul"],
)
@pytest.mark.parametrize("shift", range(6))
def test_a_visible_character_is_never_cut(character, shift):
    pieces = cut("x" * shift + character * 100, 20)

    assert all(set(chunk.lstrip("x").split(character)) <= {""} for chunk in pieces)
    assert len(pieces) > 5


def test_a_text_of_marks_alone_is_still_cut():
    pieces = cut("\u0301" * 5_000)

    assert [len(chunk) for chunk in pieces] == [1_000, 1_000, 1_000, 1_000, 1_000]


def test_the_best_border_wins():
    """A heading before a paragraph, a paragraph before a line, a line before a sentence, a sentence before a word."""
    filler = "w" * 60
    pieces = [f"{filler}\n## Heading\n\n", f"{filler}\n\n", f"{filler}\n", f"{filler}. ", f"{filler} "]

    cuts = [cut(piece + "word. " * 4 + "x" * 200, 100)[0] for piece in pieces]

    assert cuts[0] == f"{filler}\n"
    assert cuts[1] == f"{filler}\n\n"
    assert cuts[2] == f"{filler}\n"
    assert cuts[3].endswith("word. ")
    assert cuts[4].endswith("word. ")


def test_a_short_text_is_one_chunk_and_an_empty_one_none():
    assert list(spans("short")) == [Span(0, 5)]
    assert list(spans("")) == []


def test_the_same_text_is_cut_alike():
    text = "One sentence. Another one!\n\n# Heading\n" * 200

    assert list(spans(text)) == list(spans(text))


def test_chunks_of_a_document_say_where_they_are_from():
    text = "word " * 500
    document = Document(Source("file", "/kb"), "a.md", text, digest(text), "T", "https://x", Facts(trust="web"))

    found = chunks(document)

    assert [chunk.ordinal for chunk in found] == [0, 1, 2]
    assert "".join(chunk.text for chunk in found) == text
    assert {(chunk.version, chunk.title, chunk.url) for chunk in found} == {(digest(text), "T", "https://x")}
    assert all(chunk.labels == Facts(trust="web") for chunk in found)


def paged(text: str) -> Document:
    return Document(Source("file", "/kb"), "a.pdf", text, digest(text), labels=Facts(pages=text.count("\f") + 1))


def test_no_chunk_crosses_from_page_to_page_and_each_names_its_own():
    cut = chunks(paged("one\ftwo " * 3 + "\f\fsix"))

    assert [(piece.labels["page"], piece.text) for piece in cut] == [
        (1, "one\f"),
        (2, "two one\f"),
        (3, "two one\f"),
        (4, "two \f\f"),
        (6, "six"),
    ]


@given(st.lists(st.text("ab \n", max_size=30), max_size=8))
def test_pages_join_to_the_text_and_every_word_is_on_its_page(texts):
    text = "\f".join(texts)

    cut = chunks(paged(text))

    assert "".join(piece.text for piece in cut) == text
    words = [(number, word) for number, page in enumerate(texts, 1) for word in page.split()]
    assert [(piece.labels["page"], word) for piece in cut for word in piece.text.split()] == words


def test_a_form_feed_in_a_document_without_pages_is_white_space():
    text = "one\ftwo"

    [piece] = chunks(Document(Source("file", "/kb"), "a.txt", text, digest(text)))

    assert piece.text == text
