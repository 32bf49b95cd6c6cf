import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.naming import ERASED, named, unnamed

NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
FORMS = st.sampled_from(("NFC", "NFD", "NFKC", "NFKD"))


@pytest.mark.parametrize(
    "text",
    [
        "jane.doe@example.com", "Told JANE.DOE@EXAMPLE.COM, twice.", "(jane.doe@example.com)",
        "user:jane.doe@example.com.", "mailto:Jane.Doe@example.com", "jane.doe@example.com's letter",
        "Frau\njane.doe@example.com\n",
    ],
)  # fmt: skip
def test_somebody_is_named_as_a_whole_word_in_any_case(text):
    ((start, end),) = named(text, "jane.doe@example.com")

    assert text[start:end].casefold() == "jane.doe@example.com"


@pytest.mark.parametrize(
    "text",
    ["", "janet", "jane_doe", "jane.doe", "not-jane", "jane@example.com", "mary+jane", "u-jane2", "Jan e", "2jane"],
)
def test_another_word_names_nobody(text):
    assert named(text, "jane") == []


def test_a_sentence_ends_behind_a_name():
    assert unnamed("Jane, JANE. jane... and jane-", "jane") == f"{ERASED}, {ERASED}. {ERASED}... and {ERASED}-"


def test_composition_and_compatibility_make_no_other_name():
    decomposed, wide = unicodedata.normalize("NFD", "José Müller"), "ＪＯＳÉ　ＭÜＬＬＥＲ"

    assert unnamed(f"{decomposed}; {wide}; Straße", "josé müller") == f"{ERASED}; {ERASED}; Straße"
    assert unnamed("STRASSE 7", "straße") == f"{ERASED} 7"
    assert unnamed(unicodedata.normalize("NFD", "각하") + " 님", "각하") == f"{ERASED} 님"
    assert named("resumés", "resume") == []


def test_nobody_is_named_nothing():
    assert named("Any text.", "") == named("Any text.", "  ") == []


@given(
    st.text(max_size=30), NAMES, st.text(max_size=30), FORMS, st.sampled_from((str, str.upper, str.lower, str.title))
)
def test_whatever_stands_around_it_and_however_it_is_written_no_name_is_left(before, name, after, form, case):
    written = case(name) if case(name).casefold() == name.casefold() else name
    text = f"{before} {unicodedata.normalize(form, written)} {after}"
    cleaned = unnamed(text, name)

    assert len(named(text, name)) >= 1
    assert named(cleaned, name) == [] or name.casefold() == "erased"
    assert all(0 <= start < end <= len(text) for start, end in named(text, name))


@given(st.text(max_size=60), st.text(max_size=8))
def test_nothing_but_names_is_taken_out(text, name):
    places = named(text, name)
    rest, at = [], 0
    for start, end in places:
        assert at <= start < end
        rest.append(text[at:start])
        at = end

    assert unnamed(text, name) == ERASED.join([*rest, text[at:]])
