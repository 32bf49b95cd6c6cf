import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.licences import ATTRIBUTION, LONGEST, NONCOMMERCIAL, UNKNOWN, licence_facts


def read(expression: str) -> str:
    """Return what holds of *expression*: a letter for attribution, non-commercial, unknown."""
    facts = licence_facts(expression)
    return "".join(
        letter for letter, name in (("a", ATTRIBUTION), ("n", NONCOMMERCIAL), ("u", UNKNOWN)) if facts.get(name)
    )


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("CC-BY-4.0", "a"),
        ("cc-by-4.0", "a"),
        ("CC-BY-SA-3.0-DE", "a"),
        ("CC-BY-4.0+", "a"),
        ("CC-BY-NC-ND-4.0", "an"),
        ("CC0-1.0", ""),
        ("MIT", ""),
        ("GPL-2.0+", ""),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ""),
        ("ODbL-1.0", "a"),
        ("OGL-UK-3.0", "a"),
        ("NCGL-UK-2.0", "an"),
        ("PolyForm-Noncommercial-1.0.0", "n"),
        ("MIT OR CC-BY-4.0", ""),
        ("MIT AND CC-BY-4.0", "a"),
        ("CC-BY-4.0 OR CC-BY-SA-4.0", "a"),
        ("CC-BY-NC-4.0 OR MIT", ""),
        ("CC-BY-NC-4.0 AND MIT", "an"),
        ("CC-BY-4.0 OR PolyForm-Noncommercial-1.0.0", "a"),
        ("CC-BY-NC-4.0 OR CC-BY-NC-SA-4.0", "an"),
        ("(MIT OR CC-BY-NC-4.0) AND (ISC OR CC-BY-4.0)", ""),
        ("LicenseRef-Ours", "u"),
        ("MIT OR LicenseRef-Ours", ""),
        ("CC-BY-4.0 OR LicenseRef-Ours", "a"),
        ("MIT AND LicenseRef-Ours", "u"),
        ("CC-BY", "u"),
        ("CC BY 4.0", "u"),
        ("all rights reserved", "u"),
        ("NOASSERTION", "u"),
        ("(MIT", "u"),
        ("MIT WITH CC-BY-4.0", "u"),
        ("", "u"),
        ("\ud800", "u"),
        ("MIT " * LONGEST, "u"),
        (" AND ".join(["(MIT OR ISC)"] * 30), "u"),
    ],
)
def test_what_a_licence_asks_for(expression, holds):
    assert read(expression) == holds


def test_of_a_licence_that_nobody_knows_nothing_else_is_said():
    assert licence_facts("free, I think") == {UNKNOWN: True}


@given(st.text(alphabet="MITCBY-04.NO RAWDH()+/\u00e9\ud800\x00", max_size=40))
def test_whatever_stands_there_is_a_fact_and_no_accident(expression):
    assert licence_facts(expression)[UNKNOWN] in (True, False)


LICENCES = st.sampled_from(["MIT", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "PolyForm-Noncommercial-1.0.0"])
EXPRESSIONS = st.recursive(
    LICENCES,
    lambda parts: st.tuples(parts, st.sampled_from(["AND", "OR"]), parts).map(lambda one: f"({' '.join(one)})"),
    max_leaves=4,
)


@given(EXPRESSIONS, EXPRESSIONS)
def test_together_two_licences_ask_for_all_that_one_of_them_asks_for(one, other):
    both = licence_facts(f"{one} AND {other}")

    for name in (ATTRIBUTION, NONCOMMERCIAL):
        asked = licence_facts(one)[name] or licence_facts(other)[name]
        assert both[name] or not asked or (name == ATTRIBUTION and both[NONCOMMERCIAL])


@given(EXPRESSIONS, EXPRESSIONS)
def test_a_choice_never_asks_for_what_both_do_not(one, other):
    either = licence_facts(f"{one} OR {other}")

    assert either[NONCOMMERCIAL] == (licence_facts(one)[NONCOMMERCIAL] and licence_facts(other)[NONCOMMERCIAL])
    assert not either[ATTRIBUTION] or licence_facts(one)[ATTRIBUTION] or licence_facts(other)[ATTRIBUTION]
    assert licence_facts(f"{other} OR {one}") == either
