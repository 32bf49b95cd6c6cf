import pytest

from gateway.detectors.places import places
from gateway.detectors.shapes import shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from New Zealand to the UNITED STATES", ["New Zealand"]),
        ("born in Třebíč, raised in San Juan de Oro", ["Třebíč", "San Juan de Oro"]),
        ("originally from Skive", ["Skive"]),
        ("Texas and Bosnia and Herzegovina", ["Texas", "Bosnia and Herzegovina"]),
        ("Acme India Ltd and the Texas Rangers Team", []),
        ("interested in Python, based in part on it", []),
    ],
)
def test_places_are_known_by_name_or_by_the_words_before(text: str, expected: list[str]) -> None:
    assert [text[finding.start : finding.end] for finding in places(shape(text))] == expected
