"""Citations in answers that come as output items: annotations of a text."""

from collections.abc import Sequence
from typing import cast

from gateway.domain.chat import Citation, Delta, Part
from gateway.domain.json import JSON, Object, replaced

_PLACE = ("item_id", "output_index", "content_index", "sequence_number")


def annotated(delta: Delta, part: Part, citations: Sequence[Citation]) -> tuple[list[Delta], Delta]:
    """Return what must come before *delta*, and *delta*, so that the text of *part* is annotated with *citations*.

    The event that ends a text has no place for them: they come as events before it.
    """
    notes = [_annotation(citation) for citation in citations]
    if delta.raw.get("type") == "response.output_text.done":
        return [_added(delta.raw, number, note) for number, note in enumerate(notes)], delta
    if part.raw.get("type") != "output_text":
        return [], delta
    known = part.raw.get("annotations")
    joined: list[JSON] = [*known, *notes] if isinstance(known, list) else [*notes]
    return [], Delta(cast(Object, replaced(delta.raw, {part.path: {**part.raw, "annotations": joined}})))


def _added(raw: Object, number: int, note: Object) -> Delta:
    at: Object = {name: raw[name] for name in _PLACE if name in raw}
    return Delta({
        "type": "response.output_text.annotation.added", **at, "annotation_index": number, "annotation": note,
    })  # fmt: skip


def _annotation(citation: Citation) -> Object:
    chunk = citation.chunk
    if chunk.url:
        return {
            "type": "url_citation",
            "start_index": citation.end,
            "end_index": citation.until,
            "url": chunk.url,
            "title": chunk.heading,
        }
    return {"type": "file_citation", "file_id": chunk.document, "filename": chunk.heading, "index": citation.end}
