"""The stored form of an event's body: one JSON object, the *detail*, with full words for names.

What stands elsewhere is not repeated: texts are blobs, named here by digest; labels, titles and addresses of chunks
stand in the catalogue. A decision is written once an event, however many chunks it was made for. Absent means default,
so that a body only ever gains optional fields; unknown fields are passed over when reading.
"""

import math
from collections.abc import Mapping, Sequence

from gateway.domain.decisions import Decision, Mode, RuleHit
from gateway.domain.documents import IngestedDocument
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Name, Object
from gateway.domain.principals import Principal
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
    Ingestion,
    Intent,
    KeyActivated,
    LineageReported,
    Noted,
    Outcome,
    Quarantined,
    Segment,
    Traced,
)
from gateway.stores.values import dumps, facts, written

CARRIERS: Mapping[Where, str] = {Where.CHUNK: "chunk", Where.RESPONSE: "answer", Where.TOOL_CALL: "answer"}
"""What carries the findings at a border where nothing else does, and is not written down."""


def encode(body: Body) -> bytes:
    """Return the detail of *body*."""
    table = _Decisions()
    if isinstance(body, Intent):
        record = _intent(body, table)
    elif isinstance(body, Outcome):
        record = _outcome(body, table)
    elif isinstance(body, Ingestion):
        record = _ingestion(body, table)
    elif isinstance(body, Accessed):
        record = _access(body)
    elif isinstance(body, Quarantined):
        record = _quarantine(body)
    elif isinstance(body, IncidentChanged):
        record = _incident(body)
    elif isinstance(body, KeyActivated):
        record = {"key": body.key, "retires": list(body.retires)}
    elif isinstance(body, Anchored):
        record = {"url": body.url, "size": body.size, "root": body.root}
    elif isinstance(body, Embedding):
        record = _embedding(body, table)
    elif isinstance(body, LineageReported):
        record = {"application": body.application, "event": body.event}
    elif isinstance(body, Traced):
        record = {"policy": body.policy, "edges": [_edge(edge, table) for edge in body.edges]}
    elif isinstance(body, Held):
        record = _hold(body)
    elif isinstance(body, Erased):
        record = _erasure(body)
    elif isinstance(body, Breached):
        record = {"response": body.response, "chunks": [_breached(one) for one in body.chunks]}
        if body.late:
            record["late"] = True
    else:
        record = {"digest": body.digest, "rules": list(body.rules), "origin": body.origin}
        if body.files:
            record["files"] = dict(body.files)
    if table.entries:
        record["decisions"] = table.entries
    return dumps(record)


class _Decisions:
    """The decisions of one event, each written once."""

    def __init__(self) -> None:
        self.entries: list[JSON] = []
        self._positions: dict[int, int] = {}
        self._policy = ""

    def position(self, decision: Decision) -> int:
        """Return where *decision* stands. The same object is recognised: a warm engine answers with one."""
        known = self._positions.get(id(decision))
        if known is not None:
            return known
        self._positions[id(decision)] = len(self.entries)
        self.entries.append(self._entry(decision))
        return len(self.entries) - 1

    def positions(self, decisions: Sequence[Decision]) -> list[JSON]:
        return [self.position(decision) for decision in decisions]

    def _entry(self, decision: Decision) -> Object:
        entry: Object = {"target": decision.target._value_, "effect": decision.effect._value_}
        if decision.hits:
            entry["hits"] = [_hit(hit) for hit in decision.hits]
        if decision.policy != self._policy:
            self._policy = entry["policy"] = decision.policy
        return entry


def _hit(hit: RuleHit) -> Object:
    entry: Object = {"rule": hit.rule, "effect": hit.effect._value_}
    if hit.mode is not Mode.ENFORCE:
        entry["mode"] = hit.mode._value_
    if hit.owner is not None:
        entry["owner"] = hit.owner
    if hit.reason:
        entry["reason"] = hit.reason
    if hit.values:
        entry["values"] = [[name, written(value)] for name, value in hit.values]
    return entry


def _intent(body: Intent, table: _Decisions) -> Object:
    record: Object = {
        "principal": _principal(body.principal),
        "model": body.model,
        "provider": body.provider,
        "region": body.region,
        "request": body.request,
    }
    if body.stream:
        record["stream"] = True
    if body.policy:
        record["policy"] = body.policy
    if body.decisions:
        record["judged"] = table.positions(body.decisions)
    if body.edges:
        record["edges"] = [_edge(edge, table) for edge in body.edges]
    if body.findings:
        record["findings"] = [_noted(noted) for noted in body.findings]
    if body.manifest:
        record["manifest"] = [_segment(segment) for segment in body.manifest]
    if body.content:
        record["content"] = list(body.content)
    if body.question:
        record["question"] = body.question
    if body.trace_id:
        record["trace"] = body.trace_id
    if body.fallbacks:
        record["fallbacks"] = list(body.fallbacks)
    if body.dialect:
        record["dialect"] = body.dialect
    if body.shape:
        record["shape"] = body.shape
    if body.conversation:
        record["conversation"] = body.conversation
    if body.replays:
        record["replays"] = body.replays
    if body.continues:
        record["continues"] = body.continues
    if body.destinations:
        record["dest"] = [facts(destination) for destination in body.destinations]
    if body.attempts:
        record["attempts"] = [_attempt(attempt, table) for attempt in body.attempts]
    return record


def _attempt(attempt: Attempt, table: _Decisions) -> JSON:
    record: list[JSON] = [attempt.provider, attempt.model, attempt.outcome, attempt.reason]
    if attempt.decision is not None:
        record.append(table.position(attempt.decision))
    return record


def _principal(principal: Principal) -> Object:
    record: Object = {"application": principal.application, "tenant": principal.tenant}
    if principal.roles:
        record["roles"] = [*sorted(role._value_ for role in principal.roles)]
    if principal.purposes:
        record["purposes"] = list(principal.purposes)
    if principal.noncommercial:
        record["noncommercial"] = list(principal.noncommercial)
    if principal.models != ("*",):
        record["models"] = list(principal.models)
    if principal.collections:
        record["collections"] = list(principal.collections)
    if principal.purpose:
        record["purpose"] = principal.purpose
    if principal.end_user:
        record["end_user"] = principal.end_user
    if principal.groups:
        record["groups"] = list(principal.groups)
    if principal.verified:
        record["verified"] = True
    return record


def _edge(edge: Edge, table: _Decisions) -> Object:
    chunk = edge.chunk
    record: Object = {
        "chunk": chunk.digest,
        "source": [chunk.source.namespace, chunk.source.name],
        "document": chunk.document,
        "version": chunk.version,
        "ordinal": chunk.ordinal,
        "rank": chunk.rank,
        "how": chunk.how._value_,
        "state": edge.state._value_,
        "decision": table.position(edge.decision),
    }
    if chunk.score is not None and math.isfinite(chunk.score):
        record["score"] = chunk.score
    if chunk.path:
        record["path"] = [step for step in chunk.path if not isinstance(step, Name)]  # of a text, never of a key
    if chunk.masked:
        record["masked"] = True
    return record


def _breached(one: BreachedChunk) -> Object:
    return {
        "source": [one.source.namespace, one.source.name],
        "document": one.document,
        "version": one.version,
        "ordinal": one.ordinal,
        "chunk": one.chunk,
        "coverage": one.coverage,
        "characters": one.characters,
    }


def _noted(noted: Noted) -> Object:
    record: Object = {
        "entity": noted.entity,
        "where": noted.where._value_,
        "place": noted.place,
        "start": noted.start,
        "end": noted.end,
        "score": noted.score,
        "detector": noted.detector,
        "action": noted.action,
    }
    if noted.rule is not None:
        record["rule"] = noted.rule
    if noted.carrier and noted.carrier != CARRIERS.get(noted.where):
        record["carrier"] = noted.carrier
    if noted.host:
        record["host"] = noted.host
    return record


def _segment(segment: Segment) -> JSON:
    record: list[JSON] = [segment.kind, segment.path, segment.start, segment.end, segment.digest]
    if segment.chunk is not None:
        record.append(segment.chunk)
    return record


def _outcome(body: Outcome, table: _Decisions) -> Object:
    record: Object = {"decision": body.decision}
    if body.error:
        record["error"] = body.error
    if body.reason:
        record["reason"] = body.reason
    if body.released is not None:
        record["released"] = body.released
    if body.provider:
        record["provider"] = body.provider
    if body.model:
        record["model"] = body.model
    if body.attempts:
        record["attempts"] = [_attempt(attempt, table) for attempt in body.attempts]
    if body.finish_reasons:
        record["finish_reasons"] = list(body.finish_reasons)
    if body.usage is not None:
        record["usage"] = [body.usage.prompt_tokens, body.usage.completion_tokens]
    if body.findings:
        record["findings"] = [_noted(noted) for noted in body.findings]
    if body.decisions:
        record["judged"] = table.positions(body.decisions)
    if body.tool_calls:
        record["tools"] = list(body.tool_calls)
    if body.content:
        record["content"] = list(body.content)
    if body.first_delta_ms is not None:
        record["first_delta_ms"] = body.first_delta_ms
    if body.total_ms:
        record["total_ms"] = body.total_ms
    return record


def _ingestion(body: Ingestion, table: _Decisions) -> Object:
    record: Object = {
        "principal": _principal(body.principal),
        "collection": body.collection,
        "documents": [_ingested(entry) for entry in body.documents],
    }
    if body.decisions:
        record["judged"] = table.positions(body.decisions)
    return record


def _ingested(entry: IngestedDocument) -> Object:
    document = entry.document
    record: Object = {
        "source": [document.source.namespace, document.source.name],
        "id": document.id,
        "version": document.version,
        "outcome": entry.outcome,
    }
    if document.title is not None:
        record["title"] = document.title
    if document.url is not None:
        record["url"] = document.url
    if document.labels:
        record["labels"] = facts(document.labels)
    if entry.chunks:
        record["chunks"] = [[chunk.ordinal, chunk.digest, chunk.how._value_] for chunk in entry.chunks]
    if entry.reason is not None:
        record["reason"] = entry.reason
    return record


def _embedding(body: Embedding, table: _Decisions) -> Object:
    record: Object = {
        "principal": _principal(body.principal),
        "provider": body.provider,
        "model": body.model,
        "region": body.region,
        "text": body.text,
        "policy": body.policy,
    }
    if body.findings:
        record["findings"] = [_noted(noted) for noted in body.findings]
    if body.decisions:
        record["judged"] = table.positions(body.decisions)
    return record


def _access(body: Accessed) -> Object:
    record: Object = {"principal": _principal(body.principal), "action": body.action}
    if body.subjects:
        record["subjects"] = list(body.subjects)
    if body.query:
        record["query"] = body.query
    return record


def _quarantine(body: Quarantined) -> Object:
    record: Object = {
        "source": [body.source.namespace, body.source.name],
        "document": body.document,
        "reason": body.reason,
    }
    if body.released:
        record["released"] = True
    if body.rule:
        record["rule"] = body.rule
    if body.owner is not None:
        record["owner"] = body.owner
    if body.run:
        record["run"] = body.run
    if body.principal is not None:
        record["principal"] = _principal(body.principal)
    return record


def _incident(body: IncidentChanged) -> Object:
    record: Object = {"incident": body.incident, "step": body.step._value_, "principal": _principal(body.principal)}
    if body.text:
        record["text"] = body.text
    if body.items:
        record["items"] = list(body.items)
    return record


def _hold(body: Held) -> Object:
    record: Object = {"principal": _principal(body.principal), "action": body.action, "kind": body.kind}
    if body.target:
        record["target"] = body.target
    if body.reason:
        record["reason"] = body.reason
    return record


def _erasure(body: Erased) -> Object:
    record: Object = {"principal": _principal(body.principal), "kind": body.kind, "texts": body.texts}
    if body.subject:
        record["subject"] = body.subject
    if body.entries:
        record["entries"] = [list(entry) for entry in body.entries]
    if body.names:
        record["names"] = list(body.names)
    if body.owner:
        record["owner"] = body.owner
    if body.documents:
        record["documents"] = list(body.documents)
    if body.before is not None:
        record["before"] = body.before
    return record
