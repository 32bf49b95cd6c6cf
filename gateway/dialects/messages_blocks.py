"""The texts in Anthropic's messages: of what kind those of a content block are."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from operator import is_
from typing import cast

from gateway.dialects.texts import KINDS, named, readable
from gateway.dialects.thoughts import THOUGHTS, UNTHOUGHT, is_masked, type_of
from gateway.domain.chat import Text
from gateway.domain.json import JSON, Object, Path

_WORDS = frozenset({
    "image", "document", "search_result", "tool_use", "tool_result", "thinking", "redacted_thinking",
    "server_tool_use", "web_search_tool_result", "web_search_result", "mcp_tool_use", "mcp_tool_result", "base64",
    "url", "content", "ephemeral", "enabled", "disabled", "adaptive", "auto", "any", "none", "custom", "char_location",
    "page_location", "content_block_location", "search_result_location", "web_search_result_location",
})  # fmt: skip
"""Types that are the protocol's own words, beside those of other dialects."""

_SEALED = "history, sealed"
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*")
_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04")
_LONG = 128
"""Characters: longer than any key that could be taken for base64."""


def field_texts(raw: Object, name: str, position: int) -> Iterator[Text]:
    """Yield the texts in the field *name* of the body *raw*, its number *position*."""
    texts = named(raw, name, position, "system" if name == "system" else "other")
    return (text for text in texts if not _is_word(text))


def message_texts(message: Object, at: Path) -> Iterator[Text]:
    """Yield the texts in *message*, which stands at *at*."""
    role, content = message["role"], message.get("content")
    kind = KINDS.get(role, "other") if isinstance(role, str) else "other"
    kinds = [_kind(block, kind) for block in content] if isinstance(content, list) else []
    for text in readable(message, at, kind):
        if not _is_word(text):
            within = text.path[len(at) :]
            position = within[1] if kinds and within[0] == "content" else None
            yield _told(text, message, within, kinds[position] if isinstance(position, int) else kind)


def without_masked_thoughts(body: Object) -> Object:
    """Return *body*, which has messages, with `UNTHOUGHT` for each thought that was masked when it was answered."""
    known = cast("list[Object]", body["messages"])
    changed = [_without_masked(message) for message in known]
    return body if all(map(is_, changed, known)) else {**body, "messages": list[JSON](changed)}


def _without_masked(message: Object) -> Object:
    content = message.get("content")
    if not isinstance(content, list) or not any(map(is_masked, content)):
        return message
    return {**message, "content": [UNTHOUGHT if is_masked(block) else block for block in content]}


def _is_word(text: Text) -> bool:
    return text.path[-1] == "type" and text.value in _WORDS


def _kind(block: JSON, kind: str) -> str:
    """Return of what kind the texts of *block* are, in a message whose own are of the *kind*."""
    name = type_of(block)
    if name in THOUGHTS and kind == "history":
        return _SEALED
    return "tool" if name.endswith("tool_result") else kind


def _told(text: Text, message: Object, within: Path, kind: str) -> Text:
    """Return *text*, which stands *within* the message in a block of the *kind*, as what it is."""
    if kind is _SEALED:
        return replace(text, sealed=UNTHOUGHT)
    if within[-1] == "data" and _is_file(message, within[:-1]) and is_binary(text.value):
        return replace(text, kind="binary")
    return text if text.kind in (kind, "binary") else replace(text, kind=kind)


def _is_file(value: JSON, path: Path) -> bool:
    """Return whether what stands at *path* in *value* is the source of a file."""
    for step in path:
        value = value[step]  # type: ignore[index]
    return isinstance(value, dict) and value.get("type") == "base64"


def is_binary(data: str) -> bool:
    """Return whether *data*, said to be base64, really is a file or a text in it, and no text as it is.

    A card number is base64 as well, but of nothing that anybody would send.
    """
    if not _BASE64.fullmatch(data):
        return False
    if len(data) >= _LONG:
        return True
    try:
        decoded = b64decode(data)
        return decoded.startswith(_MAGIC) or bool(decoded.decode())
    except (binascii.Error, UnicodeDecodeError):
        return False
