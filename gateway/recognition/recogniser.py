"""The recogniser: what is registered, as far as this process knows it, and texts held against it.

It is safe for several threads. What other processes register is learnt by `catch_up`, from the number of the last
change that is known here.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, Source
from gateway.recognition import aligning
from gateway.recognition.arrays import U32, Ints
from gateway.recognition.explaining import Explaining
from gateway.recognition.index import ENTRIES, Index
from gateway.recognition.proposing import proposed
from gateway.recognition.results import NOTHING, Match, Passage, Recognition
from gateway.recognition.shingles import shingles
from gateway.recognition.words import Words, read

PASSAGES = 8_192
"""Passages whose words are remembered."""

TEXTS = 16_384
"""Texts whose recognition is remembered."""

SHORTEST = 15
"""Characters of the shortest text in which eight words can stand."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Changes:
    """What was registered, changed or forgotten since some moment."""

    sequence: int
    """Number of the last change told here."""
    passages: Ints
    kin: U32
    """For each, of which document it was first registered."""
    words: U32
    """Hashes of their words, one passage after the other."""
    lengths: Ints
    touched: frozenset[int]
    """Passages whose chunks are others now."""
    gone: bool
    """Whether chunks were forgotten."""
    more: bool
    """Whether there are further changes."""


class Library(Protocol):
    """Where registered passages are kept. Its methods may wait for a disk or a server."""

    def register(self, chunks: Sequence[Chunk], tenant: str) -> int:
        """Keep *chunks* of *tenant* and return how many were new or are described otherwise now."""

    def forget(self, tenant: str, source: Source, document: str, version: Digest | None = None) -> int:
        """Keep no chunk of the document any more, or of one version, and return how many there were."""

    def changes(self, after: int) -> Changes:
        """Return the changes after number *after*, the first ones if they are many."""

    def passages(self, numbers: Iterable[int]) -> Mapping[int, Passage]:
        """Return those of the passages that are still registered."""


class Recogniser:
    """Finds registered chunks in texts."""

    def __init__(self, library: Library, *, fingerprints: int = ENTRIES) -> None:
        self._library = library
        self._index = Index(fingerprints)
        self._sequence = 0
        self._changing = threading.Lock()
        self._current_at = -math.inf
        self._passages: Recent[int, tuple[aligning.Sequence, Passage]] = Recent(PASSAGES)
        self._texts: Recent[tuple[str, bytes], tuple[int, Recognition]] = Recent(TEXTS)
        self._known: Recent[tuple[object, ...], bool] = Recent(TEXTS)

    @property
    def index(self) -> Index:
        """The fingerprints in memory."""
        return self._index

    def register(self, chunks: Sequence[Chunk], tenant: str) -> int:
        """Make *chunks* of *tenant* recognisable, and return how many were new or are described otherwise now.

        Idempotent, and cheap for what was registered lately. Chunks of fewer than eight words (sixteen characters in
        scripts without spaces) are passed over. Raises `LineageUnavailable`.
        """
        named = {_name(chunk, tenant): chunk for chunk in chunks if chunk.text and not chunk.masked}
        fresh = {name: chunk for name, chunk in named.items() if not self._known.get(name)}
        if not fresh:
            return 0
        changed = self._library.register([*fresh.values()], tenant)
        self.catch_up()
        for name in fresh:
            self._known.put(name, True)
        return changed

    def forget(self, tenant: str, source: Source, document: str, version: Digest | None = None) -> int:
        """Recognise no chunk of *document* any more, or of one *version* of it, and return how many there were.

        Raises `LineageUnavailable`.
        """
        gone = self._library.forget(tenant, source, document, version)
        self.catch_up()
        return gone

    def catch_up(self) -> int:
        """Learn what was registered since, by whatever process, and return the number of the last change.

        Raises `LineageUnavailable`.
        """
        with self._changing:
            begun = time.monotonic()
            while True:
                changes = self._library.changes(self._sequence)
                self._index.add(changes.passages, changes.kin, changes.words, changes.lengths)
                self._passages.drop(changes.touched)
                if changes.gone:
                    self._known.clear()
                self._sequence = changes.sequence
                if not changes.more:
                    self._current_at = begun
                    return self._sequence

    def is_current(self, seconds: float) -> bool:
        """Return whether everything is known here that was registered until so many *seconds* ago."""
        return time.monotonic() - self._current_at <= seconds

    def remembered(self, text: str, tenant: str) -> Recognition | None:
        """Return what `recognise` would, if that is known without looking."""
        if len(text) < SHORTEST:
            return NOTHING
        known = self._texts.get((tenant, _digest(text)))
        return known[1] if known and known[0] == self._sequence else None

    def recognise(self, text: str, tenant: str) -> Recognition:
        """Return which registered chunks stand in *text* that *tenant* sends. Raises `LineageUnavailable`."""
        known = self.remembered(text, tenant)
        if known is not None:
            return known
        sequence = self._sequence
        recognition = self._recognised(read(text), tenant)
        self._texts.put((tenant, _digest(text)), (sequence, recognition))
        return recognition

    def _recognised(self, words: Words, tenant: str) -> Recognition:
        candidates, rarity = proposed(self._index, shingles(words.hashes))
        if not candidates:
            return NOTHING
        passages = self._looked_up([candidate.passage for candidate in candidates])
        explaining = Explaining(words, rarity, {number: sequence for number, (sequence, _) in passages.items()})
        owned = {number for number, (_, passage) in passages.items() if tenant in _owners(passage)}
        own = explaining.explained([candidate for candidate in candidates if candidate.passage in owned])
        others = explaining.explained([candidate for candidate in candidates if candidate.passage not in owned])
        return Recognition(
            _in_order(_match(words, passages[number], own[number], tenant) for number in own),
            _in_order(
                _match(words, passages[number], others[number], other)
                for number in others
                for other in _owners(passages[number][1])
            ),
        )

    def _looked_up(self, numbers: Sequence[int]) -> dict[int, tuple[aligning.Sequence, Passage]]:
        found = {number: known for number in numbers if (known := self._passages.get(number))}
        missing = [number for number in numbers if number not in found]
        if missing:
            sequence = self._sequence
            for number, passage in self._library.passages(missing).items():
                found[number] = aligning.Sequence(passage.words), passage
                if sequence == self._sequence:
                    self._passages.put(number, found[number])
        return found


class Recent(Generic[K, V]):
    """A mapping of the *size* entries that were used last. Safe for several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is remembered for *key*."""
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Remember *value*."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def drop(self, keys: Iterable[K]) -> None:
        """Forget *keys*."""
        with self._lock:
            for key in keys:
                self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _name(chunk: Chunk, tenant: str) -> tuple[object, ...]:
    """Return everything of *chunk* that is registered."""
    what = chunk.source, chunk.document, chunk.version, chunk.ordinal, chunk.digest
    return (tenant, *what, chunk.title, chunk.url, chunk.labels)


def _owners(passage: Passage) -> list[str]:
    return list(dict.fromkeys(one.tenant for one in passage.registered))


def _in_order(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=lambda match: (match.spans, match.tenant)))


def _match(
    words: Words, passage: tuple[aligning.Sequence, Passage], blocks: Sequence[aligning.Block], tenant: str
) -> Match:
    """Return what the *blocks* of *words* say of *passage*, as *tenant* registered it."""
    sequence, about = passage
    spans = tuple(sorted((int(words.starts[block.start]), int(words.ends[block.end - 1])) for block in blocks))
    explained = sum(words.weight(block.start, block.end) for block in blocks)
    matched = sum(block.matched for block in blocks)
    return Match(
        tenant=tenant,
        chunks=tuple(one.chunk for one in about.registered if one.tenant == tenant),
        spans=spans,
        coverage=min(1.0, matched / len(sequence)),
        share=explained / words.weight(0, len(words)),
    )
