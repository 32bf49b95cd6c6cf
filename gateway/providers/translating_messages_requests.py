"""The body of one of Anthropic's messages as that of a chat completion."""

from collections.abc import Mapping
from typing import cast

from gateway.domain.json import JSON, Object, Path
from gateway.providers.translating_fields import Translate, chat_fields, left_out, named
from gateway.providers.translating_messages_content import conversation, plain, text_parts, unsupported

_EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "xhigh"}
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_TIERS = {"auto": "auto", "standard_only": "default"}


def chat_body(raw: Object) -> Object:
    """Return the body *raw* of a message as that of a chat completion.

    Raises `ProviderRefused` (400) for a field without translation, rather than answering as if it were not there.
    """
    system = plain(text_parts(raw["system"], ("system",))) if raw.get("system") else None
    first: list[JSON] = [{"role": "system", "content": system}] if system else []
    messages: list[JSON] = [*first, *conversation(cast("list[Object]", raw["messages"]))]
    return {"model": raw["model"], "messages": messages, **chat_fields(raw, {"model", "messages", "system"}, _FIELDS)}


def _metadata(metadata: JSON) -> Object:
    if not isinstance(metadata, dict):
        raise unsupported(("metadata",))
    for name in metadata.keys() - {"user_id"}:
        raise unsupported(("metadata", name))
    return {"user": metadata["user_id"]} if metadata.get("user_id") else {}


def _output(config: JSON) -> Object:
    """Return what `output_config` means: how much effort, and which form."""
    if not isinstance(config, dict):
        raise unsupported(("output_config",))
    body: Object = {}
    for name, value in config.items():
        if name == "effort" and isinstance(value, str) and value in _EFFORTS:
            body["reasoning_effort"] = _EFFORTS[value]
        elif name == "format" and isinstance(value, dict) and value.get("type") == "json_schema":
            schema: Object = {"name": "answer", "schema": value.get("schema"), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        else:
            raise unsupported(("output_config", name))
    return body


def _tier(tier: JSON) -> Object:
    if not isinstance(tier, str) or tier not in _TIERS:
        raise unsupported(("service_tier",))
    return {"service_tier": _TIERS[tier]}


def _tools(tools: JSON) -> Object:
    if not isinstance(tools, list):
        raise unsupported(("tools",))
    return {"tools": [_tool(tool, ("tools", position)) for position, tool in enumerate(tools)]} if tools else {}


def _tool(tool: JSON, at: Path) -> Object:
    """Return *tool* as a function. Tools that Anthropic defines or runs itself are none."""
    if not isinstance(tool, dict) or tool.get("type", "custom") != "custom":
        raise unsupported(at)
    function: Object = {}
    for name, value in tool.items():
        known = {"name": "name", "description": "description", "input_schema": "parameters", "strict": "strict"}
        if name in known:
            function[known[name]] = value
        elif name not in ("type", "cache_control"):
            raise unsupported((*at, name))
    return {"type": "function", "function": function}


def _tool_choice(choice: JSON) -> Object:
    kind = choice.get("type") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(kind, str):
        raise unsupported(("tool_choice",))
    parallel: Object = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    if kind == "tool":
        return {"tool_choice": {"type": "function", "function": {"name": choice.get("name")}}, **parallel}
    if kind not in _CHOICES:
        raise unsupported(("tool_choice", "type"))
    return {"tool_choice": _CHOICES[kind], **parallel}


_FIELDS: Mapping[str, Translate] = {
    "cache_control": left_out,
    "max_tokens": named("max_completion_tokens"),
    "metadata": _metadata,
    "output_config": _output,
    "service_tier": _tier,
    "stop_sequences": named("stop"),
    "stream": named("stream"),
    "temperature": named("temperature"),
    "thinking": left_out,
    "tool_choice": _tool_choice,
    "tools": _tools,
    "top_p": named("top_p"),
}
"""Each field's translation."""
