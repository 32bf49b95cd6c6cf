from time import process_time
from timeit import repeat

import pytest

from gateway.detectors.secrets import ENTITIES, SecretDetector
from gateway.domain.findings import distinct
from tests.planted import CLEAN, SECRET, Planted

AROUND = [("", ""), ("see ", " now"), ("(", ")"), ("\n", "\n"), ('"', '"')]


@pytest.mark.parametrize("planted", SECRET, ids=lambda planted: f"{planted.entity}-{planted.before[:20]}")
async def test_a_secret_is_found_exactly(planted: Planted) -> None:
    texts = [before + planted.text + after for before, after in AROUND]
    starts = [len(before + planted.before) for before, _ in AROUND]

    found = [distinct(findings) for findings in await SecretDetector().find(texts)]

    expected = [[(planted.entity, start, start + len(planted.value))] for start in starts]
    assert [[(f.entity, f.start, f.end) for f in findings] for findings in found] == expected


@pytest.mark.parametrize("text", CLEAN)
async def test_nothing_is_found_where_there_is_nothing(text: str) -> None:
    assert await SecretDetector().find([text]) == [[]]


async def test_letters_whose_small_form_is_longer_do_not_move_findings() -> None:
    text = "İİİİ Password: hunter22"

    ((finding,),) = await SecretDetector().find([text])

    assert text[finding.start : finding.end] == "hunter22"


def test_every_entity_is_planted_somewhere() -> None:
    assert {planted.entity for planted in SECRET} == ENTITIES


HARD = ["-----BEGIN ", "-----BEGIN PRIVATE KEY-----\n", "password: ", 'password: "', "password", "pass ", "token ",
        "token", "api key ", "eyJ", "eyJaaaaaaa.", "://a:", "://a:b@", "sk-", "xoxb-", "ghp_", "AKIA", "AIza", "aB3+",
        "sig=", "\\", "--password ", "Q~", "[", "key=Ab1"]  # fmt: skip


@pytest.mark.parametrize("unit", HARD)
def test_time_is_in_proportion_to_the_text(unit: str) -> None:
    """100 kB of what every pattern begins with cost ten times 10 kB, not a hundred times."""
    detector = SecretDetector()
    short, long = (unit * (size // len(unit) + 1) for size in (10_000, 100_000))

    quick = min(repeat(lambda: detector._find(short), timer=process_time, number=1, repeat=3))
    slow = min(repeat(lambda: detector._find(long), timer=process_time, number=1, repeat=2))

    assert slow < 30 * quick + 0.01
