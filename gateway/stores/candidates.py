"""Entries of the log whose texts may be meant, as the search index knows them, and those that it has not taken yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from gateway.recognition.groups import Group
from gateway.stores.asides import Asked
from gateway.stores.segments import Segment, rarest

RAREST = 3
"""Groups of letters that are compared first to find where all are."""

MORE = 12
"""Further ones that are compared at a time while many texts of a segment have all of those."""

READ_SOONER = 4
"""So few texts of a segment are sooner read than looked up once more."""

SAMPLE = 16
"""Groups of letters that are counted to find what is like a text: every other one of the rarest.

The very rarest alone may be those that somebody misread, which no text has.
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The texts of some segments, and the entries that are in none yet; *ask* asks the index in one snapshot."""

    ask: Asked
    segments: Sequence[Segment]
    """The oldest first."""
    tail: Sequence[int]
    """The entries behind the index that are looked through without it, the newest first."""
    indexed: int
    """How many entries of the log the index has behind it."""

    def having(self, wanted: Sequence[Group], first: int, before: int) -> Iterator[int]:
        """Yield the entries from *first* to before *before* that may have all *wanted* groups, the newest first."""
        yield from (entry for entry in self.tail if first <= entry < before)
        few = rarest(self.segments, self.ask, wanted, RAREST)
        others = [group for group in wanted if group not in few]
        for segment in reversed(self.segments):
            if segment.entries[0] >= before or segment.entries[-1] < first:
                continue
            having = segment.having(self.ask, few)
            both = np.ones(segment.size, bool)
            for texts in having.values():
                here = np.zeros(segment.size, bool)
                here[texts] = True
                both &= here
            texts = np.flatnonzero(both)
            found = segment.entries[texts]
            texts = texts[(found >= first) & (found < min(before, self.indexed))]
            for start in range(0, len(others), MORE):
                if len(texts) <= READ_SOONER:
                    break
                texts = segment.narrowed(self.ask, others[start : start + MORE], texts)
            yield from segment.entries[texts][::-1].tolist()

    def most(self, wanted: Sequence[Group], first: int, before: int, count: int) -> list[int]:
        """Return the *count* entries in that range that have most of the *wanted* groups, a rare one counting more.

        Entries behind the index come first, without having been looked at.
        """
        few = rarest(self.segments, self.ask, wanted, 2 * SAMPLE)
        few = few if len(few) <= SAMPLE else few[::2]
        found, likest = np.empty(0, np.int64), np.empty(0)
        for segment in reversed(self.segments):
            if segment.entries[0] >= before or segment.entries[-1] < first:
                continue
            common = np.zeros(segment.size)
            for texts in segment.having(self.ask, few).values():
                common[texts] += log2(2 + segment.size / (1 + len(texts)))
            common[(segment.entries < first) | (segment.entries >= min(before, self.indexed))] = 0
            least = likest.min() if len(likest) == count else 0
            top = np.flatnonzero(common > least)
            found, likest = np.append(found, segment.entries[top]), np.append(likest, common[top])
            best = np.lexsort((found, likest))[::-1][:count]
            found, likest = found[best], likest[best]
        return [*(entry for entry in self.tail if first <= entry < before), *found.tolist()]
