"""Detection without what the policies allow by name: the guard of prompts, documents and answers alike.

A value that an allowance names is no finding. Each finding is looked at by itself, before findings are merged: one that
is longer than the value, or that takes it for something else as well, stays and covers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from gateway.detectors.cached import found_by
from gateway.detectors.links import links
from gateway.domain.digests import Digest
from gateway.domain.findings import Finding
from gateway.interfaces import Detector
from gateway.policy.engine import PolicySet
from gateway.policy.needs import answered, heeds_links


class Policies(Protocol):
    """The policy set that decides now."""

    @property
    def current(self) -> PolicySet:
        """Return the active set."""


class Remembering(Detector, Protocol):
    """A detector that is several, and remembers what it has seen unless it is told that a text will not come again."""

    @property
    def detectors(self) -> Sequence[Detector]:
        """Those that do the work."""

    async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return what `find` would, and remember nothing."""


@dataclass(frozen=True, slots=True)
class AllowingDetector:
    """Finds what *detector* finds, as far as the active policies do not allow it by name."""

    detector: Remembering
    policies: Policies
    _answering: dict[tuple[Digest, str], "Answering"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By the digest of a policy set and the detectors' versions."""

    @property
    def detectors(self) -> Sequence[Detector]:
        """Those that do the work."""
        return self.detector.detectors

    @property
    def version(self) -> str:
        """The versions of all detectors; what is allowed is named by the policy set's digest."""
        return self.detector.version

    @property
    def entities(self) -> frozenset[str]:
        """What can be found now."""
        return self.detector.entities

    async def prepare(self) -> None:
        """Let all detectors load; raises `GuardUnavailable` when one will never look."""
        await self.detector.prepare()

    async def aclose(self) -> None:
        """Close all detectors."""
        await self.detector.aclose()

    def under(self, policies: PolicySet) -> "Under":
        """Return the same under *policies*, whatever is activated meanwhile: what one request is judged by."""
        return Under(self, policies)

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, remembered by content. Raises `GuardUnavailable`."""
        return await self.under(self.policies.current).find(texts)

    async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of texts that will not come again."""
        return kept(self.policies.current, texts, await self.detector.find_once(texts))

    def answering(self, policies: PolicySet) -> "Answering":
        """Return detection in answers, as far as *policies* speak of what is found there."""
        key = policies.digest, self.version
        known = self._answering.get(key)
        if known is None:
            wanted = answered(policies)
            useful = [
                one for one in self.detectors if not reads_phrases(one) or wanted is None or wanted & one.entities
            ]
            by_sentence = any(map(reads_phrases, useful))
            self._answering.clear()
            known = self._answering[key] = Answering(policies, useful, by_sentence, heeds_links(policies))
        return known


def kept(policies: PolicySet, texts: Sequence[str], found: list[list[Finding]]) -> list[list[Finding]]:
    """Return what was *found* in *texts* without what *policies* allow by name."""
    if not policies.allow:
        return found
    allows = policies.allows
    return [
        [finding for finding in findings if not allows(finding.entity, text[finding.start : finding.end])]
        for text, findings in zip(texts, found, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Under:
    """Detection under one policy set."""

    guard: AllowingDetector
    policies: PolicySet

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, remembered by content. Raises `GuardUnavailable`."""
        return kept(self.policies, texts, await self.guard.detector.find(texts))

    @property
    def answering(self) -> "Answering":
        """Detection in answers, as far as the policies speak of what is found there."""
        return self.guard.answering(self.policies)


@dataclass(frozen=True, slots=True)
class Answering:
    """Detection in answers. A detector that reads phrases is asked only if a rule speaks of what it finds."""

    policies: PolicySet
    detectors: Sequence[Detector]
    by_sentence: bool
    """Whether one of them needs whole sentences."""
    heeds_links: bool = False
    """Whether a rule speaks of links."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of texts that will not come again, such as pieces of a stream; remember nothing.

        Raises `GuardUnavailable`.
        """
        found = await found_by(self.detectors, texts)
        if self.heeds_links:
            found = [[*each, *links(text)] for text, each in zip(texts, found, strict=True)]
        return kept(self.policies, texts, found)


@runtime_checkable
class OfPhrases(Protocol):
    """A detector that says whether what it finds may have several words."""

    @property
    def reads_phrases(self) -> bool:
        """Whether it may."""


def reads_phrases(detector: Detector) -> bool:
    """Return whether what *detector* finds may have several words, or is told by the words around it."""
    return isinstance(detector, OfPhrases) and detector.reads_phrases
