import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.sentences import LONGEST, sentences

ALPHABET = "aB1 .!?\n\t-*`~#|>()[]\"'é合。！？ไก่ع۔؟।"


def told(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("See Dr. Miller, e.g. at noon. He knows.", ["See Dr. Miller, e.g. at noon.", "He knows."]),
        ("Version 3.11 costs 2.4 million.", ["Version 3.11 costs 2.4 million."]),
        ("You eat until 3. Then go.", ["You eat until 3.", "Then go."]),
        ("Wait... or go. \"Really?\" Yes.", ["Wait... or go.", '"Really?"', "Yes."]),
        ("It is so [1]. And this.[2] End", ["It is so [1].", "And this.[2]", "End"]),
        ("1. First thing\n2. Second thing. More", ["First thing", "Second thing.", "More"]),
        ("# Title\n- a point\n> quoted\n\n---\n", ["Title", "a point", "quoted"]),
        ("合同条款规定。之后适用保修！对吗？", ["合同条款规定。", "之后适用保修！", "对吗？"]),
        ("يمكن إرجاع المحمصة. هل هذا صحيح؟ نعم۔", ["يمكن إرجاع المحمصة.", "هل هذا صحيح؟", "نعم۔"]),
        ("यह सही है। धन्यवाद॥", ["यह सही है।", "धन्यवाद॥"]),
        ("Try:\n```py\nprint('a. B')\nx = 1\n```\nDone.", ["Try:", "```py\nprint('a. B')\nx = 1\n```", "Done."]),
        ("```\nnever closed. Still code", ["```\nnever closed. Still code"]),
        ("", []),
        ("... --- !!!", []),
    ],
)  # fmt: skip
def test_sentences_end_where_people_see_it(text, wanted):
    assert told(text) == wanted


@given(st.text(ALPHABET, max_size=200))
def test_every_letter_stands_in_one_sentence_and_sentences_stand_in_order(text):
    spans = sentences(text)
    ends = [0, *(end for _, end in spans)]

    assert all(before <= start < end for before, (start, end) in zip(ends, spans, strict=False))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    inside = {at for start, end in spans for at in range(start, end)}
    numbered = [at for at, letter in enumerate(text) if letter.isalpha()]
    assert all(at in inside for at in numbered)


def test_a_text_without_ends_is_cut_at_white_space():
    spans = sentences("ไทย ภาษา " * 400)

    assert max(end - start for start, end in spans) <= LONGEST
    assert sum(end - start for start, end in spans) > 3_000
