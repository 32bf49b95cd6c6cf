"""Retrieval spans of the two conventions that applications are instrumented with, read as chunks; pure.

OpenInference: `openinference.span.kind` is `RETRIEVER`, and each document has attributes of its own,
`retrieval.documents.<n>.document.<id|content|score|metadata>`. OpenTelemetry GenAI: `gen_ai.operation.name` is
`retrieval`, and `gen_ai.retrieval.documents` is a list of objects, as JSON or as a value.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.domain.json import JSON, Object
from gateway.domain.labels import LABELS, read_labels
from gateway.retrievers.habits import key
from gateway.tracing.spans import Span

MOST = 1_000
"""Documents of one span."""

_ATTRIBUTE = re.compile(r"retrieval\.documents\.([0-9]{1,6})\.document\.(id|content|score|metadata)")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one span tells."""

    chunks: Sequence[Chunk] = ()
    notes: Sequence[str] = ()
    """What could not be read of it, in sentences without any of its text."""


NO_RETRIEVAL = Retrieved()


def retrieved(span: Span) -> Retrieved:
    """Return the chunks that *span* says to have been retrieved; none when it is of another kind.

    Raises `BadRequest` when its documents cannot be read.
    """
    said = span.attributes
    if said.get("openinference.span.kind") != "RETRIEVER" and said.get("gen_ai.operation.name") != "retrieval":
        return NO_RETRIEVAL
    notes: list[str] = []
    documents = _openinference(said, notes) or _gen_ai(said)
    if len(documents) > MOST:
        raise BadRequest(f"A retrieval span tells of more than {MOST} documents.")
    data_source = said.get("gen_ai.data_source.id")
    fallback = _source(data_source) or Source("lineward", f"trace:{data_source or span.service}")
    read = [_chunk(number, document, fallback, notes) for number, document in enumerate(documents)]
    return Retrieved([chunk for chunk in read if chunk], notes)


@dataclass(frozen=True, slots=True)
class _Document:
    """One document of a span, however it is written."""

    id: str
    text: str
    score: JSON
    said: Object
    """What else is said of it."""
    source: Source | None = None
    hash: Digest = ""


def _openinference(attributes: Mapping[str, JSON], notes: list[str]) -> list[_Document]:
    fields: dict[int, Object] = {}
    for name, value in attributes.items():
        if of := _ATTRIBUTE.fullmatch(name):
            fields.setdefault(int(of[1]), {})[of[2]] = value
    return [_of_fields(number, fields[number], notes) for number in sorted(fields)]


def _of_fields(number: int, fields: Object, notes: list[str]) -> _Document:
    said = _parsed(fields.get("metadata"))
    if said is not None and not isinstance(said, dict):
        notes.append(f"The metadata of document {number} is no object.")
    said = said if isinstance(said, dict) else {}
    named = key(said)  # a piece's own id tells people less than the path or address that it was loaded from
    name = str(named[1]) if named else _name(fields.get("id"))
    return _Document(name, _text(fields.get("content")), fields.get("score"), said, _source(name))


def _gen_ai(attributes: Mapping[str, JSON]) -> list[_Document]:
    listed = _parsed(attributes.get("gen_ai.retrieval.documents"))
    if listed is None and "gen_ai.retrieval.documents" not in attributes:
        return []
    if not isinstance(listed, list):
        raise BadRequest("'gen_ai.retrieval.documents' of a span is no list of objects.")
    entries = [one for one in listed if isinstance(one, dict)]
    if len(entries) < len(listed):
        raise BadRequest("'gen_ai.retrieval.documents' of a span holds what is no object.")
    return [_of_entry(one) for one in entries]


def _of_entry(entry: Object) -> _Document:
    metadata = entry.get("metadata")
    said = {**entry, **metadata} if isinstance(metadata, dict) else entry
    named = key(said)
    name = _name(entry.get("id")) or (str(named[1]) if named else "")
    hashed = _SHA256.fullmatch(_text(entry.get("content_hash")))
    text = _text(entry.get("content")) or _text(entry.get("text"))
    source = _source(said.get("source")) or _source(name)
    return _Document(name, text, entry.get("score"), said, source, f"sha256:{hashed[1]}" if hashed else "")


def _chunk(number: int, document: _Document, fallback: Source, notes: list[str]) -> Chunk | None:
    if not (document.id or document.text):
        notes.append(f"Document {number} of a retrieval span has neither a name nor text.")
        return None
    source = document.source or fallback
    name = document.id or digest(document.text)
    known = digest(document.text) if document.text else document.hash
    return Chunk(
        source=source,
        document=name,
        version=known,
        ordinal=0,
        text=document.text,
        how=How.TRACED,
        digest=known or digest(f"{source} {name}"),  # no text is known: it stands for the document alone
        title=_text(document.said.get("title")) or None,
        url=_text(document.said.get("url")) or None,
        labels=_labels(number, document.said, notes),
        score=_score(document.score),
    )


def _labels(number: int, said: Object, notes: list[str]) -> Facts:
    """Return the labels among what is *said*; one that cannot be read is noted, and the document counts."""
    labels: dict[str, JSON] = {name: value for name, value in said.items() if name in LABELS}
    read = Facts()
    for name, value in labels.items():
        try:
            read |= read_labels({name: value}, f"Document {number} of a retrieval span")
        except BadRequest as exc:
            notes.append(exc.message)
    return read


def _source(name: JSON) -> Source | None:
    """Return the source that *name*, an address such as `s3://bucket/key`, tells; `None` when it is none."""
    return Source.parse(name) if isinstance(name, str) and "://" in name else None


def _parsed(value: JSON) -> JSON:
    """Return *value*, or what it says when it is JSON in a string; `None` when that cannot be read."""
    if not isinstance(value, str):
        return value
    try:
        parsed: JSON = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _name(value: JSON) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _score(value: JSON) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) else None  # type: ignore[arg-type]
