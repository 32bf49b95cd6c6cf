from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gateway.detectors.cached import CachedDetector, Memory
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding


@dataclass
class Watched:
    """Finds every x, and remembers what it was asked and told."""

    version: str = "watched-1"
    entities: frozenset[str] = frozenset({"X"})
    asked: list[list[str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        self.told.append("prepare")

    async def aclose(self) -> None:
        self.told.append("close")

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.asked.append(list(texts))
        return [[Finding("X", at, at + 1, 1.0, "watched") for at, c in enumerate(text) if c == "x"] for text in texts]


class Forgetful:
    version = "forgetful-1"

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        return []


class Broken:
    version = "broken-1"

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        raise GuardUnavailable("The detector is down.")


def one(entity: str, start: int) -> Finding:
    return Finding(entity, start, start + 1, 1.0, "watched")


async def test_a_text_is_scanned_once() -> None:
    inner = Watched()
    cached = CachedDetector([inner])
    long = "x" * 3 + "-" * 500

    first = await cached.find(["ax", long])
    second = await cached.find([long, "ax", "b"])

    assert inner.asked == [["ax", long], ["b"]]
    assert second[:2] == [first[1], first[0]]
    assert first[0] == [one("X", 1)]


async def test_a_text_that_comes_twice_in_one_call_is_scanned_once() -> None:
    inner = Watched()

    found = await CachedDetector([inner]).find(["x", "x", ""])

    assert inner.asked == [["x", ""]]
    assert found == [[one("X", 0)], [one("X", 0)], []]


async def test_each_detector_is_asked_in_one_call() -> None:
    first, second = Watched(), Watched("watched-2")

    found = await CachedDetector([first, second]).find(["x", "y"])

    assert first.asked == second.asked == [["x", "y"]]
    assert found == [[one("X", 0), one("X", 0)], []]


async def test_pieces_of_a_stream_are_scanned_without_memory() -> None:
    inner = Watched()
    cached = CachedDetector([inner])

    await cached.find_once(["x"])
    await cached.find_once(["x"])
    await cached.find(["x"])

    assert inner.asked == [["x"], ["x"], ["x"]]


async def test_another_version_of_a_detector_has_to_look_again() -> None:
    inner = Watched()
    cached = CachedDetector([inner])

    await cached.find(["x"])
    inner.version = "watched-2"
    await cached.find(["x"])

    assert inner.asked == [["x"], ["x"]]
    assert cached.version == "watched-2"


async def test_the_findings_handed_out_are_not_the_memory() -> None:
    cached = CachedDetector([Watched()])

    (await cached.find(["x"]))[0].clear()

    assert await cached.find(["x"]) == [[one("X", 0)]]


async def test_the_text_that_was_not_asked_about_for_longest_is_forgotten_first() -> None:
    inner = Watched()
    cached = CachedDetector([inner], capacity=3)

    for text in ("a", "b", "c", "a", "d", "a", "b"):
        await cached.find([text])

    assert inner.asked == [["a"], ["b"], ["c"], ["d"], ["b"]]


async def test_findings_take_room_as_well() -> None:
    memory = Memory(5)

    for key in ("a", "b", "c"):
        memory.keep(key, (one("X", 0),))

    assert memory.recall("a") is None
    assert memory.recall("c") == (one("X", 0),)


async def test_a_text_with_more_findings_than_fit_is_answered_and_forgotten() -> None:
    inner = Watched()
    cached = CachedDetector([inner], capacity=2)

    first = await cached.find(["xxx"])
    second = await cached.find(["xxx"])

    assert first == second == [[one("X", 0), one("X", 1), one("X", 2)]]
    assert inner.asked == [["xxx"], ["xxx"]]


async def test_a_detector_that_does_not_answer_for_every_text_is_no_detector() -> None:
    with pytest.raises(GuardUnavailable, match="forgetful-1 did not answer"):
        await CachedDetector([Watched(), Forgetful()]).find(["x"])


async def test_a_failure_is_not_remembered() -> None:
    inner = Watched()
    cached = CachedDetector([inner, Broken()])

    for _ in range(2):
        with pytest.raises(GuardUnavailable, match="down"):
            await cached.find(["x"])

    assert inner.asked == [["x"], ["x"]]


def test_no_detector_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="none is configured"):
        CachedDetector([])


def test_no_memory_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="capacity"):
        CachedDetector([Watched()], capacity=0)


async def test_patterns_and_secrets_work_as_one() -> None:
    cached = CachedDetector([PatternDetector(), SecretDetector()])

    (findings,) = await cached.find(["anna@example.com, password: hunter22"])

    assert [finding.entity for finding in findings] == ["EMAIL_ADDRESS", "PASSWORD"]
    assert cached.version == "patterns-1+secrets-1"


def test_it_can_find_what_any_of_its_detectors_can() -> None:
    cached = CachedDetector([Watched(), SecretDetector()])

    assert cached.entities == {"X"} | SecretDetector().entities


async def test_its_detectors_are_prepared_and_closed_with_it() -> None:
    first, second = Watched(), Watched()
    cached = CachedDetector([first, second])

    await cached.prepare()
    await cached.aclose()

    assert first.told == second.told == ["prepare", "close"]
