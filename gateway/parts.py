"""The parts of a gateway that are several objects each: made together, started together, closed together."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.digests import new_id
from gateway.domain.json import JSON
from gateway.following import Followed, Following
from gateway.interfaces import Embedder
from gateway.joining import Joining
from gateway.lineage.anchoring import Anchoring, Anchors
from gateway.lineage.keys import activation, signer_for
from gateway.lineage.notes import Signer
from gateway.lineage.writer import Writer
from gateway.recognition.recogniser import Recogniser
from gateway.registry import configure
from gateway.remembering import Memory
from gateway.retrievers.traced import TracedRetriever
from gateway.sections import Log
from gateway.settings import Settings
from gateway.stores import attributing, chunktables, gathering, segments, vectors
from gateway.stores.answers import SQLAnswers
from gateway.stores.attributing import Answers, MeaningAttribution, Vectors, WordAttribution, latin
from gateway.stores.callerblocks import SIZE
from gateway.stores.chunkindexing import ChunkIndexer
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.entries import SQLEntries
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.following import Cursors
from gateway.stores.gathering import CallerGatherer
from gateway.stores.indexing import SearchIndexer
from gateway.stores.log import SQLLog
from gateway.stores.masters import Masters
from gateway.stores.meanings import Meaning, MeaningIndexer
from gateway.stores.pool import Readers
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from gateway.stores.spans import SQLSpans

log = logging.getLogger(__name__)

MEANING_RESTS = 4.0
"""How many times longer than it works the comparison of meanings rests: answers need the processors more."""

FEW = 16
"""Entries of which vectors are made at a time: other followers wait for them."""


@dataclass(frozen=True, slots=True)
class Recognising:
    """What registered chunks and earlier answers are known again by."""

    fingerprints: SQLFingerprints
    answers: SQLAnswers
    recogniser: Recogniser
    memory: Memory

    @classmethod
    def of(cls, url: str, beside: Readers) -> "Recognising":
        """Return what knows the texts that the store at *url* remembers; it reads with the connections of *beside*."""
        fingerprints, answers = SQLFingerprints(url, beside), SQLAnswers(url, beside)
        recogniser = Recogniser(fingerprints)
        return cls(fingerprints, answers, recogniser, Memory(recogniser, answers))

    def close(self) -> None:
        """Write what is still to be remembered, and close the connections."""
        self.memory.close()
        self.fingerprints.close()
        self.answers.close()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What makes the log trustworthy: who signs it, and whether others keep what it was."""

    origin: str
    log: SQLLog
    signer: Signer | None
    anchors: Anchors | None
    every: timedelta

    @classmethod
    def of(cls, settings: Log, url: str, masters: Masters, beside: Readers) -> "Evidence":
        """Return what *settings* say of the log at *url*, whose tables are there."""
        log = SQLLog(url, settings.origin, masters, beside)
        signer = signer_for(settings.signing_key_file, settings.origin, log.signing())
        anchor = settings.anchor
        anchors, every = (Anchors(anchor.url), anchor.every) if anchor else (None, timedelta())
        return cls(settings.origin, log, signer, anchors, every)

    async def announce(self, writer: Writer) -> None:
        """Tell the log which key signs it, if it has not heard of any."""
        if self.signer and not await asyncio.to_thread(self.log.signing):
            log.warning("the lineage log is signed from now on; its public key is %s", self.signer.key)
            await writer.append([activation(self.signer.key)])

    async def anchor(self, writer: Writer) -> None:
        """Anchor the log on its schedule, until cancelled."""
        if self.anchors:
            await Anchoring(self.log, writer, self.anchors, self.every).run()

    @property
    def told(self) -> JSON:
        """What `/readyz` says of it."""
        key = {"key": str(self.signer.key)} if self.signer else {}
        anchors = {"anchors": self.anchors.told} if self.anchors else {}
        return {"origin": self.origin, "signed": self.signer is not None, **key, **anchors}


def vectors_of(settings: Settings, local: Embedder) -> Vectors:
    """Return what makes vectors of texts in the thread that asks; its model is loaded for the first of them."""

    async def embedded(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if settings.embedder.kind == "onnx":
            return await local.embed(texts)
        # What is connected belongs to one loop, and each call has its own.
        made: Embedder = configure("embedders", settings.embedder.kind, settings.embedder.fields)
        try:
            return await made.embed(texts)
        finally:
            await made.aclose()

    return lambda texts: asyncio.run(embedded(texts))


@dataclass(frozen=True, slots=True)
class Followers:
    """What works behind the log, how it follows, and what it makes possible."""

    following: Following
    search: SQLSearch
    indexer: SearchIndexer
    chunk_search: SQLChunkSearch
    chunk_indexer: ChunkIndexer
    index: Cursors
    """The cursors beside the search index."""
    cursors: Cursors
    """Those beside the record."""
    answers: Answers
    words: WordAttribution
    gatherer: CallerGatherer
    log: SQLEntries

    @classmethod
    def of(cls, settings: Settings, embedder: Embedder | None = None, beside: Readers | None = None) -> "Followers":
        """Return those who follow the log of *settings*, whose tables are there.

        Without the *embedder* of the settings one is made when meanings are compared; with *beside* they read with its
        connections.
        """
        url, process = settings.store.url.get_secret_value(), new_id()
        entries, indexer = SQLEntries(url, settings.masters, beside), SearchIndexer(url, beside)
        index, cursors = Cursors(index_url(url), process, apart=True), Cursors(url, process, beside=beside)
        answers = Answers(url, settings.masters, beside)
        words = WordAttribution(answers)
        made: Embedder = embedder or configure("embedders", settings.embedder.kind, settings.embedder.fields)
        embed = vectors_of(settings, made)
        gatherer, chunks = CallerGatherer(url, beside), ChunkIndexer(url, settings.masters, beside)
        followed = [
            Followed(indexer, index, segments.clear),
            Followed(chunks, index, chunktables.clear),
            Followed(words, cursors, attributing.clear),
            Followed(gatherer, cursors, gathering.clear, together=SIZE),
        ]
        if settings.meaning != "off":
            meanings = MeaningAttribution(words, answers, embed, latin if settings.meaning == "local" else bool)
            followed.append(Followed(meanings, cursors, attributing.clear, rest=MEANING_RESTS))
        meaning = None
        if settings.searched_meaning != "off":
            meaning = Meaning(made.version, embed, latin if settings.searched_meaning == "local" else bool)
            finder = MeaningIndexer(meaning)
            followed.append(Followed(finder, index, vectors.clear, rest=MEANING_RESTS, together=FEW))
        search = SQLSearch(url, settings.masters, meaning, beside)
        found = SQLChunkSearch(url, settings.masters, beside)
        following = Following(entries, followed)
        return cls(following, search, indexer, found, chunks, index, cursors, answers, words, gatherer, entries)

    def restart(self) -> None:
        """Remove what was derived, so that it is derived again. Raises `LineageUnavailable`."""
        self.index.restart(self.indexer.name, vectors.clear)  # also where no follower makes them any more
        self.following.restart()

    def close(self) -> None:
        """End the work, and close the connections."""
        self.following.close()
        for one in (self.search, self.indexer, self.chunk_search, self.chunk_indexer, self.gatherer):
            one.close()
        for other in (self.index, self.cursors, self.answers, self.log):
            other.close()


@dataclass(frozen=True, slots=True)
class Tracing:
    """What spans of applications tell, and how it comes into the record."""

    spans: SQLSpans
    retriever: TracedRetriever
    joining: Joining

    async def aclose(self) -> None:
        """Return when nothing is on its way any more."""
        await self.joining.aclose()
        self.spans.close()
