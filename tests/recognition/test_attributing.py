import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition import attributing
from gateway.recognition.attributing import ENOUGH, OPEN, OVERLAP, SHORT, Grams, attribute, attributed

RETURNS = (
    "Returns policy. A toaster may be returned for thirty days at the counter of any branch. After thirty days the "
    "warranty of the maker applies, which covers the heating element for two years."
)
HOURS = "Our canteen closes at three on Fridays before public holidays. In winter it opens at noon."
CHUNKS = [Grams.of(HOURS), Grams.of(RETURNS)]
WORDS = st.lists(st.sampled_from(["toaster", "may", "be", "returned", "合", "x1", "café.", "\n"]), max_size=30)


@pytest.mark.parametrize(
    ("sentence", "chunk"),
    [
        ("A toaster may be returned for thirty days at the counter of any branch.", 1),
        ("A **toaster** can be returned\u00a0within thirty days at the counter of any BRANCH [1].", 1),
        ("Note that it closes at three on Fridays before public holidays.", 0),
        ("Bring it back within a month to one of our shops.", None),
        ("The moon is about a quarter of the size of the earth.", None),
    ],
)
def test_a_sentence_is_attributed_to_the_chunk_that_has_its_words(sentence, chunk):
    (judged,) = attribute(sentence, CHUNKS)

    assert (judged.chunk, judged.method) == (chunk, OPEN if chunk is None else OVERLAP)
    assert (judged.score >= ENOUGH) is (chunk is not None)


def test_sentences_of_scripts_without_spaces_are_attributed():
    (judged, other) = attribute(
        "退款期限为三十天。今天天气很好啊！", [Grams.of("合同条款规定，退款期限为三十天，之后适用保修。")]
    )

    assert (judged.method, judged.score, other.method) == (OVERLAP, 1.0, OPEN)


def test_too_few_words_are_not_judged():
    assert [one.method for one in attribute("Yes. Thirty days.", CHUNKS)] == [SHORT, SHORT]


def test_without_chunks_everything_is_open():
    assert [(one.method, one.score) for one in attribute("A toaster may be returned.", [])] == [(OPEN, 0.0)]
    assert [one.chunk for one in attribute("A toaster may be returned.", [Grams.of("")])] == [None]
    assert attribute("", CHUNKS) == []


@given(WORDS, st.lists(WORDS, max_size=3))
def test_scores_are_shares_and_what_is_copied_has_all(answer, chunks):
    texts = [" ".join(words) for words in chunks]
    judged = attribute(" ".join(answer), [Grams.of(text) for text in texts])

    assert all(0 <= one.score <= 1 for one in judged)
    for text in texts:
        for one in attribute(text, [Grams.of(text)]):
            assert one.method == SHORT or (one.chunk, one.score) == (0, 1.0)


TEXTS = WORDS.map(" ".join)


@pytest.mark.parametrize("together", [attributing._TOGETHER, 40])
@given(answers=st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), max_size=5))
def test_answers_that_are_compared_together_are_attributed_as_each_is_alone(together, answers):
    given = [(answer, [Grams.of(text) for text in chunks]) for answer, chunks in answers]
    given += [(text, [Grams.of(text)]) for text, _ in answers[:1]]
    usual, attributing._TOGETHER = attributing._TOGETHER, together
    try:
        found = attributed(given)
    finally:
        attributing._TOGETHER = usual

    assert found == [attribute(*one) for one in given]
