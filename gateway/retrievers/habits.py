"""What the makers of vector collections write into metadata, read as documents; pure.

LangChain's loaders leave `source`, `page`, `title` and `start_index`; LlamaIndex `file_path`, `file_name`,
`page_label`, `document_id` and the whole node as JSON in `_node_content`; others `url` or `doc_uri`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.chunking import PAGE, Cut
from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.domain.labels import LABELS, LISTS, joined, read_labels

Metadata: TypeAlias = Mapping[str, object]

IDENTITY = (
    "doc_uri",
    "url",
    "source",
    "file_path",
    "path",
    "filename",
    "file_name",
    "document_id",
    "doc_id",
    "ref_doc_id",
)
"""Keys that name the document that an entry is a piece of, best first."""

TITLES = ("title", "document_title")
ADDRESSES = ("url", "doc_uri", "source", "link")
PAGES = ("page_label", "page_number", "page")
POSITIONS = ("start_index", "chunk_index", "chunk", "chunk_id", "seq")

Key: TypeAlias = tuple[str, str | int]
"""The metadata key that names a document, and its value there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a collection, without its vector."""

    id: str
    text: str
    said: Metadata


def key(said: Metadata) -> Key | None:
    """Return what names the document that an entry with the metadata *said* is of; `None` when nothing does."""
    for name in IDENTITY:
        value = said.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return name, value
    return None


def cut(source: Source, name: str, entries: Sequence[Entry]) -> Cut:
    """Return the document *name* of *source* as *entries* cut it, in the order of its pages and of places in them.

    Raises `BadRequest` for a label that cannot be read, or when no entry has text.
    """
    written = sorted((entry for entry in entries if entry.text.strip()), key=_place)
    if not written:
        raise BadRequest(f"{name} in {source} has no text, only vectors.", code="no_text")
    labels = [_labels(entry.said, f"{name} in {source}") for entry in written]
    about = [(_first(entry.said, TITLES), _address(entry.said)) for entry in written]
    version = _version(written, about, labels)
    title, url = about[0]
    document = Document(source, name, "\n".join(entry.text for entry in written), version, title, url, _all(labels))
    return Cut(
        document,
        [
            Chunk(source, name, version, at, entry.text, How.RETRIEVED, title=title, url=url, labels=own)
            for at, (entry, (title, url), own) in enumerate(zip(written, about, labels, strict=True))
        ],
    )


def _version(
    entries: Sequence[Entry], about: Sequence[tuple[str | None, str | None]], labels: Sequence[Facts]
) -> Digest:
    """Return the digest of what *entries* hold: other texts, titles, addresses or labels are another version."""
    parts = [
        [digest(entry.text), *of, sorted((name, repr(value)) for name, value in own.items())]
        for entry, of, own in zip(entries, about, labels, strict=True)
    ]
    return digest(json.dumps(parts))


def _all(labels: Sequence[Facts]) -> Facts:
    """Return the labels of a document whose pieces have these *labels*: the tightest of each."""
    result = Facts({name: value for name, value in labels[0].items() if name != PAGE})
    for own in labels[1:]:
        result = joined(result, Facts({name: value for name, value in own.items() if name != PAGE}))
    return result


def _labels(said: Metadata, at: str) -> Facts:
    """Return the labels that the metadata *said* holds under the names that labels have, and the page."""
    given: dict[object, object] = {name: _listed(name, value) for name, value in said.items() if name in LABELS}
    if (page := _number(said, PAGES)) is not None:
        given[PAGE] = page
    return read_labels(given, at)


def _listed(name: str, value: object) -> object:
    """Return *value* as a list where one is expected: metadata without lists holds them with commas."""
    return [part.strip() for part in value.split(",")] if name in LISTS and isinstance(value, str) else value


def _place(entry: Entry) -> tuple[int, int, str]:
    page = _number(entry.said, PAGES) or 0
    position = _number(entry.said, POSITIONS)
    return page, _start(entry.said) if position is None else position, entry.id


def _start(said: Metadata) -> int:
    """Return where a node of LlamaIndex begins in its document; 0 when that is not told."""
    content = said.get("_node_content")
    try:
        node = json.loads(content) if isinstance(content, str) else {}
    except (ValueError, RecursionError):
        return 0
    start = node.get("start_char_idx") if isinstance(node, dict) else None
    return start if isinstance(start, int) else 0


def _number(said: Metadata, names: Sequence[str]) -> int | None:
    for value in _values(said, names):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
            return int(value)
    return None


def _first(said: Metadata, names: Sequence[str]) -> str | None:
    return next((value for value in _values(said, names) if isinstance(value, str) and value), None)


def _address(said: Metadata) -> str | None:
    values = _values(said, ADDRESSES)
    return next(
        (value for value in values if isinstance(value, str) and value.startswith(("http://", "https://"))), None
    )


def _values(said: Metadata, names: Sequence[str]) -> Iterator[object]:
    return (said[name] for name in names if name in said)
