"""The conversation of Anthropic's messages as that of a chat completion.

A document becomes a text that says its title, its context and its words, one after the other: there is no block for it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from gateway.dialects.thoughts import THOUGHTS, type_of
from gateway.domain.errors import ProviderRefused
from gateway.domain.json import JSON, Object, Path, place

_FAILED = "The tool failed."


def conversation(messages: Sequence[Object]) -> list[JSON]:
    """Return *messages* as a chat completion's. Raises `ProviderRefused` for a block without translation."""
    found: list[JSON] = []
    for position, message in enumerate(messages):
        at: Path = ("messages", position)
        role, content = message["role"], message.get("content")
        if role == "assistant":
            found.append(_assistants(content, (*at, "content")))
        elif role == "user":
            found += _users(content, (*at, "content"))
        elif role == "system":
            found.append({"role": "system", "content": plain(text_parts(content, (*at, "content")))})
        else:
            raise unsupported((*at, "role"))
    return found


def unsupported(path: Path) -> ProviderRefused:
    """Return the refusal of what stands at *path*, which has no translation."""
    param = place(path)
    sentence = f"{param!r} cannot be translated for this model's provider; leave it out."
    return ProviderRefused(sentence, status=400, code="unsupported_parameter", param=param)


def plain(parts: list[JSON]) -> JSON:
    """Return *parts* as the content of a message: a text, if that is all there is, since some servers know no parts."""
    only = parts[0] if len(parts) == 1 else None
    if isinstance(only, dict) and only.get("type") == "text":
        return only["text"]
    return parts or ""


def text_parts(content: JSON, at: Path) -> list[JSON]:
    """Return *content*, a text or blocks of text, as parts."""
    parts: list[JSON] = []
    for path, block in _blocks(content, at):
        if block.get("type") != "text":
            raise unsupported(path)
        parts.append(_text(block.get("text")))
    return parts


def _blocks(content: JSON, at: Path) -> Iterator[tuple[Path, Object]]:
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise unsupported(at)
    for position, block in enumerate(content):
        if not isinstance(block, dict):
            raise unsupported((*at, position))
        yield (*at, position), block


def _text(text: JSON) -> Object:
    return {"type": "text", "text": text}


def _assistants(content: JSON, at: Path) -> Object:
    """Return what an assistant said. Texts that follow each other are one: only their citations divided them."""
    words: list[str] = []
    calls: list[JSON] = []
    for path, block in _blocks(content, at):
        kind = type_of(block)
        if kind == "text":
            words.append(str(block.get("text", "")))
        elif kind == "tool_use":
            called: Object = {
                "name": block.get("name"),
                "arguments": json.dumps(block.get("input"), ensure_ascii=False),
            }
            calls.append({"id": block.get("id"), "type": "function", "function": called})
        elif kind not in THOUGHTS:
            raise unsupported(path)
    message: Object = {"role": "assistant", "content": "".join(words) or None}
    return {**message, "tool_calls": calls} if calls else {**message, "content": "".join(words)}


def _users(content: JSON, at: Path) -> list[JSON]:
    """Return what the user said: first what its tools gave back, each as a message, then the rest as one."""
    results: list[JSON] = []
    parts: list[JSON] = []
    for path, block in _blocks(content, at):
        if block.get("type") == "tool_result":
            result = _Content()
            result.add_all(block.get("content", ""), (*path, "content"))
            texts = [_text(_FAILED), *result.texts] if block.get("is_error") else result.texts
            results.append({"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": plain(texts)})
            parts += result.media
        else:
            said = _Content()
            said.add(block, path)
            parts += [*said.texts, *said.media]
    return [*results, {"role": "user", "content": plain(parts)}] if parts or not results else results


@dataclass(slots=True)
class _Content:
    """Blocks as parts, texts apart from what is no text: the result of a tool can only be text."""

    texts: list[JSON] = field(default_factory=list)
    media: list[JSON] = field(default_factory=list)

    def add_all(self, content: JSON, at: Path) -> None:
        for path, block in _blocks(content, at):
            self.add(block, path)

    def add(self, block: Object, at: Path) -> None:
        kind = type_of(block)
        if kind == "text":
            self.texts.append(_text(block.get("text")))
        elif kind == "image":
            self.media.append({"type": "image_url", "image_url": {"url": _address(block, at)}})
        elif kind == "search_result":
            self._add_named([block.get("title"), block.get("source")], block.get("content"), (*at, "content"))
        elif kind == "document":
            self._add_document(block, at)
        else:
            raise unsupported(at)

    def _add_document(self, block: Object, at: Path) -> None:
        names = [block.get("title"), block.get("context")]
        source = block.get("source")
        kind = source.get("type") if isinstance(source, dict) else None
        if isinstance(source, dict) and kind in ("text", "content"):
            within = "data" if kind == "text" else "content"
            self._add_named(names, source.get(within), (*at, "source", within))
        elif kind == "base64":
            self.texts += [_text(name) for name in names if name]
            file: Object = {"filename": "document.pdf", "file_data": _address(block, at)}
            self.media.append({"type": "file", "file": file})
        else:
            raise unsupported((*at, "source"))

    def _add_named(self, names: Sequence[JSON], content: JSON, at: Path) -> None:
        inside = _Content()
        inside.add_all(content, at)
        words = [*filter(None, names), *(cast(Object, part)["text"] for part in inside.texts)]
        self.texts.append(_text("\n\n".join(str(word) for word in words)))
        self.media += inside.media


def _address(block: Object, at: Path) -> str:
    """Return the URL of the image or file *block*; what it brings along is a `data:` URL."""
    source = block.get("source")
    if isinstance(source, dict) and source.get("type") == "base64":
        return f"data:{source.get('media_type')};base64,{source.get('data')}"
    if isinstance(source, dict) and source.get("type") == "url":
        return str(source.get("url"))
    raise unsupported((*at, "source"))
