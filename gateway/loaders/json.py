"""JSON: a list of documents, or any other value as one text."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from gateway.domain.described import described
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON
from gateway.loaders.decoding import decoded
from gateway.loaders.limits import Watch


@dataclass(frozen=True, slots=True)
class JSONLoader:
    """Reads a file that is a list of `{"id"?, "text", …}`, or has one under `documents`, as these documents.

    Every other file is one document with exactly its text.
    """

    suffixes: tuple[str, ...] = (".json",)
    labels: bool = True
    """Whether a document may say its own labels. Switch it off for files whose authors are not trusted with that."""

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*; raises `BadRequest` when it is not JSON, naming line and column."""
        Watch(name).size(blob)
        text = decoded(blob, name)
        items = _listed(_value(text, name)) if text.strip() else None
        if items is None:
            yield Document(source, name, text, digest(text))
            return
        for position, item in enumerate(items):
            at, named = f"{name}, documents[{position}]", f"{name}#{position}"
            yield described(item, source, at, name=named, labels=self.labels)


def _value(text: str, name: str) -> JSON:
    try:
        return orjson.loads(text)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as exc:
        place = f"line {exc.lineno}, column {exc.colno}"
        raise BadRequest(f"{name} is not valid JSON: {exc.msg} ({place}).", code="not_json") from None


def _listed(value: JSON) -> list[JSON] | None:
    """Return the documents that *value* lists; `None` when it is something else."""
    items = value.get("documents") if isinstance(value, dict) else value
    if not isinstance(items, list) or not items:
        return None
    return items if all(isinstance(item, dict) and isinstance(item.get("text"), str) for item in items) else None
