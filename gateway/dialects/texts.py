"""The texts of a request's body, whatever its dialect: every string but the protocol's own words."""

import re
from collections.abc import Iterator

from gateway.domain.chat import Text
from gateway.domain.json import JSON, Path, strings

KINDS = {"system": "system", "developer": "system", "user": "user", "assistant": "history", "tool": "tool"}
"""Role of a message to the kind of its texts."""

_BINARY = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*;base64,[A-Za-z0-9+/_-]*={0,2}")
_PROTOCOL = frozenset({"system", "developer", "user", "assistant", "tool", "function", "text", "image_url", "file",
                       "input_audio", "refusal", "object", "string", "number", "integer", "boolean", "array",
                       "json_object", "json_schema"})  # fmt: skip


def readable(value: JSON, at: Path, kind: str) -> Iterator[Text]:
    """Yield the texts in *value*, which stands at *at*; a role or type that the protocol itself knows is none."""
    for path, text in strings(value, at):
        if text in _PROTOCOL and path[-1] in ("role", "type"):
            continue
        binary = text.startswith("data:") and _BINARY.fullmatch(text)
        yield Text(path, text, "binary" if binary else kind, _is_json(path))


def text_of(content: JSON) -> str:
    """Return the text of a message's *content*, string or parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(text for text in texts if isinstance(text, str))
    return ""


def _is_json(path: Path) -> bool:
    """Return whether the text at *path* is JSON itself: the arguments of a call in the history."""
    return path[-1] == "arguments" and len(path) > 1 and path[-2] in ("function", "function_call")
