from gateway.detectors import gazetteer, lexicon
from gateway.detectors.firstnames import FIRST_NAMES


def test_a_first_name_is_nothing_else() -> None:
    first = {name.lower() for name in FIRST_NAMES}

    assert first & {name.lower() for name in gazetteer.COUNTRIES | gazetteer.STATES} == set()
    assert first & (lexicon.MONTHS | lexicon.COMMON | lexicon.ORGANISATIONS | gazetteer.STREET_TYPES) == set()


def test_first_names_are_single_words_written_as_names_are() -> None:
    assert [name for name in FIRST_NAMES if not name.isalpha() or name != name.capitalize()] == []
