import pytest

from gateway.detectors.patterns import PatternDetector
from gateway.domain.errors import ConfigurationError


async def entities(detector: PatternDetector, text: str) -> list[str]:
    (findings,) = await detector.find([text])
    return [finding.entity for finding in findings]


async def test_only_chosen_entities_are_reported() -> None:
    detector = PatternDetector(entities=frozenset({"US_SSN"}))

    assert await entities(detector, "anna@example.com 123-45-6789") == ["US_SSN"]


async def test_allowed_values_are_no_findings() -> None:
    detector = PatternDetector(allow=frozenset({"support@example.com"}))

    assert await entities(detector, "support@example.com") == []
    assert await entities(detector, "no-support@example.com") == ["EMAIL_ADDRESS"]


async def test_findings_below_the_least_score_are_left_out() -> None:
    text = "4111111111111111 and 4111 1111 1111 1111"

    assert await entities(PatternDetector(min_score=0.95), text) == ["CREDIT_CARD"]
    assert await entities(PatternDetector(min_score=0.5), text) == ["CREDIT_CARD", "CREDIT_CARD"]


def test_an_entity_that_nobody_looks_for_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'PASSPORT' is not one of"):
        PatternDetector(entities=frozenset({"PASSPORT"}))


@pytest.mark.parametrize("score", [-0.1, 1.1])
def test_a_score_is_between_0_and_1(score: float) -> None:
    with pytest.raises(ConfigurationError, match="min_score"):
        PatternDetector(min_score=score)


def test_the_version_tells_configurations_apart() -> None:
    default = PatternDetector()
    allowing = PatternDetector(allow=frozenset({"a", "b"}))

    assert default.version == "patterns-1"
    assert allowing.version.startswith("patterns-1:")
    assert allowing.version == PatternDetector(allow=frozenset({"b", "a"})).version
    assert len({default.version, allowing.version, PatternDetector(min_score=0.9).version}) == 3
