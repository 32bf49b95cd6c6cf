"""Documents that a tool has found: JSON in the text of its result.

The convention of OpenAI's connectors, which MCP servers follow: a search returns `{"results": [{id, title, url,
text}]}` or just that list, a fetch returns one such object.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.json import JSON, Object, Path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.DOTALL)
_NAMES = ("id", "url", "title")
"""What a result may be known by, the first that is there."""


def results_in(text: str, at: Path, tool: str) -> Iterator[Chunk]:
    """Yield the documents in *text*, the result of *tool* that stands at *at*; none when it is no such JSON."""
    if text.lstrip()[:1] not in ("{", "[") or '"text"' not in text:
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    where: Mapping[Path, tuple[int, int]] | None = None
    for path, result in _results(value):
        where = where or spans(text)
        yield found(result, tool, path=at, spans=(where[*path, "text"],))


def found(result: Object, tool: str, *, path: Path, spans: tuple[tuple[int, int], ...] = (), block: Path = ()) -> Chunk:
    """Return *result* of *tool*, which has a text, as a chunk that stands in the request already."""
    text = cast(str, result["text"])
    title, url = result.get("title"), result.get("url")
    name = next((str(result[name]) for name in _NAMES if _is_name(result.get(name))), digest(text))
    return Chunk(
        source=Source("lineward", f"tool:{tool}"),
        document=name,
        version=digest(text),
        ordinal=0,
        text=text,
        how=How.DECLARED,
        title=title if isinstance(title, str) and title else None,
        url=url if isinstance(url, str) and url else None,
        path=path,
        spans=spans,
        block=block,
    )


def spans(text: str) -> dict[Path, tuple[int, int]]:
    """Return where in *text*, which is valid JSON, the characters of each string stand: between its quotes."""
    where: dict[Path, tuple[int, int]] = {}
    at: list[str | int | None] = []
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "{[":
            at.append(None if mark == "{" else 0)
        elif mark in "}]":
            at.pop()
        elif mark == ",":
            at[-1] = at[-1] + 1 if isinstance(at[-1], int) else None
        elif at and at[-1] is None:
            at[-1] = json.loads(mark, strict=False)
        else:
            where[tuple(cast("list[str | int]", at))] = token.start() + 1, token.end() - 1
    return where


def _results(value: JSON) -> Iterator[tuple[Path, Object]]:
    """Yield the results in *value*, each with its path; a thing with a text and no name is none."""
    inside, at = (value["results"], ("results",)) if isinstance(value, dict) and "results" in value else (value, ())
    if isinstance(inside, list):
        for position, item in enumerate(inside):
            if _is_result(item):
                yield (*at, position), cast(Object, item)
    elif _is_result(inside):
        yield at, cast(Object, inside)


def _is_result(item: JSON) -> bool:
    text = item.get("text") if isinstance(item, dict) else None
    return (
        isinstance(item, dict) and isinstance(text, str) and bool(text) and any(_is_name(item.get(n)) for n in _NAMES)
    )


def _is_name(value: JSON) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
