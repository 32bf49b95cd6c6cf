import presidio_analyzer.predefined_recognizers as known
import pytest

from gateway.detectors.entities import NAMED, RECOGNISED, USUAL


@pytest.mark.parametrize("entity", RECOGNISED)
def test_presidio_has_what_it_is_asked_for(entity: str) -> None:
    assert entity in getattr(known, RECOGNISED[entity])(supported_language="en").supported_entities


@pytest.mark.parametrize("noise", ["DATE_TIME", "ORGANIZATION", "NRP", "US_DRIVER_LICENSE", "UK_NHS"])
def test_noise_is_off_and_can_be_asked_for(noise: str) -> None:
    assert noise not in USUAL
    assert noise in NAMED or noise in RECOGNISED
