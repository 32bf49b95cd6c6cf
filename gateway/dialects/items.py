"""The texts in the items of which a conversation consists in OpenAI's responses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.dialects.texts import KINDS, readable
from gateway.dialects.toolresults import found, results_in
from gateway.domain.chat import Text
from gateway.domain.documents import Chunk
from gateway.domain.json import JSON, Object, Path

JSON_CALLS = frozenset({"function_call", "mcp_call", "mcp_approval_request"})
"""Items whose `arguments` are JSON that travels as a string."""

_RESULTS = frozenset({"file_search_call", "web_search_call", "mcp_list_tools", "tool_search_output"})
"""Items that bring what a tool has found, beside those whose name ends in `_output`."""

_CALLS = frozenset({"function_call", "custom_tool_call"})
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output", "mcp_call"})
"""Items whose `output` is what a tool of the caller's, or of a server that it named, has said."""

_SEALED = frozenset({"reasoning", "compaction", "compaction_summary"})
"""Items that may carry what a model thought, for nobody but its provider to read."""

_OPAQUE = re.compile(r"[A-Za-z0-9+/_-]{100,}={0,2}")
"""Shorter ones may be a key."""

_WORDS = JSON_CALLS | _RESULTS | _CALLS | _OUTPUTS | _SEALED | {
    "message", "input_text", "output_text", "input_image", "input_file", "input_audio", "summary_text",
    "reasoning_text", "item_reference", "computer_call_output", "computer_screenshot", "code_interpreter_call", "logs",
    "refusal", "completed", "in_progress", "incomplete",
}  # fmt: skip
"""The protocol's own words for types and states."""


def item_texts(item: JSON, at: Path) -> Iterator[Text]:
    """Yield the texts in *item* of the conversation, which stands at *at*."""
    kind = _kind(item)
    for text in readable(item, at, kind):
        field = text.path[-1]
        if field in ("type", "status") and text.value in _WORDS:
            continue
        if field == "encrypted_content" and isinstance(item, dict) and is_sealed(item, text.value):
            continue
        if kind == "history" and len(text.path) == len(at) + 1 and is_json_call(item, field):
            yield replace(text, is_json=True)
        else:
            yield text


def is_json_call(item: JSON, field: object) -> bool:
    """Return whether *field* of *item* is the arguments of a call, which are JSON."""
    return field == "arguments" and isinstance(item, dict) and item.get("type") in JSON_CALLS


def called(item: Object) -> str | None:
    """Return the name of the tool that *item* calls; `None` when it calls none.

    A tool that the provider runs itself is named by the type of its calls: `web_search` for a `web_search_call`.
    """
    kind, name = item.get("type"), item.get("name")
    if not isinstance(kind, str) or not (kind.endswith("_call") or kind in JSON_CALLS):
        return None
    return name if isinstance(name, str) and name else kind.removesuffix("_call")


def is_sealed(item: Object, content: str) -> bool:
    """Return whether *content*, the `encrypted_content` of *item*, is what it says: no text that anybody could read.

    Only the provider whose model thought it can open it, and a single other character would spoil it.
    """
    return item.get("type") in _SEALED and _OPAQUE.fullmatch(content) is not None


def _kind(item: JSON) -> str:
    """Return whose words the texts of *item* are."""
    if not isinstance(item, dict):
        return "other"
    name, role = item.get("type", "message"), item.get("role")
    if name == "message":
        return KINDS.get(role, "other") if isinstance(role, str) else "other"
    if not isinstance(name, str):
        return "other"
    if name in _RESULTS or name.endswith("_output"):
        return "tool"
    return "history" if name.endswith("_call") or name in _SEALED or name in JSON_CALLS else "other"


def found_by_tools(items: Sequence[Object]) -> Iterator[Chunk]:
    """Yield the documents in the results of tools among *items*, the conversation at `input`."""
    tools = {item.get("call_id"): str(item.get("name")) for item in items if item.get("type") in _CALLS}
    for position, item in enumerate(items):
        at: Path = ("input", position)
        if item.get("type") == "file_search_call":
            yield from _search_results(item.get("results"), (*at, "results"))
        elif item.get("type") in _OUTPUTS:
            name = item.get("name") or tools.get(item.get("call_id")) or "function"
            yield from _outputs(item.get("output"), (*at, "output"), str(name))


def _search_results(results: JSON, at: Path) -> Iterator[Chunk]:
    for position, result in enumerate(results if isinstance(results, list) else ()):
        if isinstance(result, dict) and isinstance(result.get("text"), str) and result["text"]:
            named = {"id": result.get("file_id"), "title": result.get("filename"), "text": result["text"]}
            block = (*at, position)
            yield found(named, "file_search", path=(*block, "text"), block=block)


def _outputs(output: JSON, at: Path, tool: str) -> Iterator[Chunk]:
    if isinstance(output, str):
        yield from results_in(output, at, tool)
    for position, part in enumerate(output if isinstance(output, list) else ()):
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            yield from results_in(text, (*at, position, "text"), tool)
