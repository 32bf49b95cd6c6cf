import pytest

from gateway.detectors import lexicon


@pytest.mark.parametrize("name", ["MONTHS", "PARTICLES", "TITLES", "ABBREVIATIONS", "ORGANISATIONS", "COMMON"])
def test_words_that_are_looked_up_in_small_letters_are_written_so(name: str) -> None:
    words = getattr(lexicon, name)

    assert words
    assert all(word == word.lower() and word.isalpha() for word in words)


def test_no_common_word_ends_like_a_surname() -> None:
    assert [word for word in lexicon.COMMON if word.endswith(lexicon.SURNAME_ENDINGS)] == []
