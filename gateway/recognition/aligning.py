"""Where the words of a passage stand in a prompt: exact runs, continued over typos and missing words.

Words are four bytes each, so that long runs are compared by the machine's memory compare and not word by word.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gateway.recognition.shingles import SIZE

_BYTES = 4
_GAP = 4
"""Words that may be missing, added or changed between two runs."""

_CLOSE, _FAR = 2, 3
"""Words that must be the same after a gap of up to two words, and after a longer one."""

_PLACES = 4
"""Places of a passage at which the same five words are tried."""


class Block(NamedTuple):
    """A stretch of the prompt that a passage explains, in words of the prompt."""

    start: int
    end: int
    matched: int
    """Words in it that are the passage's; the others are typos or additions between these."""
    gaps: int = 0
    """Places at which the two differ: words that are missing, added or changed."""


class Sequence:
    """A text's words as bytes, from both ends."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data) // _BYTES

    @cached_property
    def reversed(self) -> bytes:
        """The words from the last to the first."""
        return np.frombuffer(self.data, "<u4")[::-1].tobytes()


def blocks(prompt: Sequence, passage: Sequence, positions: Iterable[int]) -> Iterator[Block]:
    """Yield the stretches of *prompt* that are of *passage*, from left to right and without overlap.

    *positions*, in order, are where in the prompt five words may stand that the passage has as well. Both need at least
    as many words.
    """
    done = 0
    for position in positions:
        if position < done:
            continue
        best: Block | None = None
        for place in _places(prompt, position, passage):
            block = _extended(prompt, position, passage, place, done)
            if best is None or block.matched > best.matched:
                best = block
        if best is not None:
            done = best.end
            yield best


def _places(prompt: Sequence, position: int, passage: Sequence) -> Iterator[int]:
    """Yield where *passage* has the five words that stand in *prompt* at *position*."""
    wanted = prompt.data[position * _BYTES : (position + SIZE) * _BYTES]
    at, tried = passage.data.find(wanted), 0
    while at >= 0 and tried < _PLACES:
        if at % _BYTES == 0:
            tried += 1
            yield at // _BYTES
        at = passage.data.find(wanted, at + 1)


def _extended(prompt: Sequence, position: int, passage: Sequence, place: int, done: int) -> Block:
    after, ahead, later = _reach(prompt.data, position, passage.data, place, len(prompt))
    left, start = len(prompt) - position, len(passage) - place
    before, behind, earlier = _reach(prompt.reversed, left, passage.reversed, start, len(prompt) - done)
    return Block(position - before, position + after, ahead + behind, earlier + later)


def _reach(ours: bytes, at: int, theirs: bytes, place: int, limit: int) -> tuple[int, int, int]:
    """Return how far the words of *ours* from *at* on, before *limit*, are those of *theirs* from *place* on.

    The first number counts words of *ours*, the second those that are the same in both, the third the gaps between.
    """
    here, there, matched, gaps, end = at, place, 0, 0, at
    while True:
        run = min(_common(ours, here, theirs, there), limit - here)
        here, there, matched = here + run, there + run, matched + run
        if run:
            end = here
        gap = _gap(ours, here, theirs, there, limit)
        if gap is None:
            return end - at, matched, gaps
        here, there, gaps = here + gap[0], there + gap[1], gaps + 1


def _gap(ours: bytes, here: int, theirs: bytes, there: int, limit: int) -> tuple[int, int] | None:
    """Return how many words to skip in each until both go on alike, the fewest; `None` when they do not."""
    window = theirs[there * _BYTES : (there + _GAP + _CLOSE) * _BYTES]
    best: tuple[int, int, int] | None = None
    for skipped in range(min(_GAP, limit - here - _CLOSE) + 1):
        if best and skipped > best[0]:
            break
        at = (here + skipped) * _BYTES
        missed = _place(window, ours[at : at + _CLOSE * _BYTES])
        if missed < 0 or not (skipped or missed):
            continue
        far = skipped + missed > _CLOSE
        if far and (here + skipped + _FAR > limit or not _goes_on(ours, at, theirs, (there + missed) * _BYTES)):
            continue
        found = skipped + missed, skipped, missed
        best = min(best, found) if best else found
    return best[1:] if best else None


def _place(window: bytes, wanted: bytes) -> int:
    """Return at which word of *window* the *wanted* words stand first; -1 if nowhere."""
    at = window.find(wanted)
    while at % _BYTES and at > 0:
        at = window.find(wanted, at + 1)
    return at // _BYTES if at > 0 else at


def _goes_on(ours: bytes, at: int, theirs: bytes, place: int) -> bool:
    wanted = ours[at : at + _FAR * _BYTES]
    return len(wanted) == _FAR * _BYTES and wanted == theirs[place : place + _FAR * _BYTES]


def _common(ours: bytes, here: int, theirs: bytes, there: int) -> int:
    """Return how many words are the same in both from there on."""
    first, second = here * _BYTES, there * _BYTES
    low, most, step = 0, min(len(ours) - first, len(theirs) - second) // _BYTES, 8
    while low < most:
        high = min(low + step, most)
        if not _same(ours, first, theirs, second, low, high):
            return _last_same(ours, first, theirs, second, low, high)
        low, step = high, step * 4
    return low


def _last_same(ours: bytes, first: int, theirs: bytes, second: int, low: int, high: int) -> int:
    """Return how many words are the same, at least *low* and fewer than *high*."""
    while high - low > 1:
        middle = (low + high) // 2
        if _same(ours, first, theirs, second, low, middle):
            low = middle
        else:
            high = middle
    return low


def _same(ours: bytes, first: int, theirs: bytes, second: int, low: int, high: int) -> bool:
    low, high = low * _BYTES, high * _BYTES
    return ours[first + low : first + high] == theirs[second + low : second + high]
