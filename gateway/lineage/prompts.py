"""The prompt as it left, put together again from what the record kept: the manifest's bytes in the request's shape.

The *shape* is the body with a number in place of each text, so that a text which comes again, such as a document or an
earlier turn, is kept once. A text is the strings of the manifest that stand at one path, joined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import orjson

from gateway.domain.digests import Digest, digest
from gateway.domain.json import JSON, Object
from gateway.domain.records import ResponseRecord
from gateway.domain.runs import Segment

_TEXT = "lineward:text"
"""The only key of what stands in a shape for a text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of the prompt with its bytes, as far as they are kept."""

    segment: Segment
    text: str | None
    """`None` when it is not kept, or what is kept is not what left."""


@dataclass(frozen=True, slots=True)
class PromptText:
    """One string of the prompt."""

    path: str
    text: str | None
    """`None` when a piece of it is missing."""
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a response's model was asked, byte for byte."""

    response: str
    texts: Sequence[PromptText]
    """In the order in which the model read them."""
    missing: Sequence[Digest]
    """Digests of the pieces that are not kept: never, not any more, or altered."""
    body: Object | None = None
    """The request's body, but for the model's own name at the provider; `None` when something of it is missing."""


def shape(raw: Object, texts: Sequence[str]) -> str:
    """Return the body *raw* with a number in place of each of *texts*; empty when it cannot be written so.

    Strings that equal one of *texts* are exchanged wherever they stand: they come back just the same.
    """
    numbers: dict[str, int] = {}
    for number, text in enumerate(texts):
        numbers.setdefault(text, number)
    try:
        return orjson.dumps(_shaped(raw, numbers)).decode()
    except (orjson.JSONEncodeError, RecursionError, ValueError):
        return ""


def rebuilt(response: str, manifest: Sequence[Segment], shape: str, kept: Mapping[Digest, str]) -> Prompt:
    """Return the prompt of *response* from its *manifest*, its *shape* and the texts that are *kept*, by digest.

    Whatever is kept is believed only if it has the digest that the manifest names.
    """
    pieces: dict[str, list[Piece]] = {}
    for segment in manifest:
        pieces.setdefault(segment.path, []).append(Piece(segment, _kept(segment, kept)))
    texts = [PromptText(path, _joined(found), found) for path, found in pieces.items()]
    missing = [one.segment.digest for found in pieces.values() for one in found if one.text is None]
    body: Object | None = None
    if shape and not missing:
        body = cast(Object, _filled(orjson.loads(shape), [cast(str, text.text) for text in texts]))
    return Prompt(response, texts, list(dict.fromkeys(missing)), body)


def _kept(segment: Segment, kept: Mapping[Digest, str]) -> str | None:
    text = kept.get(segment.digest)
    return text if text is not None and digest(text) == segment.digest else None


def _joined(pieces: Sequence[Piece]) -> str | None:
    texts = [piece.text for piece in pieces]
    return None if None in texts else "".join(cast(list[str], texts))


def _shaped(value: JSON, numbers: Mapping[str, int]) -> JSON:
    if isinstance(value, str):
        number = numbers.get(value)
        return value if number is None else {_TEXT: number}
    if isinstance(value, dict):
        if _TEXT in value:
            raise ValueError("a body that uses our own key")
        return {key: _shaped(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [_shaped(item, numbers) for item in value]
    return value


def _filled(value: JSON, texts: Sequence[str]) -> JSON:
    if isinstance(value, dict):
        number = value.get(_TEXT)
        if isinstance(number, int):
            return texts[number]
        return {key: _filled(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, texts) for item in value]
    return value


class Texts(Protocol):
    """Reads the texts that are kept."""

    def texts(self, digests: Sequence[Digest], tenant: str) -> Mapping[Digest, str]:
        """Return those texts of *tenant* that are kept, by digest."""


def prompt_of(record: ResponseRecord, texts: Texts) -> Prompt:
    """Return the prompt of the response that *record* is of, from *texts*."""
    named = [segment.digest for segment in record.manifest]
    if record.shape:
        named.append(record.shape)
    kept = texts.texts(list(dict.fromkeys(named)), record.tenant)
    return rebuilt(record.id, record.manifest, kept.get(record.shape, ""), kept)
