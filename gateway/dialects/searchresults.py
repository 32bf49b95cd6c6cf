"""What a search found, as OpenAI's vector stores and their tool tell it."""

from datetime import datetime
from pathlib import PurePosixPath

from gateway.domain.documents import Chunk
from gateway.domain.json import Object

_MOST_ATTRIBUTES = 16


def result(chunk: Chunk) -> Object:
    """Return what is told of *chunk* beside its text."""
    return {
        "file_id": chunk.document,
        "filename": chunk.title or PurePosixPath(chunk.document).name or chunk.document,
        "score": min(1.0, max(0.0, chunk.score or 0.0)),
        "attributes": _attributes(chunk),
    }


def _attributes(chunk: Chunk) -> Object:
    """Return the labels that are single values, and the source; lists, such as who may read it, are not told."""
    told: Object = {"source": str(chunk.source)}
    for name, value in chunk.labels.items():
        if isinstance(value, datetime):
            told[name] = value.isoformat()
        elif not isinstance(value, tuple):
            told[name] = value
    return dict(list(told.items())[:_MOST_ATTRIBUTES])
