"""Which proposed passages explain which words of a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.recognition import aligning
from gateway.recognition.aligning import Block
from gateway.recognition.proposing import Candidate, Rarity
from gateway.recognition.weighing import LEAST, Claim, Weighing
from gateway.recognition.words import Words


@dataclass(slots=True)
class Explaining:
    """A text that is being explained, by one set of candidates after the other."""

    words: Words
    rarity: Rarity
    passages: Mapping[int, aligning.Sequence]
    _taken: bytearray = field(init=False)
    """1 for each word that somebody explains."""
    _prompt: aligning.Sequence = field(init=False)

    def __post_init__(self) -> None:
        self._taken = bytearray(len(self.words))
        self._prompt = aligning.Sequence(self.words.data)

    def explained(self, candidates: Sequence[Candidate]) -> dict[int, list[Block]]:
        """Return what each of *candidates*, likeliest first, explains of what nobody has explained yet."""
        claims: list[Claim] = []
        covered = bytearray(self._taken)
        for candidate in candidates:
            passage = self.passages.get(candidate.passage)
            # What a likelier passage covers already is hardly explained better by this one: it is not aligned again.
            open_positions = [position for position in candidate.positions if not covered[position]]
            if passage is None or not open_positions:
                continue
            for block in aligning.blocks(self._prompt, passage, open_positions):
                if self.words.weight(block.start, block.end) >= LEAST:
                    claims.append(Claim(candidate.passage, block))
                    covered[block.start : block.end] = b"\1" * (block.end - block.start)
        lengths = {claim.passage: len(self.passages[claim.passage]) for claim in claims}
        return Weighing(self.words, self.rarity).settled(claims, lengths, self._taken)
