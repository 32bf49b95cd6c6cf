"""Answers that name their documents, in the form of the request that brought them.

A model is shown documents as `[doc1]`, `[doc2]` and cites them by these marks. Only documents that were sent can be
cited: what a policy dropped has no number.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing

from gateway.domain.chat import Citation, Cites, Delta, Dialect, Part
from gateway.domain.documents import Chunk

_MARK = re.compile(r"\s?\[doc(\d{1,4})\]")
_BEFORE = re.compile(r"[.!?]\s+|\n+|\[doc\d{1,4}\]\s*")
"""What ends before the words that a mark stands for."""


async def cite(
    deltas: AsyncGenerator[Delta, None],
    *,
    dialect: Dialect,
    sources: Sequence[Chunk],
    cites: frozenset[Cites],
    owed: Callable[[], Sequence[Chunk]] = tuple,
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas* with citations of *sources*, in order of their numbers, in each of the forms *cites*.

    Documents that are *owed* a citation are cited at the end of a text that does not cite them itself. Citations come
    before their part of the answer ends. Closes *deltas* whatever happens.
    """
    answer = _Answer(dialect, sources, cites, owed)
    async with aclosing(deltas):
        async for delta in deltas:
            for cited in answer.cited(delta):
                yield cited


def citations(text: str, sources: Sequence[Chunk]) -> Iterator[Citation]:
    """Yield what *text* cites of *sources*, in order; a mark without a document is no citation."""
    for mark in _MARK.finditer(text):
        number = int(mark[1])
        if 1 <= number <= len(sources):
            start = _beginning(text, mark.start())
            words = text[start : mark.start()]
            yield Citation(number, sources[number - 1], words, start, mark.start(), mark.end())


def _beginning(text: str, end: int) -> int:
    """Return where the words begin that end at *end*: with their sentence, or after the citation before them."""
    start = 0
    for before in _BEFORE.finditer(text, 0, end):
        if before.end() < end:
            start = before.end()
    return start


class _Answer:
    """What is known of an answer between its deltas."""

    def __init__(
        self,
        dialect: Dialect,
        sources: Sequence[Chunk],
        cites: frozenset[Cites],
        owed: Callable[[], Sequence[Chunk]],
    ) -> None:
        self._owed = owed
        self._dialect = dialect
        self._sources = sources
        self._cites = cites
        self._texts: dict[int, list[str]] = {}
        """The words of each part so far."""
        self._introduced: set[int] = set()

    def cited(self, delta: Delta) -> list[Delta]:
        """Return *delta* with its citations, and what must come before it."""
        for fragment in self._dialect.fragments(delta):
            if fragment.grows and fragment.channel[1] == "content":
                self._texts.setdefault(fragment.channel[0], []).append(fragment.text)
        before: list[Delta] = []
        for part in self._dialect.parts(delta):
            added, delta = self._of_part(part, delta)
            before += added
        return [*before, delta]

    def _of_part(self, part: Part, delta: Delta) -> tuple[list[Delta], Delta]:
        first = part.index not in self._introduced
        if not (first or part.over):
            return [], delta
        self._introduced.add(part.index)
        text = "".join(self._texts.get(part.index, ())) if part.over else ""
        found = list(citations(text, self._sources))
        if text:
            found += self._missing(found, len(text))
        return self._dialect.cited(delta, part, self._sources if first else (), found, self._cites)

    def _missing(self, found: Sequence[Citation], end: int) -> Iterator[Citation]:
        """Yield citations, at the *end* of a text, of what is owed one and is not among those *found*."""
        cited = {(one.chunk.source, one.chunk.document) for one in found}
        for chunk in self._owed():
            if (chunk.source, chunk.document) not in cited:
                yield Citation(0, chunk, "", end, end, end)
