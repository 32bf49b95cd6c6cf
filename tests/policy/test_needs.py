from datetime import date

import pytest

from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse
from gateway.policy.needs import named, undone, unfound, unmet

FOUND = frozenset({"EMAIL_ADDRESS", "US_SSN"})
LOADED = ["patterns-1", "presidio-1 (presidio-analyzer 2.2, NER off)"]


def policies(*rules: str) -> PolicySet:
    return parse({"p.yaml": "version: 1\nrules:\n" + "".join(f"- {{{rule}}}\n" for rule in rules)}).policies


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("id: r, target: finding, match: {finding.entity: PERSON}, effect: mask", {"PERSON"}),
        ("id: r, target: finding, match: {finding.entity: {eq: PERSON}}, effect: mask", {"PERSON"}),
        ("id: r, target: finding, match: {finding.entity: {in: [PERSON, AGE]}}, effect: mask", {"PERSON", "AGE"}),
        ("id: r, target: finding, match: {finding.entity: {not_in: [PERSON]}}, effect: mask", set()),
        ("id: r, target: finding, match: {finding.entity: {ne: PERSON}}, effect: mask", set()),
        ("id: r, target: finding, match: {finding.category: secret, finding.detector: PERSON}, effect: mask", set()),
        ("id: r, target: prompt, match: {prompt.entities: {contains: PERSON}}, effect: deny", {"PERSON"}),
        ("id: r, target: response, match: {response.entities: {intersects: [AGE, X]}}, effect: deny", {"AGE", "X"}),
    ],
)
def test_a_rule_waits_for_the_entities_that_it_names(rule: str, names: set[str]):
    (only,) = policies(rule).rules

    assert named(only) == names


def test_an_enforced_rule_about_what_nobody_looks_for_is_told_with_everything_to_act_on():
    asked = policies(
        "id: mails, target: finding, match: {finding.entity: EMAIL_ADDRESS}, effect: mask",
        "id: names, target: finding, match: {finding.entity: {in: [PERSON, US_SSN]}}, effect: mask",
        "id: ages, target: finding, match: {finding.entity: AGE}, effect: mask",
    )

    first, second = unmet(asked, FOUND, LOADED)

    assert first == (
        "p.yaml:4: rule 'names' is enforced, but no detector that is configured can find PERSON now (NER off, no model "
        "for names is loaded; the rule would protect nobody). Loaded: patterns-1, presidio-1 (presidio-analyzer 2.2, "
        "NER off). Configure a detector that finds it, or put the rule into shadow."
    )
    assert "can find AGE now (the rule" in second


@pytest.mark.parametrize("more", ["mode: shadow", "mode: off", "until: 2020-01-01"])
def test_a_rule_that_does_not_act_may_name_anything(more: str):
    asked = policies(f"id: r, target: finding, match: {{finding.entity: PERSON}}, effect: mask, {more}")

    assert unmet(asked, FOUND, LOADED) == []
    assert [one.entities for one in unfound(asked, FOUND)] == ([("PERSON",)] if "shadow" in more else [])


@pytest.mark.parametrize(("application", "sentences"), [("", 1), ("bot", 1), ("other", 0)])
def test_a_rule_for_one_application_needs_what_is_found_in_that_ones_texts(application: str, sentences: int):
    asked = policies("id: r, target: finding, match: {finding.entity: PERSON, user.application: bot}, effect: mask")

    told = unmet(asked, FOUND, LOADED, application)

    assert len(told) == sentences
    assert all(("Loaded in texts of 'bot': " in one) == bool(application) for one in told)


def test_a_rule_sleeps_from_its_day_on():
    asked = policies("id: r, target: finding, match: {finding.entity: PERSON}, effect: mask, until: 2026-03-01")

    assert unfound(asked, FOUND, today=date(2026, 2, 28)) != []
    assert unfound(asked, FOUND, today=date(2026, 3, 1)) == []


def test_what_the_gateway_reports_itself_is_always_found():
    asked = policies("id: r, target: finding, match: {finding.entity: UNSCANNED_CONTENT}, effect: deny")

    assert unfound(asked, frozenset()) == []


def test_a_rule_that_hashes_needs_a_key():
    asked = policies("id: r, target: finding, match: {finding.entity: US_SSN}, effect: hash")

    (sentence,) = undone(asked, hashes=False, destinations=())

    assert sentence.startswith("p.yaml:3: rule 'r' hashes, and there is no key: configure policies.hash_key")
    assert undone(asked, hashes=True, destinations=()) == []


def test_a_rule_that_routes_to_what_nobody_configured_is_told():
    asked = policies("id: r, target: finding, match: {finding.entity: US_SSN}, effect: {route: {to: hous}}")

    (sentence,) = undone(asked, hashes=True, destinations={"house", "outside"})

    assert sentence == (
        "p.yaml:3: rule 'r' routes to 'hous', which is no model or provider here; did you mean 'house'?"
    )
    assert undone(asked, hashes=True, destinations={"hous"}) == []
