from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gateway.detectors.patterns import PatternDetector
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.guards import Guards
from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse


@dataclass(frozen=True)
class Names:
    """Knows the people of some languages."""

    languages: tuple[str, ...]
    entities: frozenset[str] = frozenset({"PERSON"})

    @property
    def version(self) -> str:
        return f"names-{'-'.join(self.languages)}"

    async def prepare(self) -> None:
        pass

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [[Finding("PERSON", 0, 1, 1.0, self.version)] if text else [] for text in texts]

    async def aclose(self) -> None:
        pass


@dataclass
class Policies:
    current: PolicySet


def policies(*rules: str) -> PolicySet:
    return parse({"p.yaml": "version: 1\nrules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules)}).policies


NAMES = "id: names, target: finding, match: {finding.entity: PERSON}, effect: mask"
PATTERNS, ENGLISH, GERMAN, BLIND = PatternDetector(), Names(("en",)), Names(("de",)), Names(("en",), frozenset())
APPLICATIONS = {"bot": ("en",), "desk": ("en",), "schalter": ("de",), "both": ("en", "de"), "café": ("fr",)}


def guards(*detectors, applications=APPLICATIONS, rules: PolicySet | None = None) -> Guards:
    return Guards.of(detectors, applications, Policies(rules or policies(NAMES)))


def test_applications_of_one_language_share_a_memory_and_others_have_their_own():
    made = guards(PATTERNS, ENGLISH, GERMAN)

    loaded = {name: [one.version for one in guard.detectors] for name, guard in made.applications.items()}
    assert loaded["bot"] == ["patterns-1", "names-en"]
    assert loaded["schalter"] == ["patterns-1", "names-de"]
    assert loaded["café"] == ["patterns-1"]
    assert made.applications["bot"] is made.applications["desk"]
    assert made.applications["both"] is made.everything


async def test_a_text_is_judged_by_the_detectors_of_its_language():
    made = guards(PATTERNS, ENGLISH, GERMAN)

    (found,) = await made.applications["schalter"].find(["Ada"])

    assert [finding.detector for finding in found] == ["names-de"]


def test_an_application_nobody_understands_is_refused():
    with pytest.raises(ConfigurationError, match="'café': no detector understands fr"):
        guards(ENGLISH, GERMAN)


def test_a_rule_must_be_met_in_the_texts_of_every_application_that_it_is_for():
    only_english = {"bot": ("en",), "schalter": ("de",)}
    made = guards(PATTERNS, ENGLISH, applications=only_english)

    with pytest.raises(ConfigurationError, match=r"p\.yaml:3: rule 'names' .* in texts of 'schalter': patterns-1"):
        made.refuse_unmet(policies(NAMES), hashes=False, destinations=())
    made.refuse_unmet(policies(NAMES.replace("PERSON", "PERSON, user.application: bot")), hashes=False, destinations=())


def test_a_rule_that_no_detector_meets_is_told_once_with_all_other_problems():
    made = guards(PATTERNS, BLIND)
    hashing = "id: hashes, target: finding, match: {finding.entity: US_SSN}, effect: hash"

    with pytest.raises(ConfigurationError) as caught:
        made.refuse_unmet(policies(NAMES, hashing), hashes=False, destinations=())

    first, second = str(caught.value).splitlines()
    assert "NER off" in first and "Loaded: patterns-1, names-en." in first
    assert "policies.hash_key" in second
    made.refuse_unmet(policies(hashing), hashes=True, destinations=())


def test_the_state_names_what_is_loaded_and_what_it_leaves_without_effect():
    shadow = policies(f"{NAMES}, mode: shadow")

    with_english = guards(PATTERNS, ENGLISH, applications={"bot": ("en",), "schalter": ("de",)}).loaded(shadow).told
    blind = guards(PATTERNS, BLIND, applications={"bot": ("en",)}).loaded(shadow).told
    whole = guards(PATTERNS, ENGLISH, applications={"bot": ("en",)}).loaded(shadow).told

    assert with_english["detectors"] == ["patterns-1", "names-en"]
    assert "PERSON" in with_english["entities"]
    assert (with_english["ner"], with_english["languages"]) == ("off", {"en": "NER on", "de": "NER off"})
    assert (blind["ner"], blind["unfound"]) == ("off", {"names": ["PERSON"]})
    assert (whole["ner"], whole["unfound"]) == ("on", {})
