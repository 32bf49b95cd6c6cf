"""The conversation of OpenAI's responses as that of a chat completion."""

from collections.abc import Iterator
from typing import cast

from gateway.dialects.responses import items
from gateway.domain.json import JSON, Object, Path
from gateway.providers.translating_messages_content import plain, unsupported

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_THOUGHTS = frozenset({"reasoning", "compaction"})
_FOUND = "Results of a search in files:"


def conversation(raw: Object) -> list[JSON]:
    """Return `instructions` and `input` of the body *raw* as messages.

    Raises `ProviderRefused` for an item or a part without translation.
    """
    found: list[Object] = []
    if raw.get("instructions"):
        found.append({"role": "system", "content": _content(raw["instructions"], ("instructions",))})
    for position, item in enumerate(items(raw)):
        _add(item, ("input", position), found)
    return [*found]


def _add(item: Object, at: Path, found: list[Object]) -> None:
    """Add *item* to the messages *found*. A call is part of what the assistant said just before it."""
    kind = item.get("type", "message")
    if kind == "message":
        found.append(_message(item, at))
    elif kind == "function_call":
        _assistants(found).setdefault("tool_calls", [])
        cast("list[JSON]", found[-1]["tool_calls"]).append(_call(item))
    elif kind == "function_call_output":
        content = _content(item.get("output"), (*at, "output"), only_text=True)
        found.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": content})
    elif kind == "file_search_call":
        found += _search(item, at)
    elif kind not in _THOUGHTS:
        raise unsupported(at)


def _assistants(found: list[Object]) -> Object:
    """Return the assistant's message that *found* ends with."""
    if not found or found[-1].get("role") != "assistant":
        found.append({"role": "assistant", "content": None})
    return found[-1]


def _message(item: Object, at: Path) -> Object:
    role = item.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise unsupported((*at, "role"))
    content = _content(item.get("content"), (*at, "content"), only_text=role != "user")
    if role == "assistant" and isinstance(content, list):
        content = "".join(str(cast(Object, part)["text"]) for part in content)
    return {"role": _ROLES[role], "content": content}


def _call(item: Object) -> Object:
    called: Object = {"name": item.get("name"), "arguments": item.get("arguments")}
    return {"id": item.get("call_id"), "type": "function", "function": called}


def _search(item: Object, at: Path) -> Iterator[Object]:
    """Yield what a search has found as words of the user's: it has no authority over the model."""
    results = item.get("results")
    texts: list[str] = []
    for position, result in enumerate(results if isinstance(results, list) else ()):
        if not isinstance(result, dict):
            raise unsupported((*at, "results", position))
        texts.append("\n".join(str(result[name]) for name in ("filename", "text") if result.get(name)))
    if texts:
        yield {"role": "user", "content": "\n\n".join([_FOUND, *texts])}


def _content(content: JSON, at: Path, *, only_text: bool = False) -> JSON:
    """Return *content*, a text or parts, as a message's."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise unsupported(at)
    return plain([_part(part, (*at, position), only_text=only_text) for position, part in enumerate(content)])


def _part(part: JSON, at: Path, *, only_text: bool) -> JSON:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind in ("input_text", "output_text", "text"):
        return {"type": "text", "text": part.get("text", "")}
    if isinstance(part, dict) and kind == "refusal":
        return {"type": "text", "text": part.get("refusal", "")}
    if isinstance(part, dict) and not only_text:
        if kind == "input_image" and part.get("image_url"):
            image: Object = {"url": part["image_url"]}
            return {"type": "image_url", "image_url": image | _kept(part, "detail")}
        if kind == "input_file" and not part.get("file_url"):
            return {"type": "file", "file": _kept(part, "file_data", "file_id", "filename")}
        if kind == "input_audio":
            return {"type": "input_audio", "input_audio": part.get("input_audio")}
    raise unsupported(at)


def _kept(part: Object, *names: str) -> Object:
    return {name: part[name] for name in names if part.get(name) is not None}
