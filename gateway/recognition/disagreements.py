"""Where what a caller declares and what its prompt holds disagree: each is a finding of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk
from gateway.domain.json import Path
from gateway.recognition import aligning
from gateway.recognition.cutting import unexplained
from gateway.recognition.results import Recognition, Span
from gateway.recognition.shingles import shingles
from gateway.recognition.words import Words, read

PRESENT = 0.5
"""How much of a declared text must stand in the prompt for it to be there."""

LONG = 1_500
"""Characters of a stretch that needs an explanation, if nothing else is said: more than a usual question."""


class Disagreement(StrEnum):
    """What disagrees."""

    ABSENT = "declared_but_absent"
    UNDECLARED = "present_but_undeclared"
    UNEXPLAINED = "unexplained_context"


@dataclass(frozen=True, slots=True)
class Notice:
    """One disagreement."""

    what: Disagreement
    path: Path = ()
    """The text of the request that it is about; empty for a declared text that is nowhere."""
    spans: tuple[Span, ...] = ()
    """The stretches of that text that it is about."""
    chunk: Chunk | None = None

    @property
    def length(self) -> int:
        """Characters that it is about."""
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of a request, and what was recognised in them."""

    texts: Mapping[Path, str]
    recognised: Mapping[Path, Recognition]


def disagreements(prompt: Prompt, declared: Sequence[Chunk], *, long: int = LONG) -> list[Notice]:
    """Return where *prompt* disagrees with *declared*: the chunks that the caller says stand in its texts.

    A chunk is declared by its text or, where that is empty, by its digest; what is declared is looked for in the texts
    themselves, so that it need not be registered. A stretch of at least *long* characters that neither a registered
    nor a declared chunk explains is unexplained.
    """
    places = {path: located(text, declared) for path, text in prompt.texts.items()}
    here = {position for found in places.values() for position in found}
    names = {chunk.digest for chunk in declared}
    known = _recognised(prompt)
    absent = [
        Notice(Disagreement.ABSENT, chunk=chunk)
        for position, chunk in enumerate(declared)
        if position not in here and chunk.digest not in known
    ]
    undeclared = [notice for notice in _notices(prompt) if not any(chunk.digest in names for chunk in notice[1])]
    found = [one for one, _ in undeclared if not _is_declared(one, places.get(one.path, {}))]
    return absent + found + list(_unexplained(prompt, places, long))


def located(text: str, declared: Sequence[Chunk]) -> dict[int, tuple[Span, ...]]:
    """Return where in *text* the chunks of *declared* stand, by position, as far as they do.

    A chunk of fewer than five words stands there only letter by letter.
    """
    if not declared:
        return {}
    words = read(text)
    found = {position: _located(text, words, chunk) for position, chunk in enumerate(declared) if chunk.text}
    return {position: spans for position, spans in found.items() if spans}


def _located(text: str, words: Words, chunk: Chunk) -> tuple[Span, ...]:
    own = read(chunk.text)
    positions = np.flatnonzero(np.isin(shingles(words.hashes), shingles(own.hashes))).tolist()
    blocks = [*aligning.blocks(aligning.Sequence(words.data), aligning.Sequence(own.data), positions)]
    if blocks and sum(block.matched for block in blocks) >= PRESENT * len(own):
        return tuple((int(words.starts[block.start]), int(words.ends[block.end - 1])) for block in blocks)
    at = text.find(chunk.text)
    return ((at, at + len(chunk.text)),) if at >= 0 else ()


def _recognised(prompt: Prompt) -> frozenset[Digest]:
    return frozenset(chunk.digest for _, chunks in _notices(prompt) for chunk in chunks)


def _notices(prompt: Prompt) -> list[tuple[Notice, tuple[Chunk, ...]]]:
    return [
        (Notice(Disagreement.UNDECLARED, path, match.spans, match.chunks[0]), match.chunks)
        for path, recognition in prompt.recognised.items()
        for match in recognition.matches
    ]


def _is_declared(notice: Notice, declared: Mapping[int, Sequence[Span]]) -> bool:
    """Return whether most of what *notice* is about was declared, under whatever name."""
    spans = [span for found in declared.values() for span in found]
    common = sum(max(0, min(end, last) - max(start, first)) for start, end in notice.spans for first, last in spans)
    return common >= PRESENT * notice.length


def _unexplained(prompt: Prompt, places: Mapping[Path, Mapping[int, Sequence[Span]]], long: int) -> list[Notice]:
    notices: list[Notice] = []
    for path, text in prompt.texts.items():
        known = prompt.recognised.get(path, Recognition()).spans
        explained = [*known, *(span for found in places[path].values() for span in found)]
        spans = tuple(unexplained(text, explained, long))
        if spans:
            notices.append(Notice(Disagreement.UNEXPLAINED, path, spans))
    return notices
