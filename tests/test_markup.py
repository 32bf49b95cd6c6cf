import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.markup import beginning


@pytest.mark.parametrize(
    "marks",
    ["# ", "### ", "- ", "  * ", "> ", "> - ", "1. ", "12) ", "[3] ", "Document 3: ", "doc 4 - ", "Document 3:\n",
     "[Document 12]\n", "## Source #2\n", "Context 1\n\n# ", "**Passage 7:**\n"],
)  # fmt: skip
def test_what_an_application_puts_before_a_document_belongs_to_it(marks):
    for before in ("", "Read this.\n\n"):
        text = f"{before}{marks}Words"
        assert text[: beginning(text, text.index("Words"), 0, header=True)] == before


@pytest.mark.parametrize(
    "before", ["Tell me: ", "Document three:\n", "Is -", "See document 3:\n", "The 2. ", "x\n\n\n"]
)
def test_words_of_the_caller_stay(before):
    text = f"{before}Words"

    assert beginning(text, len(before), 0, header=True) == len(before)


def test_nothing_is_looked_at_before_another_thing_ends_and_a_header_stays_where_it_is_to():
    text = "Kept - Words\nDocument 2:\n# More"

    assert beginning(text, 7, 4, header=True) == 7
    assert text[beginning(text, text.index("More"), 0, header=False) :] == "# More"
    assert text[beginning(text, text.index("More"), 20, header=True) :] == "# More"


@given(st.text("a1 .#->[]:\n\t", max_size=60), st.integers(0, 60), st.booleans())
def test_only_marks_and_numbers_are_taken(before, floor, header):
    text, floor = before + "Words", min(floor, len(before))
    start = beginning(text, len(before), floor, header=header)

    assert floor <= start <= len(before)
    assert "a" not in text[start : len(before)]
