import pytest

from tests.benchmarks.pii_sentences import readmes, sentences, texts


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sentences() -> None:
    first, again, other = sentences(5, 50), sentences(5, 50), sentences(6, 50)

    assert first == again
    assert first != other
    assert all(0 <= start < end <= len(one.text) for one in first for _, start, end in one.spans)


def test_texts_have_the_length_that_is_asked_for() -> None:
    assert {len(text) for text in texts(sentences(5, 50), 500)} == {500}
    assert [len(text) for text in readmes(1, 3, 800)] == [800, 800, 800]
