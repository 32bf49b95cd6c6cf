"""Documents that a caller declares in the body's `documents`."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import cast

import orjson

from gateway.dialects.typed import string
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.json import JSON, Object

_SHA256 = re.compile(r"(?:sha256:)?[0-9a-fA-F]{64}")
_BRIEF = 1_000
"""Bytes of labels that are remembered; more are read anew each time."""
_LONG = 4_000
"""Characters of a document that is remembered."""
DECLARED = Source("lineward", "declared")
"""Source of a declared document that names none."""


def declared(documents: JSON) -> tuple[Chunk, ...]:
    """Return the chunks of the body's `documents`: Lineward's form, vLLM's `{title, text}` or Cohere's `{id, data}`."""
    if documents is None:
        return ()
    if not isinstance(documents, list):
        raise BadRequest("'documents' must be a list.", param="documents", code="invalid_type")
    return tuple(_declared_one(item, position) for position, item in enumerate(documents))


def context(standing: JSON) -> tuple[Chunk, ...]:
    """Return the chunks of `lineward.context`: as in `documents`, or with a `sha256` of the text for the text."""
    if standing is None:
        return ()
    if not isinstance(standing, list):
        raise BadRequest("'lineward.context' must be a list.", param="lineward.context", code="invalid_type")
    return tuple(_standing_one(item, position) for position, item in enumerate(standing))


def _standing_one(item: JSON, position: int) -> Chunk:
    at = f"lineward.context[{position}]"
    sha256 = item.get("sha256") if isinstance(item, dict) else None
    if not isinstance(item, dict) or sha256 is None:
        return replace(_declared_one(item, position, at), path=())
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        param = f"{at}.sha256"
        raise BadRequest(f"'{param}' must be 64 hexadecimal digits.", param=param, code="invalid_value")
    named = _declared_one({"text": sha256, **item}, position, at)
    found = f"sha256:{sha256.lower().removeprefix('sha256:')}"
    return replace(named, text="", digest=found, version=named.version if "version" in item else found, path=())


def _declared_one(item: JSON, position: int, at: str = "") -> Chunk:
    at = at or f"documents[{position}]"
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict):
        raise BadRequest(f"'{at}' must be an object with a 'text'.", param=at, code="invalid_type")
    if isinstance(data := item.get("data"), dict):
        item = {**_of_data(data), **{name: value for name, value in item.items() if name != "data"}}
    text = string(item, "text", required=True, at=at + ".")
    identity = item.get("id", item.get("url", item.get("title")))
    score = item.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise BadRequest(f"'{at}.score' must be a number.", param=f"{at}.score", code="invalid_type")
    made = _remembered if len(text) <= _LONG else _chunk
    return made(
        text,
        str(identity) if isinstance(identity, str | int) else "",
        string(item, "source", at=at + "."),
        string(item, "version", at=at + "."),
        string(item, "title", at=at + "."),
        string(item, "url", at=at + "."),
        _labels(item.get("labels"), f"{at}.labels"),
        score,
        position,
    )


def _chunk(
    text: str,
    name: str,
    source: str,
    version: str,
    title: str,
    url: str,
    labels: Facts,
    score: float | None,
    position: int,
) -> Chunk:
    named = digest(text)
    return Chunk(
        source=Source.parse(source) if source else DECLARED,
        document=name or named,
        version=version or named,
        ordinal=0,
        text=text,
        how=How.DECLARED,
        digest=named,
        title=title or None,
        url=url or None,
        labels=labels,
        score=score,
        rank=position + 1,
        path=("documents", position, "text"),
    )


_remembered = lru_cache(maxsize=1024, typed=True)(_chunk)
"""The same for documents that are declared again and again: 1 and 1.0 are different scores."""


def _of_data(data: Object) -> Object:
    """Return Cohere's fields of a document under our names. Where none is its text, all of them together are."""
    names = {"text": ("text", "snippet", "content"), "title": ("title",), "url": ("url",)}
    found: Object = {}
    for name, known in names.items():
        value = next((data[key] for key in known if isinstance(data.get(key), str) and data[key]), None)
        if value is not None:
            found[name] = value
    found.setdefault("text", "\n".join(f"{name}: {value}" for name, value in data.items()))
    return found


def _labels(value: JSON, at: str) -> Facts:
    """Return the labels in *value*, the same object for the same ones: what is remembered of them is found at once."""
    if value is None:
        return NONE
    if not isinstance(value, dict):
        raise BadRequest(f"'{at}' must be an object.", param=at, code="invalid_type")
    try:
        written = orjson.dumps(value)
        return _known(written) if len(written) <= _BRIEF else _read(value, at)
    except (orjson.JSONEncodeError, BadRequest):
        return _read(value, at)  # which says where, if it is wrong


@lru_cache(maxsize=4096)
def _known(written: bytes) -> Facts:
    return _read(orjson.loads(written))


def _read(value: Object, at: str = "") -> Facts:
    labels: dict[str, Value] = {}
    for name, item in value.items():
        if isinstance(item, str | int | float | bool):
            labels[name] = item
        elif isinstance(item, list) and all(isinstance(part, str) for part in item):
            labels[name] = tuple(cast("list[str]", item))
        elif item is not None:
            raise BadRequest(
                f"'{at}.{name}' must be a string, a number, true, false or a list of strings.",
                param=f"{at}.{name}",
                code="invalid_type",
            )
    return Facts(labels)
