from time import process_time
from timeit import repeat

import pytest

from gateway.detectors.patterns import ENTITIES, PatternDetector
from gateway.domain.findings import distinct
from tests.planted import CLEAN, PERSONAL, Planted

AROUND = [("", ""), ("see ", " now"), ("(", ")"), ("\n", "\n"), ("", "."), ('"', '"')]


@pytest.mark.parametrize("planted", PERSONAL, ids=lambda planted: f"{planted.entity}-{planted.value}")
async def test_personal_data_is_found_exactly(planted: Planted) -> None:
    texts = [before + planted.text + after for before, after in AROUND]
    starts = [len(before + planted.before) for before, _ in AROUND]

    found = [distinct(findings) for findings in await PatternDetector().find(texts)]

    expected = [[(planted.entity, start, start + len(planted.value))] for start in starts]
    assert [[(f.entity, f.start, f.end) for f in findings] for findings in found] == expected


@pytest.mark.parametrize("text", CLEAN)
async def test_nothing_is_found_where_there_is_nothing(text: str) -> None:
    assert await PatternDetector().find([text]) == [[]]


def test_every_entity_is_planted_somewhere() -> None:
    assert {planted.entity for planted in PERSONAL} == ENTITIES


HARD = ["4", "4 1 ", "4111 ", "4111-", "a@", "a@b.", "1.", "1:", "a:", "::", "+1", "(1", "01 ", "DE89 ", "\uff11",
        "4\u200b", "12345678-1234-", "phone 1", "ssn 1", "555-123-", "\\u0034", "%34"]  # fmt: skip


@pytest.mark.parametrize("unit", HARD)
def test_time_is_in_proportion_to_the_text(unit: str) -> None:
    """100 kB of what every pattern begins with cost ten times 10 kB, not a hundred times."""
    detector = PatternDetector()
    short, long = (unit * (size // len(unit) + 1) for size in (10_000, 100_000))

    quick = min(repeat(lambda: detector._find(short), timer=process_time, number=1, repeat=3))
    slow = min(repeat(lambda: detector._find(long), timer=process_time, number=1, repeat=2))

    assert slow < 30 * quick + 0.01
