import asyncio
import io

import pytest
from rich.console import Console

from tests.benchmarks.pii import OURS, SEEDS, STOCK, accuracy, alarms, ours, speed, table
from tests.benchmarks.pii_scoring import Score, in_all, in_entities
from tests.benchmarks.pii_sentences import sentences

TRUTHS = [[("PERSON", 0, 10)], [("GPE", 5, 9)]]
FOUND = {OURS: TRUTHS, STOCK: [[("PERSON", 0, 5)], []]}


def test_goals_are_set_for_the_guard_only() -> None:
    figures = accuracy(TRUTHS, FOUND)

    assert {figure.system for figure in figures if figure.verdict} == {OURS}
    assert {figure.verdict for figure in figures if figure.budget is not None} == {"PASS"}


def test_the_table_has_a_row_for_each_entity_and_one_for_all() -> None:
    out = io.StringIO()
    scores = {name: {"PERSON": Score(9, 1, 0)} for name in (OURS, STOCK)}

    Console(file=out, width=140).print(table(scores, {name: Score(9, 1, 0) for name in scores}))

    rows = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "PERSON 10 1.000 0.900 0.947 0.918 1.000 0.900 0.947 0.918" in rows
    assert any(row.startswith("in all 10 ") for row in rows)


def test_time_and_alarms_are_taken_of_both() -> None:
    systems = {OURS: lambda text: [("PERSON", 0, 1)], STOCK: lambda text: [("PERSON", 0, 1), ("NRP", 0, 1)]}

    quick = speed(systems, "here", ["some text"] * 3)
    found = alarms(systems, count=2, length=5_000)

    assert [figure.system for figure in quick] == [STOCK, OURS, OURS, OURS]
    assert [(figure.system, figure.value) for figure in found] == [(OURS, 2.0), (STOCK, 2.0)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_guard_finds_what_it_is_to_find() -> None:
    """The sentences of `make bench-pii`."""
    samples = [sample for seed in SEEDS for sample in sentences(seed, 1000)]
    truths = [sample.spans for sample in samples]
    with asyncio.Runner() as runner:
        find = ours(runner)
        found = [find(sample.text) for sample in samples]

    scores = (in_all(truths, found), in_entities(truths, found))
    assert min(score.precision for score in scores) >= 0.95
    assert min(score.recall for score in scores) > 0.75
    assert min(score.f(1) for score in scores) > 0.84
