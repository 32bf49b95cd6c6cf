import pytest

from gateway.detectors import gazetteer


@pytest.mark.parametrize("name", ["STREET_TYPES", "STREET_BEGINNINGS", "UNITS"])
def test_words_that_are_looked_up_in_small_letters_are_written_so(name: str) -> None:
    words = getattr(gazetteer, name)

    assert words
    assert all(word == word.lower() and word.isalpha() for word in words)


def test_regions_are_written_as_names_are() -> None:
    regions = gazetteer.COUNTRIES | gazetteer.STATES

    assert all(name[0].isupper() and name == " ".join(name.split()) for name in regions)
    assert len(gazetteer.STATES) == 50
