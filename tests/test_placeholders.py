import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.findings import Finding
from gateway.placeholders import LONGEST, Escape, Form, could_hold, forms, outside, unfinished
from gateway.pseudonyms import Pseudonyms, normal

SEPARATORS = st.sampled_from(["_", " ", "-", "\\_", "\\\\_"])
BRACKETS = st.sampled_from(
    [("<", ">"), ("< ", " >"), ("\\<", "\\>"), ("\\\\<", "\\\\>"), ("&lt;", "&gt;"), ("\\u003c", "\\u003e"),
     ("\\\\u003C", "\\\\u003E"), ("%3C", "%3E"), ("%3c", "%3e")]
)  # fmt: skip
ENTITIES = st.one_of(
    st.sampled_from(["PERSON", "EMAIL_ADDRESS", "a.b.c.d.e.f.g.h.i.j", "9 lives"]), st.text(max_size=60)
)


def people(entity: str = "PERSON") -> tuple[Pseudonyms, str]:
    pseudonyms = Pseudonyms()
    return pseudonyms, pseudonyms.token(entity, "Ada")[1:-1]


@st.composite
def written(draw: st.DrawFn) -> tuple[Pseudonyms, str]:
    """Return a live token in one of the forms that keep its brackets."""
    pseudonyms, name = people(draw(ENTITIES))
    opened, closed = draw(BRACKETS)
    separator = draw(SEPARATORS)
    name = name.lower() if draw(st.booleans()) else name
    return pseudonyms, opened + name.replace("_", separator) + closed


@given(written())
def test_a_form_is_found_whatever_its_entity_is_called(case):
    pseudonyms, text = case

    found = list(forms(f"Dear {text}.", pseudonyms.value))

    assert [(form.start, form.end) for form in found] == [(5, 5 + len(text))]
    assert len(text) <= LONGEST


@given(written(), st.integers(0, LONGEST))
@settings(max_examples=300)
def test_a_form_is_kept_together_wherever_it_is_cut(case, place):
    pseudonyms, text = case
    place %= len(text)

    kept = unfinished(f"Dear {text[:place]}", pseudonyms.may_become)

    assert kept <= 5


@given(st.text(st.sampled_from("<&%\\_ 1aPERSON;gtl3Cu0e>-")))
def test_text_that_could_hold_no_form_holds_none(text):
    pseudonyms, _ = people()

    found = list(forms(text, pseudonyms.value))

    assert could_hold(text) or (not found and unfinished(text, pseudonyms.may_become) == len(text))


@pytest.mark.parametrize(
    ("text", "escape"),
    [("<PERSON_1>", Escape.NONE), ("&lt;PERSON_1&gt;", Escape.HTML), ("%3CPERSON_1%3E", Escape.PERCENT),
     ("\\u003cPERSON_1\\u003e", Escape.NONE), ("PERSON_1", Escape.NONE)],
)  # fmt: skip
def test_a_form_says_how_its_place_wants_text_to_be_written(text, escape):
    pseudonyms, _ = people()

    assert list(forms(text, pseudonyms.value)) == [Form(0, len(text), "PERSON_1", escape)]


@pytest.mark.parametrize("text", ["<", "a &l", "x \\u00", "<EMAIL", "see <person", "PER", "PERSON_", "**PERSON_1"])
def test_what_may_become_a_token_is_not_finished(text):
    pseudonyms, _ = people()
    pseudonyms.token("EMAIL_ADDRESS", "ada@example.com")

    assert unfinished(text, pseudonyms.may_become) < len(text)


@pytest.mark.parametrize("text", ["<b", "a & b", "<PERSON_22", "C", "xPERSON", "PERSON ", "<EMAIL>", "\\n", "person_1"])
def test_what_can_become_none_is_finished(text):
    pseudonyms, _ = people()
    pseudonyms.token("EMAIL_ADDRESS", "ada@example.com")

    assert unfinished(text, pseudonyms.may_become) == len(text)


@pytest.mark.parametrize(
    ("span", "left"),
    [((0, 10), []), ((1, 9), []), ((0, 16), [" Smith"]), ((11, 16), ["Smith"]), ((0, 27), [" Smith "]), ((10, 11), [])],
)
def test_a_finding_does_not_cover_tokens(span, left):
    pseudonyms, _ = people()
    text = "<PERSON_1> Smith <PERSON_1>"

    found = outside(text, [Finding("PERSON", *span, 0.9, "test")], pseudonyms.value)

    assert [text[one.start : one.end] for one in found] == left


def test_a_finding_in_a_text_without_tokens_stays():
    pseudonyms, _ = people()
    finding = Finding("PERSON", 1, 4, 0.9, "test")

    assert outside("<Ada> and <PERSON_2>", [finding], pseudonyms.value) == [finding]


@given(st.text())
def test_names_are_compared_without_case_and_separators(text):
    assert normal(normal(text)) == normal(text)
