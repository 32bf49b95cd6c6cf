"""Whole texts of any length through the guard: what stands in them, or why they could not be looked through."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding, distinct

PASSAGE = 100_000
"""Characters that are looked through at a time: detectors answer in time, whatever the size of a file."""
BEFORE = 256
"""Characters in front of a passage that are looked through again: words there tell what comes after them."""
BEHIND = 8_192
"""Characters behind it: longer than any finding that begins in it."""


TOGETHER = 500_000
"""Characters of the passages that detectors are given at a time."""


class Guard(Protocol):
    """Detection."""

    async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of texts that will not come again. Raises `GuardUnavailable`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text that is looked through by itself."""

    start: int
    """Where the findings begin that count, those of the parts around it being theirs."""
    end: int
    """Where they begin no more."""
    first: int
    """Where `text` begins."""
    text: str


def passages(text: str, size: int = PASSAGE, before: int = BEFORE, behind: int = BEHIND) -> Iterator[Passage]:
    """Yield the passages of *text*, about *size* characters each; they end with a line where there is one."""
    start = 0
    while start < len(text):
        end = start + size
        if end < len(text):
            end = text.rfind("\n", start + 1, end) + 1 or end
        end = min(end, len(text))
        first = max(0, start - before)
        yield Passage(start, end, first, text[first : end + behind])
        start = end


async def search(guard: Guard, texts: Sequence[str]) -> list[list[Finding] | GuardUnavailable]:
    """Return what *guard* would hide in each of *texts*, without overlaps and in order; for one that it cannot look
    through, the error that says why. That one text cannot be looked through hinders no other.
    """
    found: list[list[Finding] | GuardUnavailable] = [[] for _ in texts]
    for together in _together((number, passage) for number, text in enumerate(texts) for passage in passages(text)):
        answers = await _tried(guard, [passage.text for _, passage in together])
        for (number, passage), each in zip(together, answers, strict=True):
            already = found[number]
            if isinstance(each, GuardUnavailable):
                found[number] = each
            elif not isinstance(already, GuardUnavailable):
                shifted = (finding.shifted(passage.first) for finding in each)
                already += (finding for finding in shifted if passage.start <= finding.start < passage.end)
    return [each if isinstance(each, GuardUnavailable) else distinct(each) for each in found]


def _together(parts: Iterable[tuple[int, Passage]]) -> Iterator[list[tuple[int, Passage]]]:
    """Yield *parts* a few at a time, as much as detectors work on together without much memory."""
    together: list[tuple[int, Passage]] = []
    for part in parts:
        together.append(part)
        if sum(len(passage.text) for _, passage in together) > TOGETHER:
            yield together
            together = []
    if together:
        yield together


async def _tried(guard: Guard, texts: Sequence[str]) -> list[list[Finding] | GuardUnavailable]:
    """Return the findings of each of *texts*; they are tried together first and, should that fail, one by one."""
    try:
        return [*await guard.find_once(texts)] if texts else []
    except GuardUnavailable as error:
        if len(texts) == 1:
            return [error]
    return [alone for text in texts for alone in await _tried(guard, [text])]
