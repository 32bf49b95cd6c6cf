"""Bodies of events from their stored form (encoding.py).

What is absent gets its default, what is unknown is passed over. Values are taken as they stand: that they are the ones
that were written is for the commitments to say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.facts import NONE, Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import (
    Accessed,
    Anchored,
    Attempt,
    Body,
    Breached,
    BreachedChunk,
    Edge,
    Embedding,
    Erased,
    Held,
    IncidentChanged,
    IncidentStep,
    Ingestion,
    Intent,
    KeyActivated,
    LineageReported,
    Noted,
    Outcome,
    PolicyActivated,
    Quarantined,
    Segment,
    Traced,
    Usage,
)
from gateway.stores.encoding import CARRIERS
from gateway.stores.values import loads, read_facts, read_value

_Record: TypeAlias = Mapping[str, Any]
"""A JSON object whose members have the types that encoding gave them."""

_NOTHING: Sequence[Any] = ()

_HOW = {how.value: how for how in How}
_STATES = {state.value: state for state in ChunkState}
_EFFECTS = {effect.value: effect for effect in Effect}
_TARGETS = {target.value: target for target in Target}


def decode(type: str, data: bytes) -> Body:
    """Return the body of an event of *type* from its detail.

    Its texts are empty and its chunks without labels, title and address: those stand in blobs and catalogue. Raises
    `ValueError` if *data* is not such a detail.
    """
    with _expected(type):
        return _READERS[type](cast(_Record, loads(data)))


def decode_intent(data: bytes, labels: Callable[[int], Facts]) -> Intent:
    """Return the intent of which *data* is the detail; *labels* tells those of the chunk of each edge, by position.

    It comes without its manifest, which nobody needs who decides again. Raises `ValueError` if *data* is not such a
    detail.
    """
    with _expected("intent"):
        record = cast(_Record, loads(data))
        return _intent({name: value for name, value in record.items() if name != "manifest"}, labels)


def decode_said(type: str, data: bytes) -> tuple[Digest, tuple[str, str] | None]:
    """Return the digest of the question or answer that *data* tells of, and application and end user of an intent.

    All else, which is most of it, is not looked at. Raises `ValueError` if *data* is not such a detail.
    """
    if type not in ("intent", "outcome"):
        return "", None
    with _expected(type):
        record = cast(_Record, loads(data))
        if type == "outcome":
            return record.get("released") or "", None
        principal = record["principal"]
        return record.get("question", ""), (principal["application"], principal.get("end_user", ""))


@contextmanager
def _expected(type: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as exc:
        raise ValueError(f"the stored detail is not that of an event of type {type!r}") from exc


def _unlabelled(_: int) -> Facts:
    return NONE


def _decisions(record: _Record) -> list[Decision]:
    """The table of the decisions of an event; each names its policy set only if the one before it had another."""
    decisions: list[Decision] = []
    policy = ""
    for entry in record.get("decisions", _NOTHING):
        policy = entry.get("policy", policy)
        hits = tuple(_hit(hit) for hit in entry.get("hits", _NOTHING))
        decisions.append(Decision(_TARGETS[entry["target"]], _EFFECTS[entry["effect"]], hits, policy))
    return decisions


def _judged(record: _Record, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    return tuple(decisions[position] for position in record.get("judged", _NOTHING))


def _hit(record: _Record) -> RuleHit:
    return RuleHit(
        rule=record["rule"],
        effect=Effect(record["effect"]),
        mode=Mode(record.get("mode", Mode.ENFORCE)),
        owner=record.get("owner"),
        reason=record.get("reason", ""),
        values=tuple((name, read_value(value)) for name, value in record.get("values", _NOTHING)),
    )


def _intent(record: _Record, labels: Callable[[int], Facts] = _unlabelled) -> Intent:
    decisions = _decisions(record)
    return Intent(
        principal=_principal(record["principal"]),
        model=record["model"],
        provider=record["provider"],
        region=record["region"],
        stream=record.get("stream", False),
        request=record["request"],
        edges=tuple(_edge(edge, decisions, labels(at)) for at, edge in enumerate(record.get("edges", _NOTHING))),
        findings=_findings(record),
        decisions=_judged(record, decisions),
        manifest=tuple(_segment(segment) for segment in record.get("manifest", _NOTHING)),
        policy=record.get("policy", ""),
        content=dict.fromkeys(record.get("content", _NOTHING), ""),
        question=record.get("question", ""),
        trace_id=record.get("trace", ""),
        fallbacks=tuple(record.get("fallbacks", _NOTHING)),
        destinations=tuple(read_facts(facts) for facts in record.get("dest", _NOTHING)),
        attempts=_attempts(record, decisions),
        dialect=record.get("dialect", ""),
        shape=record.get("shape", ""),
        conversation=record.get("conversation", ""),
        replays=record.get("replays", ""),
        continues=record.get("continues", ""),
    )


def _attempts(record: _Record, decisions: Sequence[Decision]) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(*attempt[:4], *(decisions[position] for position in attempt[4:5]))
        for attempt in record.get("attempts", _NOTHING)
    )


def _principal(record: _Record) -> Principal:
    return Principal(
        application=record["application"],
        tenant=record["tenant"],
        roles=frozenset(Role(role) for role in record.get("roles", _NOTHING)),
        purposes=tuple(record.get("purposes", _NOTHING)),
        noncommercial=tuple(record.get("noncommercial", _NOTHING)),
        models=tuple(record.get("models", ("*",))),
        collections=tuple(record.get("collections", _NOTHING)),
        purpose=record.get("purpose", ""),
        end_user=record.get("end_user", ""),
        groups=tuple(record.get("groups", _NOTHING)),
        verified=record.get("verified", False),
    )


def _edge(record: _Record, decisions: Sequence[Decision], labels: Facts) -> Edge:
    namespace, name = record["source"]
    chunk = Chunk(
        source=Source(namespace, name),
        document=record["document"],
        version=record["version"],
        ordinal=record["ordinal"],
        text="",
        how=_HOW[record["how"]],
        digest=record["chunk"],
        rank=record["rank"],
        score=record.get("score"),
        path=tuple(record.get("path", _NOTHING)),
        masked=record.get("masked", False),
        labels=labels,
    )
    return Edge(chunk, _STATES[record["state"]], decisions[record["decision"]])


def _findings(record: _Record) -> tuple[Noted, ...]:
    return tuple(
        Noted(
            entity=noted["entity"],
            where=Where(noted["where"]),
            place=noted["place"],
            start=noted["start"],
            end=noted["end"],
            score=noted["score"] or 0.0,
            detector=noted["detector"],
            action=noted["action"],
            rule=noted.get("rule"),
            host=noted.get("host", ""),
            carrier=noted.get("carrier") or CARRIERS.get(Where(noted["where"]), ""),
        )
        for noted in record.get("findings", _NOTHING)
    )


def _segment(items: Sequence[Any]) -> Segment:
    kind, path, start, end, digest, *chunk = items
    return Segment(kind, path, start, end, digest, chunk[0] if chunk else None)


def _outcome(record: _Record) -> Outcome:
    decisions = _decisions(record)
    usage = record.get("usage")
    return Outcome(
        decision=record["decision"],
        error=record.get("error", ""),
        reason=record.get("reason", ""),
        released=record.get("released"),
        provider=record.get("provider", ""),
        model=record.get("model", ""),
        attempts=_attempts(record, decisions),
        finish_reasons=tuple(record.get("finish_reasons", _NOTHING)),
        usage=Usage(usage[0], usage[1]) if usage else None,
        findings=_findings(record),
        decisions=_judged(record, decisions),
        tool_calls=tuple(record.get("tools", _NOTHING)),
        content=dict.fromkeys(record.get("content", _NOTHING), ""),
        first_delta_ms=record.get("first_delta_ms"),
        total_ms=record.get("total_ms") or 0.0,
    )


def _ingestion(record: _Record) -> Ingestion:
    return Ingestion(
        principal=_principal(record["principal"]),
        collection=record["collection"],
        documents=tuple(_ingested(entry) for entry in record["documents"]),
        decisions=_judged(record, _decisions(record)),
    )


def _ingested(record: _Record) -> IngestedDocument:
    namespace, name = record["source"]
    document = Document(
        source=Source(namespace, name),
        id=record["id"],
        text="",
        version=record["version"],
        title=record.get("title"),
        url=record.get("url"),
        labels=read_facts(record.get("labels")),
    )
    chunks = tuple(
        Chunk(document.source, document.id, document.version, ordinal, "", How(how), digest)
        for ordinal, digest, how in record.get("chunks", _NOTHING)
    )
    return IngestedDocument(document, chunks, record["outcome"], record.get("reason"))


def _activation(record: _Record) -> PolicyActivated:
    origin, files = record.get("origin", ""), record.get("files")
    return PolicyActivated(record["digest"], tuple(record["rules"]), origin, dict(files) if files else {})


def _key(record: _Record) -> KeyActivated:
    return KeyActivated(record["key"], tuple(record["retires"]))


def _anchor(record: _Record) -> Anchored:
    return Anchored(record["url"], record["size"], record["root"])


def _access(record: _Record) -> Accessed:
    subjects = tuple(record.get("subjects", _NOTHING))
    return Accessed(_principal(record["principal"]), record["action"], subjects, record.get("query", ""))


def _embedding(record: _Record) -> Embedding:
    return Embedding(
        principal=_principal(record["principal"]),
        provider=record["provider"],
        model=record["model"],
        region=record["region"],
        text=record["text"],
        findings=_findings(record),
        decisions=_judged(record, _decisions(record)),
        policy=record["policy"],
    )


def _reported(record: _Record) -> LineageReported:
    return LineageReported(record["application"], record["event"])


def _hold(record: _Record) -> Held:
    principal = _principal(record["principal"])
    return Held(principal, record["action"], record["kind"], record.get("target", ""), record.get("reason", ""))


def _erasure(record: _Record) -> Erased:
    return Erased(
        principal=_principal(record["principal"]),
        kind=record["kind"],
        subject=record.get("subject", ""),
        entries=tuple((index, digest) for index, digest in record.get("entries", _NOTHING)),
        texts=record["texts"],
        names=tuple(record.get("names", _NOTHING)),
        owner=record.get("owner", ""),
        documents=tuple(record.get("documents", _NOTHING)),
        before=record.get("before"),
    )


def _traced(record: _Record) -> Traced:
    decisions = _decisions(record)
    return Traced(tuple(_edge(edge, decisions, NONE) for edge in record["edges"]), record.get("policy", ""))


def _breach(record: _Record) -> Breached:
    return Breached(record["response"], tuple(_breached(one) for one in record["chunks"]), record.get("late", False))


def _breached(record: _Record) -> BreachedChunk:
    return BreachedChunk(
        source=Source(*record["source"]),
        document=record["document"],
        version=record["version"],
        ordinal=record["ordinal"],
        chunk=record["chunk"],
        coverage=record["coverage"],
        characters=record["characters"],
    )


def _quarantine(record: _Record) -> Quarantined:
    return Quarantined(
        source=Source(*record["source"]),
        document=record["document"],
        reason=record["reason"],
        released=record.get("released", False),
        rule=record.get("rule", ""),
        owner=record.get("owner"),
        run=record.get("run", ""),
        principal=_principal(record["principal"]) if "principal" in record else None,
    )


def _incident(record: _Record) -> IncidentChanged:
    return IncidentChanged(
        incident=record["incident"],
        step=IncidentStep(record["step"]),
        principal=_principal(record["principal"]),
        text=record.get("text", ""),
        items=tuple(record.get("items", _NOTHING)),
    )


_READERS: dict[str, Callable[[_Record], Body]] = {
    "intent": _intent,
    "outcome": _outcome,
    "ingest": _ingestion,
    "policy": _activation,
    "key": _key,
    "anchor": _anchor,
    "access": _access,
    "quarantine": _quarantine,
    "incident": _incident,
    "lineage": _reported,
    "traced": _traced,
    "breach": _breach,
    "hold": _hold,
    "erasure": _erasure,
    "embedding": _embedding,
}
