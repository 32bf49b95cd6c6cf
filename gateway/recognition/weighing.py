"""Which passage each stretch of a text belongs to, and which passages are really there.

A stretch goes to the passage that explains most of it. A passage is there when what it explains is evidence enough:
words count less the more documents have them, so that a licence or a set phrase that many share proves nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.recognition.aligning import Block
from gateway.recognition.proposing import Rarity
from gateway.recognition.shingles import GUARANTEED, SIZE
from gateway.recognition.words import Words

LEAST = 8.0
"""Words that a stretch must have, and that the evidence for a passage must come to at least."""

ENOUGH = 24.0
"""Words of evidence that prove a passage however little of it they are."""

GAP = 2.0
"""Words that each place at which both differ takes from the evidence."""

HALF = 0.5
"""Part of a passage from which on `LEAST` is evidence enough; of less of it, more is needed."""


def recognisable(words: Words) -> bool:
    """Return whether a text of these *words* can be recognised at all: it has at least eight different ones.

    Of a script without spaces it takes sixteen different characters.
    """
    return len(words) >= GUARANTEED and words.variety(0, len(words)) >= LEAST


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of a text, in words, that a passage explains."""

    passage: int
    block: Block


@dataclass(frozen=True, slots=True)
class Weighing:
    """The text in which passages are weighed."""

    words: Words
    rarity: Rarity

    def settled(self, claims: Sequence[Claim], lengths: dict[int, int], taken: bytearray) -> dict[int, list[Block]]:
        """Return what is each passage's of what the *claims* claim; *lengths* are those of the passages, in words.

        Words that are *taken* (1 in its place) are nobody's; what is given away is taken from then on.
        """
        order = sorted(claims, key=lambda claim: (-claim.block.matched, claim.block.start, -claim.passage))
        while True:
            given, mine = bytearray(taken), dict[int, list[Block]]()
            for claim in order:
                for block in _free(claim.block, given):
                    if self.words.weight(block.start, block.end) >= LEAST:
                        given[block.start : block.end] = b"\1" * (block.end - block.start)
                        mine.setdefault(claim.passage, []).append(block)
            proved = {passage: own for passage, own in mine.items() if self._proves(own, lengths[passage])}
            if len(proved) == len(mine):
                taken[:] = given
                return proved
            # Without those that are not there, the others may explain more.
            order = [claim for claim in order if claim.passage in proved or claim.passage not in mine]

    def _proves(self, blocks: Iterable[Block], length: int) -> bool:
        evidence, matched, known = 0.0, 0, set[int]()
        for block in blocks:
            evidence += self._evidence(block, known)
            matched += block.matched
        return evidence >= ENOUGH - (ENOUGH - LEAST) * min(1.0, matched / length / HALF)

    def _evidence(self, block: Block, known: set[int]) -> float:
        """Return how many words of *block* speak for its passage: different and rare ones, less where both differ.

        Those that are *known* have spoken already; the others are known from then on.
        """
        words = {*self.words.hashes[block.start : block.end].tolist()}
        length = block.end - block.start
        rarity = self.rarity.between(block.start, block.end - SIZE + 1)
        same = max(0.0, block.matched - GAP * block.gaps) / length
        different = self.words.weight(block.start, block.end) * len(words - known) / length
        known |= words
        return different * rarity * same


def _free(block: Block, given: bytearray) -> Iterable[Block]:
    """Yield the parts of *block* that are not *given* to anybody."""
    start, end = block.start, block.end
    if not any(given[start:end]):
        yield block
        return
    density = block.matched / (end - start)
    while (start := given.find(0, start, end)) >= 0:
        stop = given.find(1, start, end)
        stop = end if stop < 0 else stop
        share = (stop - start) / (end - block.start)
        yield Block(start, stop, round((stop - start) * density), round(block.gaps * share))
        start = stop
