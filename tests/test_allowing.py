from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowing import AllowingDetector
from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.domain.findings import Finding, distinct, masked
from gateway.interfaces import Detector
from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse
from gateway.windows import Window

ALLOW = """
allow:
- {entities: [EMAIL_ADDRESS], owner: o@example.com, explain: ours, values: [support@example.com]}
- {entities: [PHONE_NUMBER], owner: o@example.com, explain: ours, patterns: ['\\+49 89 1234-\\d{1,2}']}
"""


@dataclass
class Policies:
    current: PolicySet


@dataclass(frozen=True)
class Places:
    """Takes every `example` for a place, with whatever is behind it."""

    entities: frozenset[str] = frozenset({"LOCATION"})
    version: str = "places-1"
    asked: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        self.asked.append("prepare")

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.asked.extend(texts)
        return [
            [Finding("LOCATION", at, at + 7, 0.85, "places")] if (at := text.find("example")) >= 0 else []
            for text in texts
        ]

    async def aclose(self) -> None:
        self.asked.append("aclose")


def policies(allow: str = ALLOW) -> Policies:
    rule = "{id: r, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask}"
    return Policies(parse({"p.yaml": f"version: 1\n{allow}\nrules:\n- {rule}\n"}).policies)


def guard(*detectors: Detector, policies_now: Policies | None = None) -> AllowingDetector:
    return AllowingDetector(CachedDetector(detectors or [PatternDetector()]), policies_now or policies())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail support@example.com now", "mail support@example.com now"),
        ("mail my-support@example.com now", "mail <EMAIL_ADDRESS> now"),
        ("mail support@example.com.evil.org now", "mail <EMAIL_ADDRESS> now"),
        ("call +49 89 1234-0 or +49 89 1234-567", "call +49 89 1234-0 or <PHONE_NUMBER>"),
        ("mail support@example.com, ada@example.com", "mail support@example.com, <EMAIL_ADDRESS>"),
    ],
)
@pytest.mark.parametrize("way", ["find", "find_once"])
async def test_an_allowed_value_is_no_finding_and_a_longer_one_is(text: str, left: str, way: str):
    (findings,) = await getattr(guard(), way)([text])

    assert masked(text, distinct(findings)) == left


async def test_what_is_found_to_be_something_else_as_well_stays_a_finding():
    (findings,) = await guard(PatternDetector(), Places()).find(["mail support@example.com"])

    assert [finding.entity for finding in findings] == ["LOCATION"]


async def test_another_policy_set_allows_other_values_of_texts_that_are_remembered():
    active, places = policies(), Places()
    asked = guard(PatternDetector(), places, policies_now=active)

    before = await asked.find(["support@example.com"])
    active.current = policies("").current
    after = await asked.find(["support@example.com"])

    assert (len(before[0]), len(after[0])) == (1, 2)
    assert places.asked == ["support@example.com"]


async def test_it_is_what_its_detectors_are():
    places = Places()
    asked = guard(PatternDetector(), places)

    await asked.prepare()
    await asked.aclose()

    assert places.asked == ["prepare", "aclose"]
    assert asked.version == "patterns-1+places-1"
    assert {"LOCATION", "EMAIL_ADDRESS"} <= asked.entities
    assert [detector.version for detector in asked.detectors] == ["patterns-1", "places-1"]


PIECES = st.sampled_from(
    ["support@example.com", "my-", ".evil.org", "+49 89 1234-0", "5", " ", " ", "call ", "\n", "ada@example.com", ", "]
)


@given(st.lists(PIECES, max_size=8).map("".join), st.data())
async def test_every_cutting_of_a_text_releases_what_the_whole_text_would(text: str, data: st.DataObject):
    asked = guard()
    (findings,) = await asked.find([text])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    window, released = Window(), ""

    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        window.feed(text[start:end])
        (found,) = await asked.find_once([window.text])
        ready = window.take(found, last=end == len(text) and start == (cuts[-1] if cuts else 0))
        released += masked(ready.text, distinct(ready.findings))

    assert released == masked(text, distinct(findings))


class Names(Places):
    """Finds names by the words around them."""

    reads_phrases = True


def about_places(where: str) -> Policies:
    match = f"{{finding.entity: LOCATION, finding.where: {where}}}"
    rule = f"{{id: r, target: finding, match: {match}, effect: mask}}"
    return Policies(parse({"p.yaml": f"version: 1\nrules:\n- {rule}\n"}).policies)


@pytest.mark.parametrize(("where", "asks"), [("prompt", False), ("response", True), ("tool_call", True)])
async def test_names_are_looked_for_in_answers_only_if_a_rule_speaks_of_them(where: str, asks: bool):
    answering = guard(PatternDetector(), Names(), policies_now=about_places(where)).answering(
        about_places(where).current
    )

    (found,) = await answering.find(["support@example.com"])

    assert answering.by_sentence is asks
    assert ("LOCATION" in [finding.entity for finding in found]) is asks


async def test_a_request_is_looked_at_under_the_policies_that_it_began_with():
    active, text = policies(allow=""), "Mail support@example.com."
    guarding = guard(policies_now=active)
    looking = guarding.under(policies().current)

    assert await looking.find([text]) == [[]] == await looking.answering.find([text])
    assert [len(found) for found in await guarding.find([text])] == [1]
