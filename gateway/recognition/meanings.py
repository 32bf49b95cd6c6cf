"""Meanings of a text as numbers: one vector for each window of its first sentences, in a byte for each dimension.

Vectors tell much of what a text says, also without it: whoever keeps them keeps them like the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gateway.recognition.arrays import Ints
from gateway.recognition.sentences import Span, sentences

WINDOW = 3
"""Sentences in a window: enough to say something, few enough that one of them is not drowned by the others."""

LONG = 600
"""Characters after which a window takes no further sentence; small models read little more."""

WINDOWS = 8
"""Windows of a text that have a vector; what stands behind them is not found by its meaning."""

MEANT = 0.35
"""Cosine from which on a text is called near in meaning, with all-MiniLM-L6-v2 (`make bench-attribution`)."""

TOGETHER = 256
"""Vectors that are compared at a time."""

I8: TypeAlias = NDArray[np.int8]
F32: TypeAlias = NDArray[np.float32]


def windows(text: str) -> list[Span]:
    """Return where the windows of *text* begin and end, the first `WINDOWS` of them, in order and without overlaps."""
    found: list[Span] = []
    taken = 0
    for start, end in sentences(text):
        if found and taken < WINDOW and end - found[-1][0] <= LONG:
            found[-1] = (found[-1][0], end)
            taken += 1
        elif len(found) == WINDOWS:
            break
        else:
            found.append((start, end))
            taken = 1
    return found


@dataclass(frozen=True, slots=True)
class Meanings:
    """Vectors, a row each: whole numbers from -127 to 127 that *scales* turn back into vectors of unit length."""

    rows: I8
    scales: F32

    @classmethod
    def of(cls, vectors: Sequence[Sequence[float]]) -> "Meanings":
        """Return *vectors*, all of one length, rounded: their cosines stay the same to about 0.01."""
        given = np.array(vectors, np.float32).reshape(len(vectors), len(vectors[0]) if vectors else 0)
        scales = np.maximum(np.abs(given).max(axis=1, initial=0), np.float32(1e-9)) / np.float32(127)
        return cls(np.rint(given / scales[:, None]).astype(np.int8), scales)

    @classmethod
    def joined(cls, parts: Sequence["Meanings"]) -> "Meanings":
        """Return the vectors of *parts*, of which there is at least one, in their order."""
        return cls(np.concatenate([one.rows for one in parts]), np.concatenate([one.scales for one in parts]))

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, places: Ints) -> "Meanings":
        """Return those at *places*."""
        return Meanings(self.rows[places], self.scales[places])

    def nearness(self, vector: F32) -> F32:
        """Return the cosine of each to *vector*, which is of unit length."""
        cosines: F32 = np.empty(len(self.rows), np.float32)
        # As fractions they take four times the room: some at a time stay where the processor is quick.
        some: F32 = np.empty((min(TOGETHER, len(self.rows)), self.rows.shape[1]), np.float32)
        for start in range(0, len(self.rows), TOGETHER):
            part = self.rows[start : start + TOGETHER]
            np.copyto(some[: len(part)], part)
            np.dot(some[: len(part)], vector, out=cosines[start : start + len(part)])
        cosines *= self.scales
        return cosines
