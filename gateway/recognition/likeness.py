"""Where a text stands in another: as it is, or nearly, as from a screenshot that was read with mistakes."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gateway.recognition.arrays import Ints, distinct
from gateway.recognition.folding import BUCKETS, Folded, buckets, fold, placed, stands
from gateway.recognition.groups import Group, likely, wanted

SPANS = 16
"""Places that are told of one text at most."""

ALIKE = 0.5
"""Share of the groups of letters of a wanted text that a stretch must have to be called like it.

With one letter in twenty wrong about 0.85 are left; stretches of other texts in the same language reach 0.35.
"""

ROOM = 1.25
"""How much longer than the wanted text a stretch may be that is like it."""


class Found(NamedTuple):
    """A stretch of a text."""

    start: int
    """Its first character."""
    end: int
    score: float
    """1 for the very letters; less where only a part of their groups is there."""
    whole: bool
    """Whether it begins and ends where words do."""


@dataclass(frozen=True)
class Wanted:
    """A text to look for."""

    text: str

    @cached_property
    def folded(self) -> Folded:
        """The same folded."""
        return fold(self.text)

    @cached_property
    def buckets(self) -> Ints:
        """The numbers of its groups of letters; none for a text that is too short to be looked for."""
        return buckets(self.folded)

    @cached_property
    def groups(self) -> Sequence[Group]:
        """The groups that the index has of all texts in which it stands as it is; none for one that is too short."""
        return wanted(self.folded)

    @cached_property
    def likely(self) -> Sequence[Group]:
        """Groups that the index has of texts that are like it, most of them."""
        return likely(self.folded)

    @cached_property
    def _marked(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Of each number whether it is one of `buckets`."""
        marked = np.zeros(BUCKETS, bool)
        marked[self.buckets] = True
        return marked

    def places(self, text: str) -> Sequence[Found]:
        """Return where the very letters stand in *text*, the first ones, without overlaps."""
        folded = fold(text)
        return [
            Found(*folded.span(start, end), 1.0, _whole(folded, start, end))
            for start, end in _occurrences(folded.data, self.folded.data)
        ]

    def among(self, texts: Sequence[str]) -> Sequence[int]:
        """Return which of *texts* have the very letters, ascending; much sooner than each by itself would tell."""
        wanted = self.folded.string
        if not wanted:
            return []
        plain = wanted.encode() if wanted.isascii() else None
        wide = [place for place, text in enumerate(texts) if not text.isascii()]
        found = [wide[place] for place in _among([texts[place] for place in wide], wanted)]
        if plain:
            found += [place for place, text in enumerate(texts) if text.isascii() and stands(plain, text)]
        return sorted(found)

    def nearest(self, text: str) -> Found | None:
        """Return the stretch of *text* that is most like the wanted one; `None` without any likeness."""
        folded = fold(text)
        numbers, at = placed(folded)
        here = np.flatnonzero(self._marked[numbers])
        if not here.size:
            return None
        here = here[np.argsort(at[here], kind="stable")]
        hits, names = at[here], numbers[here]
        room = max(3, int(len(self.folded) * ROOM))
        ends = np.searchsorted(hits, hits + room)
        best = int(np.argmax(ends - np.arange(len(hits))))
        stretch = names[best : ends[best]]
        score = len(distinct(stretch)) / len(self.buckets)
        start, end = int(hits[best]), min(len(folded), int(hits[ends[best] - 1]) + 3)
        return Found(*folded.span(start, end), round(min(1.0, score), 3), _whole(folded, start, end))


def excerpt(text: str, spans: Sequence[tuple[int, int]], around: int = 120) -> tuple[str, list[tuple[int, int]]]:
    """Return a piece of *text* round the first of *spans*, and which of them stand in it, counted from its beginning.

    It begins and ends at white space where there is some; `…` stands for what is left out.
    """
    if not spans:
        return text[: 2 * around], []
    first, last = spans[0]
    start = _near(text, max(0, first - around), first, forward=True)
    end = _near(text, last, min(len(text), max(last, first + 4 * around) + around), forward=False)
    before, behind = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = [(a + shift, min(b, end) + shift) for a, b in spans if start <= a < end]
    return f"{before}{text[start:end]}{behind}", inside


_SPACE = re.compile(r"\s")


def _near(text: str, start: int, end: int, *, forward: bool) -> int:
    """Return where the piece is cut between *start* and *end*: at white space near its outer end."""
    if forward:
        found = _SPACE.search(text, start, min(end, start + 30)) if start else None
        return found.end() if found else start
    if end == len(text):
        return end
    spaces = [found.start() for found in _SPACE.finditer(text, max(start, end - 30), end)]
    return spaces[-1] if spaces else end


def _occurrences(data: bytes, wanted: bytes) -> Iterator[tuple[int, int]]:
    """Yield where *wanted* stands in *data*, both four bytes a letter, in letters."""
    at, told = data.find(wanted) if wanted else -1, 0
    while at >= 0 and told < SPANS:
        if at % 4:
            at = data.find(wanted, at + 1)
            continue
        yield at // 4, (at + len(wanted)) // 4
        told += 1
        at = data.find(wanted, at + len(wanted))


def _whole(folded: Folded, start: int, end: int) -> bool:
    return _edge(folded, start) and _edge(folded, end)


def _edge(folded: Folded, at: int) -> bool:
    """Return whether a word begins or ends between the letter *at* and the one before it."""
    if at in (0, len(folded)):
        return True
    return bool(folded.alone[at - 1] or folded.alone[at] or folded.letters[at - 1] == 32 or folded.letters[at] == 32)


def _among(texts: Sequence[str], wanted: str) -> Iterator[int]:
    """Yield which of *texts* have the letters *wanted*. They are folded together."""
    folded = fold("\n".join(texts))
    letters = folded.string
    firsts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    starts = np.searchsorted(folded.places, firsts).tolist()
    at = letters.find(wanted)
    while at >= 0:
        text = bisect_right(starts, at) - 1
        within = at + len(wanted) <= starts[text + 1]
        if within:
            yield text
        at = letters.find(wanted, starts[text + 1] if within else at + 1)
