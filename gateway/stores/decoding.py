"""Bodies of events from their stored form (encoding.py)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.documents import Chunk, ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.facts import Value
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import (
    Attempt,
    Body,
    Edge,
    Ingestion,
    Intent,
    Noted,
    Outcome,
    PolicyActivated,
    Segment,
    Usage,
)
from gateway.stores.values import loads, read_facts, read_value


def decode(type: str, data: bytes) -> Body:
    """Return the body of an event of *type* from its detail.

    Its texts are empty and its chunks without labels, title and address: those stand in blobs and catalogue. Raises
    `ValueError` if *data* is not such a detail.
    """
    try:
        return _READERS[type](_Record(cast(Object, loads(data))))
    except (KeyError, TypeError, AttributeError, IndexError) as exc:
        raise ValueError(f"the stored detail is not that of an event of type {type!r}") from exc


class _Record:
    """A JSON object that is read by name and type; decisions are looked up in its table."""

    __slots__ = ("_decisions", "_items")

    def __init__(self, items: Object) -> None:
        self._items = items
        self._decisions: list[Decision] = []
        policy = ""
        for entry in self.records("decisions"):
            policy = entry.text("policy", policy)
            self._decisions.append(_read_decision(entry, policy))

    def text(self, name: str, default: str = "") -> str:
        return cast(str, self._items.get(name, default))

    def optional(self, name: str) -> str | None:
        return cast(str | None, self._items.get(name))

    def integer(self, name: str) -> int:
        return cast(int, self._items[name])

    def number(self, name: str) -> float | None:
        return cast(float | None, self._items.get(name))

    def flag(self, name: str) -> bool:
        return bool(self._items.get(name))

    def list(self, name: str) -> Sequence[JSON]:
        return cast(Sequence[JSON], self._items.get(name, ()))

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        return tuple(cast(Iterable[str], self._items.get(name, default)))

    def value(self, name: str) -> JSON:
        return self._items.get(name)

    def record(self, name: str) -> "_Record":
        return _Record(cast(Object, self._items[name]))

    def records(self, name: str) -> "Iterable[_Record]":
        return (_Record(cast(Object, item)) for item in self.list(name))

    def decision(self, position: JSON) -> Decision:
        return self._decisions[cast(int, position)]

    @property
    def judged(self) -> tuple[Decision, ...]:
        return tuple(self.decision(position) for position in self.list("judged"))

    @property
    def source(self) -> Source:
        namespace, name = self.texts("source")
        return Source(namespace, name)

    @property
    def content(self) -> Mapping[str, str]:
        return dict.fromkeys(self.texts("content"), "")


def _read_decision(record: _Record, policy: str) -> Decision:
    hits = tuple(_read_hit(hit) for hit in record.records("hits"))
    return Decision(Target(record.text("target")), Effect(record.text("effect")), hits, policy)


def _read_hit(record: _Record) -> RuleHit:
    return RuleHit(
        rule=record.text("rule"),
        effect=Effect(record.text("effect")),
        mode=Mode(record.text("mode", Mode.ENFORCE)),
        owner=record.optional("owner"),
        reason=record.text("reason"),
        values=tuple(_read_pair(cast(list[JSON], pair)) for pair in record.list("values")),
    )


def _read_pair(pair: list[JSON]) -> tuple[str, Value]:
    return cast(str, pair[0]), read_value(pair[1])


def _read_intent(record: _Record) -> Intent:
    return Intent(
        principal=_read_principal(record.record("principal")),
        model=record.text("model"),
        provider=record.text("provider"),
        region=record.text("region"),
        stream=record.flag("stream"),
        request=record.text("request"),
        edges=tuple(_read_edge(edge, record) for edge in record.records("edges")),
        findings=tuple(_read_noted(noted) for noted in record.records("findings")),
        decisions=record.judged,
        manifest=tuple(_read_segment(segment) for segment in record.list("manifest")),
        policy=record.text("policy"),
        content=record.content,
        question=record.text("question"),
        trace_id=record.text("trace"),
        fallbacks=record.texts("fallbacks"),
    )


def _read_principal(record: _Record) -> Principal:
    return Principal(
        application=record.text("application"),
        tenant=record.text("tenant"),
        roles=frozenset(Role(role) for role in record.texts("roles")),
        purposes=record.texts("purposes"),
        models=record.texts("models", ("*",)),
        collections=record.texts("collections"),
        purpose=record.text("purpose"),
        end_user=record.text("end_user"),
        groups=record.texts("groups"),
    )


def _read_edge(record: _Record, event: _Record) -> Edge:
    chunk = Chunk(
        source=record.source,
        document=record.text("document"),
        version=record.text("version"),
        ordinal=record.integer("ordinal"),
        text="",
        how=How(record.text("how")),
        digest=record.text("chunk"),
        rank=record.integer("rank"),
        score=record.number("score"),
        path=cast(tuple[str | int, ...], tuple(record.list("path"))),
        masked=record.flag("masked"),
    )
    return Edge(chunk, ChunkState(record.text("state")), event.decision(record.value("decision")))


def _read_noted(record: _Record) -> Noted:
    return Noted(
        entity=record.text("entity"),
        where=Where(record.text("where")),
        place=record.text("place"),
        start=record.integer("start"),
        end=record.integer("end"),
        score=record.number("score") or 0.0,
        detector=record.text("detector"),
        action=record.text("action"),
        rule=record.optional("rule"),
    )


def _read_segment(value: JSON) -> Segment:
    kind, path, start, end, digest, *chunk = cast(list[str], value)
    return Segment(kind, path, int(start), int(end), digest, chunk[0] if chunk else None)


def _read_outcome(record: _Record) -> Outcome:
    usage = cast(Sequence[int], record.list("usage"))
    return Outcome(
        decision=record.text("decision"),
        error=record.text("error"),
        reason=record.text("reason"),
        released=record.optional("released"),
        provider=record.text("provider"),
        model=record.text("model"),
        attempts=tuple(_read_attempt(cast(list[str], attempt)) for attempt in record.list("attempts")),
        finish_reasons=record.texts("finish_reasons"),
        usage=Usage(usage[0], usage[1]) if usage else None,
        findings=tuple(_read_noted(noted) for noted in record.records("findings")),
        decisions=record.judged,
        content=record.content,
        first_delta_ms=record.number("first_delta_ms"),
        total_ms=record.number("total_ms") or 0.0,
    )


def _read_attempt(items: list[str]) -> Attempt:
    return Attempt(*items[:4])


def _read_ingestion(record: _Record) -> Ingestion:
    return Ingestion(
        principal=_read_principal(record.record("principal")),
        collection=record.text("collection"),
        documents=tuple(_read_ingested(entry) for entry in record.records("documents")),
        decisions=record.judged,
    )


def _read_ingested(record: _Record) -> IngestedDocument:
    document = Document(
        source=record.source,
        id=record.text("id"),
        text="",
        version=record.text("version"),
        title=record.optional("title"),
        url=record.optional("url"),
        labels=read_facts(record.value("labels")),
    )
    chunks = tuple(_read_chunk(document, cast(list[JSON], chunk)) for chunk in record.list("chunks"))
    return IngestedDocument(document, chunks, record.text("outcome"), record.optional("reason"))


def _read_chunk(document: Document, items: list[JSON]) -> Chunk:
    return Chunk(
        source=document.source,
        document=document.id,
        version=document.version,
        ordinal=cast(int, items[0]),
        text="",
        how=How(cast(str, items[2])),
        digest=cast(str, items[1]),
    )


def _read_activation(record: _Record) -> PolicyActivated:
    return PolicyActivated(record.text("digest"), record.texts("rules"), record.text("origin"))


_READERS: dict[str, Callable[[_Record], Body]] = {
    "intent": _read_intent,
    "outcome": _read_outcome,
    "ingest": _read_ingestion,
    "policy": _read_activation,
}
