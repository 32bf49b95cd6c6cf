"""The journey of documents into a collection, from a file's words to chunks that can be searched.

What is searchable has been judged, scanned and recorded before: the log is written first, the collection last. A crash
between the two is mended by the next ingest, which compares with both: a document counts as unchanged only if the
catalogue has its version and the collection holds exactly its chunks.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

from gateway.chunking import chunks
from gateway.domain.decisions import Decision, Target, Use
from gateway.domain.digests import Digest, new_id
from gateway.domain.documents import Chunk, Document, IngestedDocument, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.domain.runs import Ingestion, RunEvent, RunState
from gateway.interfaces import Embedder, Ledger, Vector
from gateway.policy.uses import document_facts

BATCH = 8
"""Documents that go through the journey together: one event of the log, one write to the collection."""


class Decides(Protocol):
    """A policy set."""

    def decide(self, use: Use) -> Decision:
        """Return whether and how the *use* is allowed."""


class Finds(Protocol):
    """Detection that remembers what it found, so that a chunk is scanned once and not in each request."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text."""


class Log(Protocol):
    """Where the record is written."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Hand over *events*; what is returned is done when they are durable."""


class VectorIndex(Protocol):
    """The writing side of collections that can be searched. A document is given by all chunks of one version."""

    async def holds(self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]]) -> Sequence[bool]:
        """Tell of each of *documents* whether exactly its chunks are held, labels included."""

    async def put(
        self, collection: str, tenant: str, documents: Sequence[Sequence[Chunk]], vectors: Sequence[Vector]
    ) -> None:
        """Make *documents* the only versions held; *vectors* are those of all their chunks in order."""

    async def remove(self, collection: str, tenant: str, documents: Sequence[Document]) -> None:
        """Hold nothing of any version of *documents*."""


Entered = IngestedDocument | BadRequest
"""What became of one document; an error for one that could not be read."""


@dataclass(slots=True)
class Report:
    """What came of one ingest."""

    run: str
    """Id of the run, under which the log has it."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Documents `added`, `changed`, `unchanged`, `refused` and `unreadable`."""
    chunks: int = 0
    """Chunks that entered."""
    findings: Counter[str] = field(default_factory=Counter)
    """What the detectors found in them, by entity."""
    refused: list[IngestedDocument] = field(default_factory=list)
    unreadable: list[BadRequest] = field(default_factory=list)

    def add(self, entered: Entered) -> None:
        """Count what became of one document."""
        if isinstance(entered, BadRequest):
            self.outcomes["unreadable"] += 1
            self.unreadable.append(entered)
            return
        self.outcomes[entered.outcome] += 1
        self.chunks += len(entered.chunks)
        if entered.outcome == "refused":
            self.refused.append(entered)


@dataclass(frozen=True, slots=True)
class Ingestor:
    """Brings documents into collections."""

    policies: Decides
    detector: Finds
    embedder: Embedder
    index: VectorIndex
    ledger: Ledger
    log: Log
    dest: Facts = NONE
    """What policies read as `dest.…`: where the texts go to be embedded."""

    async def ingest(
        self,
        documents: Iterable[Document | BadRequest],
        collection: str,
        principal: Principal,
        *,
        labels: Facts = NONE,
        progress: Callable[[Entered], None] = lambda _: None,
    ) -> Report:
        """Make *documents* of the principal's tenant searchable in *collection*, and return what came of them.

        *labels* are given to every document and win over its own. *progress* is told of each document when all is done
        with it. Raises `NotFound` for a collection that is not configured, `GuardUnavailable`, `LineageUnavailable` or
        `ContextUnavailable` when documents cannot be scanned, recorded, or embedded and written: what is searchable
        then has been recorded, and the next ingest goes on from there.
        """
        run = _Run(self, collection, principal, labels, Report(new_id()))
        batches = _batches(documents)
        # Loaders read files: in a thread, so that the loop stays free.
        while batch := await asyncio.to_thread(next, batches, None):
            for entered in await run.enter(batch):
                run.report.add(entered)
                progress(entered)
        return run.report


@dataclass(frozen=True, slots=True)
class _Run:
    """One ingest."""

    by: Ingestor
    collection: str
    principal: Principal
    labels: Facts
    report: Report
    known: dict[Source, dict[str, Digest]] = field(default_factory=dict)
    """Versions that the catalogue has, of each source that was met."""

    @property
    def tenant(self) -> str:
        return self.principal.tenant

    async def enter(self, batch: Sequence[Document | BadRequest]) -> list[Entered]:
        """Return what became of each of *batch*, once it is recorded and can be searched."""
        # (1) What was read, and what could not be?
        loaded = [self._loaded(one) for one in batch]

        # (2) May each document enter?
        judged = [self._judged(one) for one in loaded if not isinstance(one, BadRequest)]

        # (3) Which are new, or otherwise than they were?
        compared = await self._compared([entry for entry, _ in judged])
        entering = [entry for entry in compared if entry.outcome in ("added", "changed")]
        refused = [entry for entry in compared if entry.outcome == "refused"]
        decisions = [
            decision for entry, (_, decision) in zip(compared, judged, strict=True) if entry.outcome != "unchanged"
        ]

        # (4) What stands in their chunks? Scanned now, they need not be when they feed a prompt.
        pieces = [chunk for entry in entering for chunk in entry.chunks]
        findings = await self.by.detector.find([chunk.text for chunk in pieces]) if pieces else []

        # (5) What do the chunks mean?
        vectors = await self.by.embedder.embed([_words(chunk) for chunk in pieces])

        # (6) The record is durable before anything can be found.
        await self._record([*entering, *refused], decisions)

        # (7) From here on they are found, their older versions are not, and nothing of what is refused.
        if entering:
            await self.by.index.put(self.collection, self.tenant, [entry.chunks for entry in entering], vectors)
        if refused:
            await self.by.index.remove(self.collection, self.tenant, [entry.document for entry in refused])
        self.report.findings.update(finding.entity for finding in chain.from_iterable(findings))
        entered = iter(compared)
        return [one if isinstance(one, BadRequest) else next(entered) for one in loaded]

    def _loaded(self, read: Document | BadRequest) -> Document | BadRequest:
        """Return what was *read* with the run's labels, or why it cannot be stored."""
        if isinstance(read, BadRequest):
            return read
        document = replace(read, labels=read.labels | self.labels) if self.labels else read
        if _is_unicode(document):
            return document
        name = ascii(document.id)
        return BadRequest(f"The document {name} holds halves of characters (lone surrogates).", code="not_text")

    def _judged(self, document: Document) -> tuple[IngestedDocument, Decision]:
        """Return *document* with its chunks, or refused, and the decision about it."""
        facts = document_facts(document, self.tenant)
        decision = self.by.policies.decide(Use(Target.INGEST, facts, self.principal.facts, self.by.dest))
        reason = None if decision.allowed else _reason(decision)
        if reason is None and not document.text.strip():
            reason = "It has no text."
        if reason is not None:
            return IngestedDocument(document, outcome="refused", reason=reason), decision
        return IngestedDocument(document, chunks(document)), decision

    async def _compared(self, entries: Sequence[IngestedDocument]) -> list[IngestedDocument]:
        """Return *entries*, those that were not refused as `added`, `changed` or `unchanged`."""
        allowed = [entry for entry in entries if entry.outcome != "refused"]
        for source in {entry.document.source for entry in allowed} - self.known.keys():
            self.known[source] = dict(await asyncio.to_thread(self.by.ledger.versions, source, self.tenant))
        held = iter(await self.by.index.holds(self.collection, self.tenant, [entry.chunks for entry in allowed]))
        return [entry if entry.outcome == "refused" else self._outcome(entry, next(held)) for entry in entries]

    def _outcome(self, entry: IngestedDocument, held: bool) -> IngestedDocument:
        document = entry.document
        version = self.known[document.source].get(document.id)
        if version is None:
            return entry
        if version == document.version and held:
            return replace(entry, chunks=(), outcome="unchanged")
        return replace(entry, outcome="changed")

    async def _record(self, entries: Sequence[IngestedDocument], decisions: Sequence[Decision]) -> None:
        """Return when the log has what became of *entries*."""
        if not entries:
            return
        spoken = tuple(dict.fromkeys(decision for decision in decisions if decision.hits))
        body = Ingestion(self.principal, self.collection, tuple(entries), spoken)
        await self.by.log.append([RunEvent(self.report.run, RunState.COMPLETE, body, self.tenant)])
        for entry in entries:
            if entry.outcome != "refused":
                self.known[entry.document.source][entry.document.id] = entry.document.version


def _batches(documents: Iterable[Document | BadRequest]) -> Iterator[list[Document | BadRequest]]:
    """Yield *documents* a few at a time; two versions of one document are never in the same batch."""
    batch: list[Document | BadRequest] = []
    names: set[tuple[Source, str]] = set()
    for one in documents:
        name = None if isinstance(one, BadRequest) else (one.source, one.id)
        if len(batch) == BATCH or name in names:
            yield batch
            batch, names = [], set()
        batch.append(one)
        if name is not None:
            names.add(name)
    if batch:
        yield batch


def _words(chunk: Chunk) -> str:
    """Return what is embedded of *chunk*: with its title, a piece from the middle still says what it is about."""
    return f"{chunk.title}\n{chunk.text}" if chunk.title else chunk.text


def _reason(decision: Decision) -> str:
    """Return the sentence, rule and owner of a refusal."""
    winner = decision.winner
    if winner is None:
        return "A policy refuses it."
    ask = f", ask {winner.owner}" if winner.owner else ""
    return f"{(winner.reason or 'A policy refuses it').rstrip('.')} (rule {winner.rule}{ask})."


def _is_unicode(document: Document) -> bool:
    values = chain.from_iterable(value if isinstance(value, tuple) else [value] for value in document.labels.values())
    said = [document.text, document.id, document.title, document.url, str(document.source), *document.labels, *values]
    try:
        " ".join(map(str, said)).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
