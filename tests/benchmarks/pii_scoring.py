"""How much of the personal data in texts is found: in characters, as a mask leaves them open, and in entities."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Span: TypeAlias = tuple[str, int, int]
"""Entity, start, end."""

LEFT_OUT = frozenset({"DATE_TIME", "ORGANIZATION", "NRP"})
"""What identifies nobody by itself: neither looked for nor counted against anybody."""
FAMILIES: Mapping[str, str] = {
    "GPE": "LOCATION", "STREET_ADDRESS": "LOCATION", "ZIP_CODE": "LOCATION", "DOMAIN_NAME": "URL",
}  # fmt: skip
"""Entities that one system tells apart and another does not."""


@dataclass(frozen=True)
class Score:
    """How much personal data was found, how much was not, and how much else was taken for some."""

    found: int
    overlooked: int
    mistaken: int

    @property
    def precision(self) -> float:
        """The part of what was taken for personal data that is."""
        return self.found / max(1, self.found + self.mistaken)

    @property
    def recall(self) -> float:
        """The part of the personal data that was found."""
        return self.found / max(1, self.found + self.overlooked)

    def f(self, beta: float) -> float:
        """The mean of precision and recall in which recall weighs *beta* times as much."""
        both = beta * beta * self.precision + self.recall
        return (1 + beta * beta) * self.precision * self.recall / both if both else 0.0


def in_all(truths: Sequence[Sequence[Span]], findings: Sequence[Sequence[Span]], *, strict: bool = False) -> Score:
    """Return the score of *findings* of any entity, one sequence for each text as in *truths*.

    Found characters of what is left out count on neither side; when *strict*, they count as mistaken.
    """
    found = overlooked = mistaken = 0
    for truth, claimed in zip(truths, findings, strict=True):
        real = _characters(span for span in truth if span[0] not in LEFT_OUT)
        marked = _characters(span for span in claimed if span[0] not in LEFT_OUT)
        pardoned = set() if strict else _characters(span for span in truth if span[0] in LEFT_OUT)
        found += len(real & marked)
        overlooked += len(real - marked)
        mistaken += len(marked - real - pardoned)
    return Score(found, overlooked, mistaken)


def in_entities(truths: Sequence[Sequence[Span]], findings: Sequence[Sequence[Span]]) -> Score:
    """Return the score of *findings* in entities rather than characters.

    One is found when most of its characters are; a finding without overlaps is mistaken when most of its characters
    are no personal data.
    """
    found = overlooked = mistaken = 0
    for truth, claimed in zip(truths, findings, strict=True):
        real = _characters(span for span in truth if span[0] not in LEFT_OUT)
        pardoned = _characters(span for span in truth if span[0] in LEFT_OUT)
        marked = _characters(span for span in claimed if span[0] not in LEFT_OUT)
        for _, start, end in (span for span in truth if span[0] not in LEFT_OUT):
            covered = len(marked.intersection(range(start, end)))
            found += 2 * covered >= end - start
            overlooked += 2 * covered < end - start
        for start, end in _runs(marked - pardoned):
            mistaken += 2 * len(real.intersection(range(start, end))) < end - start
    return Score(found, overlooked, mistaken)


def _runs(characters: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where *characters* that stand side by side begin and end."""
    starts = sorted(offset for offset in characters if offset - 1 not in characters)
    ends = sorted(offset + 1 for offset in characters if offset + 1 not in characters)
    return zip(starts, ends, strict=True)


def by_entity(truths: Sequence[Sequence[Span]], findings: Sequence[Sequence[Span]]) -> dict[str, Score]:
    """Return a score for each family of entities in *truths*, most characters first.

    It is found when it was found as anything; mistaken are those that were taken for it and are no personal data.
    """
    found, overlooked, mistaken = Counter[str](), Counter[str](), Counter[str]()
    for truth, claimed in zip(truths, findings, strict=True):
        anything = _characters(span for span in claimed if span[0] not in LEFT_OUT)
        personal = _characters(truth)
        for name in {_family(span) for span in truth} - LEFT_OUT:
            real = _characters(span for span in truth if _family(span) == name)
            found[name] += len(real & anything)
            overlooked[name] += len(real - anything)
        for name in {_family(span) for span in claimed} - LEFT_OUT:
            mistaken[name] += len(_characters(span for span in claimed if _family(span) == name) - personal)
    names = sorted(found | overlooked, key=lambda name: -found[name] - overlooked[name])
    return {name: Score(found[name], overlooked[name], mistaken[name]) for name in names}


def _family(span: Span) -> str:
    return FAMILIES.get(span[0], span[0])


def _characters(spans: Iterable[Span]) -> set[int]:
    return {offset for _, start, end in spans for offset in range(start, end)}
