"""What is left of entries of the log when a person is erased: functions from what is stored to what is stored then.

A redacted entry still says which application asked which model, which chunks took part and what rules did; it says
nothing of who asked, and holds no digest of a text of theirs that somebody could guess. It loses its secret, so that
its leaf proves nothing about it any more; instead the erasure's own entry holds its `residue`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from gateway.domain.decisions import Decision
from gateway.domain.documents import Chunk
from gateway.domain.findings import Where
from gateway.domain.naming import unnamed
from gateway.domain.runs import (
    Accessed,
    Attempt,
    Body,
    Breached,
    BreachedChunk,
    Edge,
    Embedding,
    Held,
    IncidentChanged,
    Intent,
    Noted,
    Outcome,
    Quarantined,
    Traced,
)
from gateway.domain.scopes import joined
from gateway.stores.additions import Additions, Described
from gateway.stores.packing import plain
from gateway.stores.sought import Named, Sought

ERASED = "erased:"
"""Begins the name of what has lost its own."""

_NOBODY = Sought()
_NOTHING_SAID = Described(None, None, "{}")


@dataclass(frozen=True, slots=True)
class ErasedChunk:
    """A chunk of a document that is erased with the person whose it was, by its numbers in the catalogue."""

    document: int
    version: int
    chunk: int


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents that are erased: their numbers, and those of their versions and chunks."""

    documents: frozenset[int] = frozenset()
    versions: frozenset[int] = frozenset()
    chunks: Mapping[int, ErasedChunk] = field(default_factory=dict)
    named: int | None = None
    """The one of them that an entry about a quarantine or a hold is about."""


def erased_name(number: int) -> str:
    """Return what a document, version or chunk with that *number* is called once it is erased."""
    return f"{ERASED}{number}"


def residue(detail: bytes, catalogue: bytes) -> str:
    """Return the digest of what is left of an entry, in 32 hexadecimal digits."""
    return sha256(joined("residue") + len(detail).to_bytes(8, "big") + detail + catalogue).hexdigest()[:32]


def redacted(body: Body, documents: Documents, numbers: Sequence[int], sought: Sought = _NOBODY) -> Body:
    """Return what is left of *body*, whose edges lead to the chunks *numbers*, when who is *sought* is erased."""
    person = sought.person
    if isinstance(body, Intent):
        return _intent(body, documents, numbers)
    if isinstance(body, Outcome):
        return replace(
            body,
            reason="",
            released=None,
            content={},
            attempts=tuple(map(_attempt, body.attempts)),
            findings=tuple(map(_finding, body.findings)),
            decisions=tuple(map(_decision, body.decisions)),
        )
    if isinstance(body, Traced):
        return replace(body, edges=_edges(body.edges, documents, numbers))
    if isinstance(body, Embedding):
        principal = replace(body.principal, end_user="", groups=())
        findings, decisions = tuple(map(_finding, body.findings)), tuple(map(_decision, body.decisions))
        return replace(body, principal=principal, text="", findings=findings, decisions=decisions)
    if isinstance(body, Held):
        if body.kind == "subject" and plain(body.target) == person:
            return replace(body, target="", reason="")
        if documents.named is not None:
            return replace(body, target=erased_name(documents.named), reason="")
        return replace(body, reason=unnamed(body.reason, person))
    if isinstance(body, Quarantined):
        if documents.named is not None:
            return replace(body, document=erased_name(documents.named), reason="")
        return replace(body, reason=unnamed(body.reason, person))
    if isinstance(body, Accessed):
        return replace(body, query="", subjects=_unnamed(body.subjects, sought))
    if isinstance(body, Breached):
        return replace(body, chunks=tuple(_breached(chunk, sought) for chunk in body.chunks))
    if isinstance(body, IncidentChanged):
        return replace(body, text=unnamed(body.text, person), items=_unnamed(body.items, sought))
    return body


def without(additions: Additions, documents: Documents, numbers: Sequence[int]) -> Additions:
    """Return what is left of the *additions* of an entry whose edges lead to the chunks *numbers*."""
    return Additions(
        sources=additions.sources,
        documents=[
            new._replace(name=erased_name(new.id)) if new.id in documents.documents else new
            for new in additions.documents
        ],
        versions=[
            new._replace(digest=erased_name(new.id), about=_NOTHING_SAID) if new.id in documents.versions else new
            for new in additions.versions
        ],
        chunks=[
            new._replace(digest=erased_name(new.id), kept=False, about=Described())
            if new.id in documents.chunks
            else new
            for new in additions.chunks
        ],
        differing={
            position: about
            for position, about in additions.differing.items()
            if position >= len(numbers) or numbers[position] not in documents.chunks
        },
    )


def _intent(body: Intent, documents: Documents, numbers: Sequence[int]) -> Intent:
    return replace(
        body,
        principal=replace(body.principal, end_user="", groups=()),
        request="",
        edges=_edges(body.edges, documents, numbers),
        findings=tuple(map(_finding, body.findings)),
        decisions=tuple(map(_decision, body.decisions)),
        attempts=tuple(map(_attempt, body.attempts)),
        manifest=(),
        content={},
        question="",
        trace_id="",
        shape="",
        conversation="",
        replays="",
        continues="",
    )


def _edges(edges: Sequence[Edge], documents: Documents, numbers: Sequence[int]) -> tuple[Edge, ...]:
    return tuple(
        replace(
            edge,
            chunk=_chunk(edge, documents.chunks[number]) if number in documents.chunks else edge.chunk,
            decision=_decision(edge.decision),
        )
        for edge, number in zip(edges, numbers, strict=True)
    )


def _chunk(edge: Edge, erased: ErasedChunk) -> Chunk:
    return replace(
        edge.chunk,
        document=erased_name(erased.document),
        version=erased_name(erased.version),
        digest=erased_name(erased.chunk),
    )


def _unnamed(things: Sequence[str], sought: Sought) -> tuple[str, ...]:
    return tuple(unnamed_thing(thing) if thing in sought.things else thing for thing in things)


def unnamed_thing(thing: str) -> str:
    """Return what stands for *thing*, which is named by kind and id, once it is erased."""
    return f"{thing.partition('/')[0]}/{ERASED}"


def _breached(chunk: BreachedChunk, sought: Sought) -> BreachedChunk:
    if Named(chunk.source, chunk.document) not in sought.documents:
        return chunk
    return replace(chunk, document=ERASED, version=ERASED, chunk=ERASED)


def _decision(decision: Decision) -> Decision:
    """Which rules spoke, without the values that they read."""
    return replace(decision, hits=tuple(replace(hit, reason="", values=()) for hit in decision.hits))


def _attempt(attempt: Attempt) -> Attempt:
    return replace(attempt, reason="", decision=attempt.decision and _decision(attempt.decision))


def _finding(noted: Noted) -> Noted:
    return replace(noted, host="", place="" if noted.where is Where.CHUNK else noted.place)
