"""Citations in answers that come as choices: OpenAI's annotations, Azure's context, Cohere's citations."""

from collections.abc import Sequence
from typing import cast

import orjson

from gateway.domain.chat import Citation, Cites, Delta, Part
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON, Object, replaced

_ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")


def cited(
    delta: Delta, part: Part, sources: Sequence[Chunk], citations: Sequence[Citation], cites: frozenset[Cites]
) -> tuple[list[Delta], Delta]:
    """Return what must come before *delta*, and *delta*; see `Dialect.cited`."""
    added = _introduced(sources, cites) | _named(citations, cites)
    if not added:
        return [], delta
    message = part.raw.get("message")
    if isinstance(message, dict):
        raw = cast(Object, replaced(delta.raw, {(*part.path, "message"): _with(message, added)}))
        return [], Delta(raw)
    return [_alone(delta, part.index, added)], delta


def _introduced(sources: Sequence[Chunk], cites: frozenset[Cites]) -> Object:
    """Return what an answer says of its documents before its first word."""
    if not (sources and Cites.CONTEXT in cites):
        return {}
    intent = orjson.dumps([]).decode()
    return {"context": {"citations": [_context_citation(chunk) for chunk in sources], "intent": intent}}


def _named(citations: Sequence[Citation], cites: frozenset[Cites]) -> Object:
    """Return what an answer says of its documents when it is complete."""
    added: Object = {}
    if citations and Cites.ANNOTATIONS in cites:
        added["annotations"] = [_annotation(citation) for citation in citations]
    if citations and Cites.CITATIONS in cites:
        added["citations"] = [_citation(citation) for citation in citations]
    return added


def _with(message: Object, added: Object) -> Object:
    """Return *message* with *added*, lists joined to those that the provider gave."""
    merged = dict(message)
    for name, value in added.items():
        before = message.get(name)
        merged[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return merged


def _alone(delta: Delta, index: int, added: Object) -> Delta:
    envelope: Object = {name: delta.raw[name] for name in _ENVELOPE if name in delta.raw}
    choice: Object = {"index": index, "delta": added, "logprobs": None, "finish_reason": None}
    return Delta({**envelope, "choices": [choice]})


def _context_citation(chunk: Chunk) -> JSON:
    return {
        "content": chunk.text,
        "title": chunk.title,
        "url": chunk.url,
        "filepath": chunk.document,
        "chunk_id": str(chunk.ordinal),
    }


def _annotation(citation: Citation) -> JSON:
    chunk = citation.chunk
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": citation.end,
            "end_index": citation.until,
            "title": chunk.heading,
            "url": chunk.url or f"{chunk.source}/{chunk.document}",
        },
    }


def _citation(citation: Citation) -> JSON:
    chunk = citation.chunk
    document: Object = {"id": chunk.document, "text": chunk.text}
    if chunk.title:
        document["title"] = chunk.title
    source: Object = {"type": "document", "id": chunk.document, "document": document}
    return {"start": citation.start, "end": citation.end, "text": citation.text, "sources": [source]}
