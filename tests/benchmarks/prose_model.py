"""Texts that are packed, indexed and searched as prose is: short runs of real words, and a name now and then.

The words are those of Python's own documentation (`pydoc_data.topics`), which comes with every Python: some thousand
different ones, as frequent as in real sentences. What they say makes no sense, but a run of three in a row mostly does.
Names are invented (word_model.py); most of them stand in few texts. With three names among two hundred words a text
is packed (stores/prose.py) to 0.41 of its size: as real English is on average, which takes 0.37 to 0.47.
"""

import re
from pydoc_data.topics import topics

import numpy as np

from tests.benchmarks.word_model import WordModel

RUN = 3
"""Words in a row, on average."""

LONGEST = 8

NAMES = 0.015
"""Share of names among the words."""

_WORD = re.compile(r"[A-Za-z][a-z]*(?:['-][a-z]+)*[.,;:]?")

_SENTENCES = 0.85
"""Share of words in a paragraph of sentences; examples of code and tables have fewer."""

_SHORTEST = 12
"""Words of such a paragraph."""


class ProseModel:
    """Invents texts; the same text for the same number, whenever it is asked for."""

    def __init__(self) -> None:
        self._words = _words()
        self._names = WordModel()

    def text(self, number: int, words: int) -> str:
        """Return text *number* of that many *words*."""
        chance = np.random.default_rng(number)
        count = words // 2 + 1  # more than enough: few runs are that short
        lengths = np.minimum(chance.geometric(1 / RUN, count), LONGEST).tolist()
        starts = chance.integers(0, len(self._words) - LONGEST, count).tolist()
        named = (chance.random(count) < NAMES * RUN).tolist()
        found: list[str] = []
        for start, length, name in zip(starts, lengths, named, strict=True):
            found += self._words[start : start + length]
            if name:
                found.append(self._names.text(number + len(found), 1).capitalize())
            if len(found) >= words:
                break
        return " ".join(found[:words])


def _words() -> list[str]:
    """Return the words of all paragraphs that consist of sentences, in order."""
    found: list[str] = []
    for name in sorted(topics):
        for paragraph in re.split(r"\n\s*\n", topics[name]):
            words = paragraph.split()
            proper = [word for word in words if _WORD.fullmatch(word)]
            if len(words) >= _SHORTEST and len(proper) >= _SENTENCES * len(words):
                found += proper
    return found
