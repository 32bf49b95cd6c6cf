from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gateway.detectors.languages import speaking, understood
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.domain.findings import Finding


@dataclass(frozen=True)
class Names:
    """Finds names in texts of some languages."""

    languages: tuple[str, ...]
    entities: frozenset[str] = frozenset({"PERSON"})
    version: str = "names-1"

    async def prepare(self) -> None:
        pass

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [[] for _ in texts]

    async def aclose(self) -> None:
        pass


ENGLISH, GERMAN, ALPINE = (Names(tuple(languages)) for languages in (["en"], ["de"], ["de", "fr", "it"]))
PATTERNS, SECRETS = PatternDetector(), SecretDetector()


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        (("en",), (PATTERNS, ENGLISH, SECRETS)),
        (("de",), (PATTERNS, GERMAN, ALPINE, SECRETS)),
        (("en", "it"), (PATTERNS, ENGLISH, ALPINE, SECRETS)),
        (("ja",), (PATTERNS, SECRETS)),
    ],
)
def test_an_application_has_the_detectors_of_its_languages_and_those_of_none(languages: tuple, chosen: tuple):
    assert speaking([PATTERNS, ENGLISH, GERMAN, ALPINE, SECRETS], languages) == chosen


def test_a_detector_that_has_another_do_the_work_understands_what_that_one_does():
    @dataclass(frozen=True)
    class Pool:
        detector: object

    assert understood(Pool(ALPINE)) == {"de", "fr", "it"}
    assert understood(Pool(Pool(ENGLISH))) == {"en"}
    assert understood(Pool(PATTERNS)) is None
