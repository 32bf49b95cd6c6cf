import pytest

from tests.benchmarks.pii_scoring import Score, by_entity, in_all, in_entities

TRUTH = [[("PERSON", 0, 10), ("ORGANIZATION", 20, 30), ("GPE", 40, 44)], []]
CLAIMED = [[("PERSON", 5, 15), ("PERSON", 25, 30), ("ORGANIZATION", 31, 35), ("LOCATION", 40, 44)], [("URL", 0, 3)]]


def test_characters_of_what_is_left_out_count_on_neither_side() -> None:
    assert in_all(TRUTH, CLAIMED) == Score(found=9, overlooked=5, mistaken=8)


def test_strictly_they_are_mistaken() -> None:
    assert in_all(TRUTH, CLAIMED, strict=True) == Score(found=9, overlooked=5, mistaken=13)


def test_an_entity_is_found_when_most_of_it_is() -> None:
    """Half of the person, the town; the organisation and what was found in it count on neither side."""
    assert in_entities(TRUTH, CLAIMED) == Score(found=2, overlooked=0, mistaken=1)
    assert in_entities([[("PERSON", 0, 10)]], [[("PERSON", 6, 20)]]) == Score(found=0, overlooked=1, mistaken=1)


def test_each_entity_has_its_score() -> None:
    assert by_entity(TRUTH, CLAIMED) == {"PERSON": Score(5, 5, 5), "LOCATION": Score(4, 0, 0)}


def test_recall_weighs_more_in_f2() -> None:
    score = Score(found=9, overlooked=3, mistaken=1)

    assert (score.precision, score.recall) == (0.9, 0.75)
    assert score.f(1) == pytest.approx(0.8182, abs=1e-4)
    assert score.f(2) == pytest.approx(0.7759, abs=1e-4)


def test_finding_nothing_scores_nothing() -> None:
    assert in_all([[("PERSON", 0, 4)]], [[]]).f(1) == 0
