"""Texts of invented words that are as frequent as those of a language (Zipf)."""

from random import Random

import numpy as np

VOCABULARY = 50_000


class WordModel:
    """Invents texts; the same text for the same number, whenever it is asked for."""

    def __init__(self) -> None:
        random = Random(1)
        letters = "etaoinshrdlucmfwypvbgk"
        self._words = np.array(["".join(random.choices(letters, k=random.randint(2, 10))) for _ in range(VOCABULARY)])
        weights = 1 / (np.arange(VOCABULARY) + 10.0)
        self._steps = np.cumsum(weights / weights.sum())

    def text(self, number: int, words: int) -> str:
        """Return text *number* of that many *words*."""
        drawn = np.random.default_rng(number).random(words)
        return " ".join(self._words[np.searchsorted(self._steps, drawn)])
