"""Several detectors as one, which remembers what it has seen."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.interfaces import Detector

Key: TypeAlias = str | bytes
"""A short text itself, or the digest of a longer one."""

_SHORT = 200
"""Characters up to which a text is its own key."""


class Memory:
    """Findings of texts, as many as fit; what was not asked for longest is forgotten first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._findings: OrderedDict[Key, tuple[Finding, ...]] = OrderedDict()
        self._versions: tuple[str, ...] = ()

    def opened(self, versions: tuple[str, ...]) -> "Memory":
        """Return this memory, emptied when its findings were made by other *versions*."""
        if versions != self._versions:
            self._versions = versions
            self._findings.clear()
            self._size = 0
        return self

    def recall(self, key: Key) -> tuple[Finding, ...] | None:
        """Return the findings of the text with *key*, or `None` when it is not known."""
        findings = self._findings.get(key)
        if findings is not None:
            self._findings.move_to_end(key)
        return findings

    def keep(self, key: Key, findings: tuple[Finding, ...]) -> None:
        """Remember *findings*; a text takes one place and one more for each of its findings."""
        if key in self._findings:
            return
        self._findings[key] = findings
        self._size += 1 + len(findings)
        while self._size > self._capacity:
            _, forgotten = self._findings.popitem(last=False)
            self._size -= 1 + len(forgotten)


@dataclass(frozen=True)
class CachedDetector:
    """Asks all of *detectors*, and only about texts that it has not seen: a chunk or a turn is scanned once."""

    detectors: Sequence[Detector]
    capacity: int = 50_000
    """How much is remembered: texts and findings together."""
    _memory: Memory = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.detectors:
            raise ConfigurationError("detectors: none is configured, so nothing would be looked for")
        if self.capacity < 1:
            raise ConfigurationError(f"detectors: capacity: {self.capacity} is not at least 1")
        object.__setattr__(self, "_memory", Memory(self.capacity))

    @property
    def version(self) -> str:
        """The versions of all detectors."""
        return "+".join(detector.version for detector in self.detectors)

    @property
    def entities(self) -> frozenset[str]:
        """What any of the detectors can find now."""
        return frozenset[str]().union(*(detector.entities for detector in self.detectors))

    async def prepare(self) -> None:
        """Let all detectors load; raises `GuardUnavailable` when one will never look."""
        for detector in self.detectors:
            await detector.prepare()

    async def aclose(self) -> None:
        """Close all detectors."""
        for detector in self.detectors:
            await detector.aclose()

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*.

        Raises `GuardUnavailable` when a detector cannot look; nothing is remembered then.
        """
        versions = tuple(detector.version for detector in self.detectors)
        memory = self._memory.opened(versions)
        keys = [_key(text) for text in texts]
        known = {key: findings for key in keys if (findings := memory.recall(key)) is not None}
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if unknown:
            found = await self.find_once(list(unknown.values()))
            memory = self._memory.opened(versions)
            for key, new in zip(unknown, found, strict=True):
                known[key] = tuple(new)
                memory.keep(key, known[key])
        return [list(known[key]) for key in keys]

    async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return what `find` would, of texts that will not come again: without memory."""
        return await found_by(self.detectors, texts)


async def found_by(detectors: Sequence[Detector], texts: Sequence[str]) -> list[list[Finding]]:
    """Return what all *detectors* find in each of *texts*, without memory. Raises `GuardUnavailable`."""
    together: list[list[Finding]] = [[] for _ in texts]
    for detector in detectors:
        found = await detector.find(texts)
        if len(found) != len(together):
            raise GuardUnavailable(f"The detector {detector.version} did not answer for every text.")
        for findings, more in zip(together, found, strict=True):
            if more:
                findings += more
    return together


def _key(text: str) -> Key:
    return text if len(text) <= _SHORT else blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()
