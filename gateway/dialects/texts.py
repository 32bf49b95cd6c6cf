"""The texts of a request's body, whatever its dialect: every string but the protocol's own words."""

import re
from collections.abc import Iterator

from gateway.domain.chat import Text
from gateway.domain.json import JSON, Name, Object, Path, strings

KINDS = {"system": "system", "developer": "system", "user": "user", "assistant": "history", "tool": "tool"}
"""Role of a message to the kind of its texts."""

_BINARY = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*;base64,[A-Za-z0-9+/_-]*={0,2}")
_PROTOCOL = frozenset({"system", "developer", "user", "assistant", "tool", "function", "text", "image_url", "file",
                       "input_audio", "refusal", "object", "string", "number", "integer", "boolean", "array",
                       "json_object", "json_schema"})  # fmt: skip


_KEYS = """
    additionalProperties annotations arguments audio cache_control call_id citations code collections container content
    data data_sources default description detail document_id documents enum file file_data file_id file_url filename
    filters format frequency_penalty function id image_url include include_usage index input input_audio instructions
    items json_schema logit_bias logprobs max_completion_tokens max_num_results max_output_tokens max_tokens media_type
    messages metadata mime_type modalities model n name output parallel_tool_calls parameters partial_json prediction
    presence_penalty previous_response_id prompt prompt_cache_key properties ranking_options reasoning reasoning_effort
    refusal required response_format role safety_identifier schema score seed service_tier source status stop
    stop_sequences store stream stream_options strict summary system temperature text thinking title tool_call_id
    tool_calls tool_choice tool_use_id tools top_k top_logprobs top_p truncation type url user vector_store_ids
    verbosity web_search_options
"""
USUAL_KEYS = frozenset(_KEYS.split())
"""Keys that the APIs themselves define; any other may have been chosen by anybody, for what it says."""


def readable(value: JSON, at: Path, kind: str) -> Iterator[Text]:
    """Yield the texts in *value*, which stands at *at*: strings, and keys that are nobody's usual words.

    A role or type that the protocol itself knows is none.
    """
    for path, text in strings(value, at, USUAL_KEYS):
        if text in _PROTOCOL and path[-1] in ("role", "type"):
            continue
        binary = text.startswith("data:") and _BINARY.fullmatch(text)
        yield Text(path, text, "binary" if binary else kind, _is_json(path))


def named(raw: Object, name: str, position: int, kind: str = "other") -> Iterator[Text]:
    """Yield the texts in the field *name* of *raw*, its number *position*: the name, unless usual, and the value."""
    if name not in USUAL_KEYS:
        yield Text((Name(name, position),), name, kind)
    yield from readable(raw[name], (name,), kind)


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
