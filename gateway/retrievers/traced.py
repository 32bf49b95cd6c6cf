"""Documents that an application's own retrieval spans tell of, joined to a request by its trace id."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.domain.chat import ChatRequest, Text
from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest, ContextUnavailable, LineageUnavailable
from gateway.domain.facts import NONE, Facts
from gateway.domain.json import Path
from gateway.domain.labels import ANOTHER_TENANT, UNREGISTERED, SourceLabels, joined
from gateway.domain.principals import Principal
from gateway.interfaces import Ledger
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.results import Match, Span
from gateway.retrievers.conventions import retrieved
from gateway.retrievers.standing import Standing
from gateway.tracing.spans import Heard, Spans
from gateway.tracing.spans import Span as TraceSpan

SAME = 0.5
"""How much of a registered chunk a span's text must have, or be, to count as that chunk."""

NOTES = 5
"""Things that could not be read which an application is told of at once."""

NO_TRACE = "0" * 32

Name = tuple[Source, str, Digest]
Place = tuple[Path, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What became of spans that came in."""

    rejected: int
    """Retrieval spans that were not taken."""
    message: str
    """Why, and what was passed over in others; without any of their text."""
    traces: Sequence[str] = ()
    """Ids of the traces of which something was kept."""


@dataclass(frozen=True, slots=True)
class TracedRetriever:
    """Remembers what retrieval spans tell, and brings it to requests with the same W3C trace id of the same tenant.

    A span's text that is registered counts as the registered chunk, with its labels; any other is a document of
    `lineward/trace:<service>` or of the address that its metadata give. What stands in the request is marked there, so
    that a policy can have it cut out; of the rest it is only known that it took part. What a process is told, all
    that share its *spans* know.
    """

    spans: Spans
    recogniser: Recogniser | None = None
    ledger: Ledger | None = None
    sources: SourceLabels = UNREGISTERED
    age: timedelta = timedelta(minutes=15)
    """How long after its last span a trace is known."""

    def learn(self, spans: Iterable[TraceSpan], tenant: str) -> Learnt:
        """Keep what *spans* of *tenant* tell of retrievals; all others are passed over.

        Raises `LineageUnavailable` when nothing can be kept.
        """
        rejected = 0
        kept: dict[str, None] = {}
        notes: list[str] = []
        for span in spans:
            try:
                told = retrieved(span)
                if told.chunks:
                    _check(span.trace_id)
                    if not self.spans.keep(tenant, span.trace_id, Heard(told.chunks, _time(span.ended)), self.age):
                        raise BadRequest("A trace has more documents than are kept.")
                    kept[span.trace_id] = None
                notes += told.notes
            except BadRequest as exc:
                rejected += 1
                notes.append(exc.message)
        return Learnt(rejected, " ".join([*dict.fromkeys(notes)][:NOTES]), (*kept,))

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the chunks that spans of the request's trace have told of, in the order in which they came.

        What the request declares itself is left to that declaration. Raises `ContextUnavailable` when what is
        registered cannot be read.
        """
        if not request.trace_id:
            return ()
        try:
            return await asyncio.to_thread(self._learnt, request, principal.tenant)
        except LineageUnavailable as exc:
            raise ContextUnavailable(f"Traced documents cannot be looked up now: {exc.message}.") from exc

    def _learnt(self, request: ChatRequest, tenant: str) -> list[Chunk]:
        told = [chunk for heard in self.spans.of(tenant, request.trace_id.lower()) for chunk in heard.chunks]
        declared = {chunk.digest for chunk in (*request.documents, *request.context)}
        known: dict[Name, Chunk] = {}
        for one in (one for chunk in told if chunk.digest not in declared for one in self.identified(chunk, tenant)):
            same = known.setdefault(_name(one), one)
            known[_name(one)] = replace(same, labels=joined(same.labels, one.labels))
        if not known:
            return []
        places = self._places([*known.values()], [one for one in request.texts if one.kind != "binary"], tenant)
        return [placed for name, chunk in known.items() for placed in _placed(chunk, places.get(name, ()))]

    def identified(self, chunk: Chunk, tenant: str) -> Iterator[Chunk]:
        """Yield the registered chunks that *chunk* is, or itself with what the catalogue says of its document."""
        recogniser = self.recogniser
        found = recogniser.recognise(chunk.text, tenant) if recogniser and chunk.text else None
        foreign = Facts(tenant=ANOTHER_TENANT) if found and found.foreign else NONE
        registered = [one for match in (found.matches if found else ()) if _is_same(match) for one in match.chunks]
        for one in registered:
            labels = joined(one.labels, self.sources.joined(one.source, chunk.labels)) | foreign
            yield replace(one, text="", how=How.TRACED, score=chunk.score, labels=labels)
        if not registered:
            catalogue = self._catalogued(chunk, tenant)
            yield replace(chunk, labels=joined(catalogue, self.sources.joined(chunk.source, chunk.labels)) | foreign)

    def _catalogued(self, chunk: Chunk, tenant: str) -> Facts:
        """Return the labels of the catalogue's document with the name of *chunk*, of whatever source."""
        record = self.ledger.document(chunk.document, tenant) if self.ledger else None
        return record.labels if record else NONE

    def _places(self, chunks: Sequence[Chunk], texts: Sequence[Text], tenant: str) -> dict[Name, list[Place]]:
        """Return where in *texts* each of *chunks* stands, as far as it does."""
        places: dict[Name, list[Place]] = {}
        standing = Standing(chunks)
        for text in texts:
            matches = self.recogniser.recognise(text.value, tenant).matches if self.recogniser else ()
            for match in matches:
                for one in match.chunks:
                    places.setdefault(_name(one), []).append((text.path, match.spans))
            for chunk, spans in standing.within(text.value):
                places.setdefault(_name(chunk), []).append((text.path, spans))
        return places


def _check(trace_id: str) -> None:
    """Raise `BadRequest` unless *trace_id* is one that a request can have."""
    if len(trace_id) != len(NO_TRACE) or trace_id == NO_TRACE or not trace_id.isalnum():
        raise BadRequest("A retrieval span has no valid trace id.")


def _time(nanoseconds: int) -> datetime | None:
    """Return when that many *nanoseconds* after 1970 were over; `None` for none, and for what no calendar has."""
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC) if nanoseconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _is_same(match: Match) -> bool:
    return match.coverage >= SAME or match.share >= SAME


def _name(chunk: Chunk) -> Name:
    return chunk.source, chunk.document, chunk.digest


def _placed(chunk: Chunk, places: Sequence[Place]) -> Iterator[Chunk]:
    """Yield *chunk* at each of *places*, or as it is when there is none."""
    if not places:
        yield chunk
    for path, spans in places:
        yield replace(chunk, path=path, spans=spans)
