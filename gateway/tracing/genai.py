"""A response's record as spans of OpenTelemetry's GenAI conventions; pure.

A span `chat {model}`, and for each source of documents one `retrieval {data_source}` whose `gen_ai.retrieval.documents`
say of each document, beside `id` and `score`, what only the record knows: `content_hash`, `version`, `source`, `rank`,
`used_in_prompt`, and the rule that spoke as `policy`. The conventions allow such keys. They belong to the caller's own
trace where it sent a `traceparent`.

https://github.com/open-telemetry/semantic-conventions-genai
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import orjson

from gateway.domain.documents import ChunkState
from gateway.domain.json import JSON, Object
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.tracing.emitted import Emitted

_IN_PROMPT = (ChunkState.SENT, ChunkState.MASKED, ChunkState.ATTRIBUTED)


def spans(record: ResponseRecord, *, content: bool = False) -> Sequence[Emitted]:
    """Return the spans of *record*; with *content* what the store kept of question and answer, else no text at all."""
    sources: dict[str, list[ContextEntry]] = defaultdict(list)
    for entry in record.context:
        sources[entry.source].append(entry)
    return [*(_retrieval(record, source, entries) for source, entries in sources.items()), _chat(record, content)]


def _chat(record: ResponseRecord, content: bool) -> Emitted:
    said: dict[str, JSON] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": record.provider,
        "gen_ai.request.model": record.model,
        "gen_ai.request.stream": record.stream,
        "gen_ai.response.id": record.id,
        "gen_ai.response.model": record.model_served,
        "gen_ai.response.finish_reasons": list[JSON](record.finish_reasons),
        "error.type": record.error,
        "lineward.application": record.application,
        "lineward.tenant": record.tenant,
        "lineward.decision": record.decision,
        "lineward.policy": record.policy,
    }
    if record.usage:
        said["gen_ai.usage.input_tokens"] = record.usage.prompt_tokens
        said["gen_ai.usage.output_tokens"] = record.usage.completion_tokens
    if record.first_delta_ms is not None:
        said["gen_ai.response.time_to_first_chunk"] = record.first_delta_ms / 1000
    if content and record.question:
        said["gen_ai.input.messages"] = _message("user", record.question)
    if content and record.answer:
        said["gen_ai.output.messages"] = _message("assistant", record.answer)
    return _span(record, f"chat {record.model}", said, record.total_ms or 0.0, record.error)


def _retrieval(record: ResponseRecord, source: str, entries: Sequence[ContextEntry]) -> Emitted:
    said: dict[str, JSON] = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": source,
        "gen_ai.retrieval.documents": orjson.dumps([_document(entry) for entry in entries]).decode(),
    }
    return _span(record, f"retrieval {source}", said, 0.0)


def _document(entry: ContextEntry) -> Object:
    said: Object = {
        "id": entry.document,
        "score": entry.score,
        "content_hash": entry.chunk,
        "version": entry.version,
        "source": entry.source,
        "rank": entry.rank,
        "used_in_prompt": entry.state in _IN_PROMPT,
        "policy": entry.rule,
    }
    return {name: value for name, value in said.items() if value is not None}


def _message(role: str, text: str) -> str:
    return orjson.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}]).decode()


def _span(record: ResponseRecord, name: str, said: dict[str, JSON], lasted: float, error: str = "") -> Emitted:
    """Return a span that began when the intent of *record* was written, and *lasted* so many milliseconds."""
    known = {key: value for key, value in said.items() if value not in ("", [])}
    span_id = hashlib.sha256(f"{record.id} {name}".encode("utf-8", "replace")).digest()[:8]
    end = record.at + timedelta(milliseconds=lasted)
    return Emitted(_trace(record), span_id, name, record.at, end, known, error)


def _trace(record: ResponseRecord) -> bytes:
    """Return the caller's trace, or one of the response's own."""
    try:
        given = bytes.fromhex(record.trace_id)
    except ValueError:
        given = b""
    return given if len(given) == 16 and any(given) else hashlib.sha256(record.id.encode()).digest()[:16]
