"""The journey of documents into the catalogue, and from there into a collection, as chunks that can be searched.

What is searchable has been judged, scanned and recorded before: the log is written first, the collection last. A crash
between the two is mended by the next ingest, which compares with both: a document counts as unchanged only if the
catalogue has its version, described alike, and the collection holds exactly its chunks.

Without a collection a document is registered: it is known and judged wherever its text turns up, and nothing of it is
embedded or written elsewhere.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeAlias

from gateway.chunking import Cut, chunks
from gateway.domain.decisions import Decision, Effect, Target, Use
from gateway.domain.digests import digest, new_id
from gateway.domain.documents import Chunk, Document, IngestedDocument, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.findings import Finding
from gateway.domain.labels import UNREGISTERED, SourceLabels, joined
from gateway.domain.principals import Principal, Role
from gateway.domain.quarantines import Quarantine, Quarantines
from gateway.domain.records import CurrentVersion
from gateway.domain.runs import Ingestion, RunEvent, RunState
from gateway.domain.tags import tightened
from gateway.embedding import Screen, is_inside, kept_in, words
from gateway.entering import Decides, Entered, Entering, Finds, Library, Log, Report, Travels, VectorIndex
from gateway.interfaces import Embedder, Ledger
from gateway.policy.uses import document_facts

Key: TypeAlias = tuple[Source, str]
"""A document: its source and its name there."""

BATCH = 8
"""Documents that go through the journey together: one event of the log, one write to the collection."""

REMOVED_AT_ONCE = 1_000
"""Documents that are recorded as removed in one event."""

NOTHING = digest("")
"""Version of a document that its source has no more."""

HERE = Facts(provider="none", model="none", region="local", self_hosted=True, zero_retention=True, trains_on_data=False)
"""Where the text of a document goes that is only registered: nowhere."""


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
    sources: SourceLabels = UNREGISTERED
    """What the catalogue says of the documents of registered sources."""
    library: Library | None = None
    """Where chunks are registered to be recognised."""
    quarantines: Quarantines | None = None
    """Without one a document that a rule quarantines is refused."""
    travels: Travels | None = None
    """Without one a document has only its own labels."""
    unlabelled: str | None = None
    """The classification of what has none, where labels travel to it."""

    async def ingest(
        self,
        documents: Iterable[Entering],
        collection: str,
        principal: Principal,
        *,
        labels: Facts = NONE,
        whole: Source | None = None,
        progress: Callable[[Entered], None] = lambda _: None,
    ) -> Report:
        """Register *documents* of the principal's tenant, and make them searchable in *collection* unless it is empty.

        *labels* are given to every document and win over its own. A registered source's labels, and for who is no
        admin those that the catalogue has of the document, can thereby only be tightened. With *whole*, the documents
        are all that this source has: others of it, which the catalogue knows, are recorded as removed. *progress* is
        told of each document when all is done with it.

        Returns what came of them. Raises `NotFound` for a collection that is not configured, `GuardUnavailable`,
        `LineageUnavailable` or `ContextUnavailable` when documents cannot be scanned, recorded, or embedded and
        written: what is searchable then has been recorded, and the next ingest goes on from there.
        """
        run = _Run(self, collection, principal, labels, Report(new_id()), whole)
        batches = _batches(documents)
        # Loaders read files: in a thread, so that the loop stays free.
        while batch := await asyncio.to_thread(next, batches, None):
            for entered in await run.enter(batch):
                run.report.add(entered)
                progress(entered)
        if whole is not None:
            for entered in await run.remove_others(whole):
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
    whole: Source | None = None
    known: dict[Key, CurrentVersion] = field(default_factory=dict)
    """What the catalogue has of the documents that are just being brought in."""
    met: set[Key] = field(default_factory=set)
    """Documents that came, when those that did not are asked for."""
    upstream: dict[Key, Facts] = field(default_factory=dict)
    """What travels to the documents that are just being brought in. It is judged by, and not written to them."""

    @property
    def tenant(self) -> str:
        return self.principal.tenant

    async def enter(self, batch: Sequence[Entering]) -> list[Entered]:
        """Return what became of each of *batch*, once it is recorded and can be searched."""
        # (1) What was read, and what could not be?
        await self._know({_key(one) for one in batch if not isinstance(one, BadRequest)})
        loaded = [self._loaded(one) for one in batch]

        # (2) May each document enter?
        await self._follow([_document(one) for one in loaded if not isinstance(one, BadRequest)])
        judged = [self._judged(one) for one in loaded if not isinstance(one, BadRequest)]

        # (3) Which are new, or otherwise than they were?
        compared = await self._compared([entry for entry, _ in judged])
        entering = [entry for entry in compared if entry.outcome in ("added", "changed")]
        kept_out = [entry for entry in compared if entry.outcome in ("refused", "quarantined")]
        decisions = [
            decision for entry, (_, decision) in zip(compared, judged, strict=True) if entry.outcome != "unchanged"
        ]

        # (4) What stands in their chunks? Scanned now, they need not be when they feed a prompt.
        pieces = [chunk for entry in entering for chunk in entry.chunks]
        findings = await self.by.detector.find([chunk.text for chunk in pieces]) if pieces else []

        # (5) The record is durable before anything is sent to be embedded, or can be found.
        sent, hiding = await self._screened(pieces, findings) if self.collection else ([], [])
        await self._record([*entering, *kept_out], [*decisions, *hiding])
        await self._quarantine(kept_out)

        # (6) What do the chunks mean?
        vectors = await self.by.embedder.embed(sent) if sent else ()

        # (7) From here on they are found, their older versions are not, and nothing of what is kept out.
        if entering and self.collection:
            await self.by.index.put(self.collection, self.tenant, [entry.chunks for entry in entering], vectors)
        if kept_out and self.collection:
            await self.by.index.remove(self.collection, self.tenant, [entry.document for entry in kept_out])
        # What other collections hold of them is judged by the same labels from now on.
        again = [entry for entry, _ in judged if entry.outcome != "refused" and _key_of(entry) in self.known]
        if again:
            await self.by.index.describe(self.tenant, again, self.collection)
        # Older versions, removed and quarantined documents are still recognised: no text is set free by that.
        allowed = [chunk for entry, _ in judged if entry.outcome != "refused" for chunk in entry.chunks]
        if allowed and self.by.library:
            await asyncio.to_thread(self.by.library.register, allowed, self.tenant)
        self.report.findings.update(finding.entity for finding in chain.from_iterable(findings))
        entered = iter(compared)
        return [one if isinstance(one, BadRequest) else next(entered) for one in loaded]

    async def _screened(
        self, pieces: Sequence[Chunk], findings: Sequence[Sequence[Finding]]
    ) -> tuple[list[str], list[Decision]]:
        """Return what the embedder is sent of *pieces*, and the decisions that keep something of them from it."""
        if is_inside(self.by.dest) or not pieces:
            return [words(chunk) for chunk in pieces], []
        screen = Screen(self.by.policies, self.principal.facts, self.tenant, self.by.dest)
        above = await self.by.detector.find([chunk.title or "" for chunk in pieces])
        seen = [screen.words(*each) for each in zip(map(self._judged_piece, pieces), findings, above, strict=True)]
        return [text for text, _ in seen], [decision for _, hiding in seen for decision in hiding]

    async def _quarantine(self, entries: Sequence[IngestedDocument]) -> None:
        """Take those of *entries* out of use that a rule has quarantined."""
        for entry in entries:
            if self.by.quarantines is not None and entry.outcome == "quarantined":
                document, reason, rule = entry.document, entry.reason or "", entry.rule or ""
                await self.by.quarantines.quarantine(
                    Quarantine(self.tenant, document.source, document.id, reason, rule, entry.owner, self.report.run)
                )

    async def remove_others(self, source: Source) -> list[IngestedDocument]:
        """Record what the catalogue knows of *source* and did not come as removed, and return it."""
        names = [name for of, name in self.met if of == source]
        others = await asyncio.to_thread(self.by.ledger.others, source, self.tenant, names)
        gone = [
            IngestedDocument(Document(source, name, "", NOTHING, last.title, last.url, last.labels), outcome="removed")
            for name, last in others.items()
            if last.version != NOTHING
        ]
        for start in range(0, len(gone), REMOVED_AT_ONCE):
            await self._record(gone[start : start + REMOVED_AT_ONCE], ())
        return gone

    async def _know(self, keys: AbstractSet[Key]) -> None:
        """Learn what the catalogue has of the documents *keys*, and forget others."""
        self.known.clear()
        for source in {source for source, _ in keys}:
            names = [name for of, name in keys if of == source]
            found = await asyncio.to_thread(self.by.ledger.current, source, self.tenant, names)
            self.known.update({(source, name): last for name, last in found.items()})
        if self.whole is not None:
            self.met.update(keys)

    async def _follow(self, documents: Sequence[Document]) -> None:
        """Learn what travels to *documents*, and forget others."""
        self.upstream.clear()
        if self.by.travels is not None:
            found = await self.by.travels.entering(documents, self.tenant)
            self.upstream.update(zip(map(_key, documents), found, strict=True))

    def _tighter(self, key: Key, labels: Facts) -> Facts:
        """Return the *labels* of the document *key*, or of a piece of it, with what travels to it."""
        travelled = self.upstream.get(key, NONE)
        return tightened(labels, travelled, self.by.unlabelled) if travelled else labels

    def _loaded(self, read: Entering) -> Document | Cut | BadRequest:
        """Return what was *read* with the labels that it gets here, or why it cannot be stored."""
        if isinstance(read, BadRequest):
            return read
        document = _document(read)
        if not _is_unicode(document):
            name = ascii(document.id)
            return BadRequest(f"The document {name} holds halves of characters (lone surrogates).", code="not_text")
        labelled = replace(document, labels=self._labels(document, document.labels))
        if isinstance(read, Document):
            return labelled
        return _relabelled(labelled, read.chunks, [self._labels(document, piece.labels) for piece in read.chunks])

    def _labels(self, document: Document, claimed: Facts) -> Facts:
        """Return the labels that *document*, or a piece of it, gets for those that are *claimed*."""
        labels = self.by.sources.joined(document.source, claimed | self.labels)
        last = self.known.get(_key(document))
        if last is None or Role.ADMIN in self.principal.roles:
            return labels
        return joined(last.labels, labels)

    def _judged(self, read: Document | Cut) -> tuple[IngestedDocument, Decision]:
        """Return what was *read* with its chunks, or refused or quarantined, and the decision about it."""
        document = _document(read)
        judged = replace(document, labels=self._tighter(_key(document), document.labels))
        facts = document_facts(judged, self.tenant)
        dest = self.by.dest if self.collection else HERE
        decision = self.by.policies.decide(Use(Target.INGEST, facts, self.principal.facts, dest))
        quarantined = decision.effect is Effect.QUARANTINE and self.by.quarantines is not None
        if not decision.allowed and not quarantined:
            return _refused(document, decision), decision
        if not document.text.strip():
            return IngestedDocument(document, outcome="refused", reason="It has no text."), decision
        pieces = chunks(read) if isinstance(read, Document) else read.chunks
        if quarantined:
            return replace(_refused(document, decision), chunks=pieces, outcome="quarantined"), decision
        kept = self._kept_in(pieces) if self.collection else None
        if kept is not None:
            return _refused(document, kept), kept
        return IngestedDocument(document, pieces), decision

    def _kept_in(self, pieces: Sequence[Chunk]) -> Decision | None:
        """Return the decision by which one of *pieces* may not be sent to be embedded; `None` when all may."""
        user, tenant = self.principal.facts, self.tenant
        judged = map(self._judged_piece, pieces)
        return next(filter(None, (kept_in(self.by.policies, one, tenant, user, self.by.dest) for one in judged)), None)

    def _judged_piece(self, piece: Chunk) -> Chunk:
        return replace(piece, labels=self._tighter((piece.source, piece.document), piece.labels))

    async def _compared(self, entries: Sequence[IngestedDocument]) -> list[IngestedDocument]:
        """Return *entries*, those that may enter as `added`, `changed` or `unchanged`."""
        allowed = [entry.chunks for entry in entries if entry.outcome == "added"]
        held = iter([True] * len(allowed))
        if self.collection:
            held = iter(await self.by.index.holds(self.collection, self.tenant, allowed))
        return [self._outcome(entry, next(held)) if entry.outcome == "added" else entry for entry in entries]

    def _outcome(self, entry: IngestedDocument, held: bool) -> IngestedDocument:
        document = entry.document
        last = self.known.get(_key(document))
        if last is None:
            return entry
        if held and last == _current(document):
            return replace(entry, chunks=(), outcome="unchanged")
        return replace(entry, outcome="changed")

    async def _record(self, entries: Sequence[IngestedDocument], decisions: Sequence[Decision]) -> None:
        """Return when the log has what became of *entries*."""
        if not entries:
            return
        spoken = tuple(dict.fromkeys(decision for decision in decisions if decision.hits))
        body = Ingestion(self.principal, self.collection, tuple(entries), spoken)
        await self.by.log.append([RunEvent(self.report.run, RunState.COMPLETE, body, self.tenant)])


def _document(read: Document | Cut) -> Document:
    return read if isinstance(read, Document) else read.document


def _key(read: Document | Cut) -> Key:
    document = _document(read)
    return document.source, document.id


def _key_of(entry: IngestedDocument) -> Key:
    return entry.document.source, entry.document.id


def _current(document: Document) -> CurrentVersion:
    """Return what the catalogue says of *document* once it has entered."""
    return CurrentVersion(document.version, document.title, document.url, document.labels)


def _relabelled(document: Document, pieces: Sequence[Chunk], labels: Sequence[Facts]) -> Cut:
    """Return *document* with its *pieces*, which have *labels* here.

    Others than they came with make another version: the document's own labels, the tightest of all, may be the same.
    """
    if all(piece.labels == own for piece, own in zip(pieces, labels, strict=True)):
        return Cut(document, pieces)
    told = [sorted((name, repr(value)) for name, value in own.items()) for own in labels]
    version = digest(json.dumps([document.version, told]))
    relabelled = [replace(piece, labels=own, version=version) for piece, own in zip(pieces, labels, strict=True)]
    return Cut(replace(document, version=version), relabelled)


def _refused(document: Document, decision: Decision) -> IngestedDocument:
    """Return *document* as refused by *decision*, with the sentence, rule and owner."""
    winner = decision.winner
    if winner is None:
        return IngestedDocument(document, outcome="refused", reason="A policy refuses it.")
    ask = f", ask {winner.owner}" if winner.owner else ""
    sentence = f"{(winner.reason or 'A policy refuses it').rstrip('.')} (rule {winner.rule}{ask})."
    return IngestedDocument(document, outcome="refused", reason=sentence, rule=winner.rule, owner=winner.owner)


def _batches(documents: Iterable[Entering]) -> Iterator[list[Entering]]:
    """Yield *documents* a few at a time; two versions of one document are never in the same batch."""
    batch: list[Entering] = []
    names: set[Key] = set()
    for one in documents:
        name = None if isinstance(one, BadRequest) else _key(one)
        if len(batch) == BATCH or name in names:
            yield batch
            batch, names = [], set()
        batch.append(one)
        if name is not None:
            names.add(name)
    if batch:
        yield batch


def _is_unicode(document: Document) -> bool:
    values = chain.from_iterable(value if isinstance(value, tuple) else [value] for value in document.labels.values())
    said = [document.text, document.id, document.title, document.url, str(document.source), *document.labels, *values]
    try:
        " ".join(map(str, said)).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
