"""The body of one of OpenAI's responses as that of a chat completion."""

from collections.abc import Mapping

from gateway.domain.json import JSON, Object
from gateway.providers.translating_fields import Translate, chat_fields, left_out, named
from gateway.providers.translating_messages_content import unsupported
from gateway.providers.translating_responses_items import conversation

_LOGPROBS = "message.output_text.logprobs"
_CHOICES = frozenset({"auto", "none", "required"})


def chat_body(raw: Object) -> Object:
    """Return the body *raw* of a response as that of a chat completion.

    Raises `ProviderRefused` (400) for a field without translation, rather than answering as if it were not there.
    """
    fields = chat_fields(raw, {"model", "input", "instructions"}, _FIELDS)
    if "top_logprobs" in fields:
        fields["logprobs"] = True
    return {"model": raw["model"], "messages": conversation(raw), **fields}


def _include(names: JSON) -> Object:
    return {"logprobs": True} if isinstance(names, list) and _LOGPROBS in names else {}


def _reasoning(reasoning: JSON) -> Object:
    """Return how much to think; what is told of it is the provider's own business."""
    effort = reasoning.get("effort") if isinstance(reasoning, dict) else None
    return {"reasoning_effort": effort} if effort else {}


def _text(text: JSON) -> Object:
    """Return in which form to answer, and how much."""
    if not isinstance(text, dict):
        raise unsupported(("text",))
    body: Object = {}
    for name, value in text.items():
        if name == "verbosity":
            body |= {"verbosity": value} if value else {}
        elif name == "format" and isinstance(value, dict):
            body |= _format(value)
        elif value is not None:
            raise unsupported(("text", name))
    return body


def _format(form: Object) -> Object:
    kind = form.get("type")
    if kind == "text":
        return {}
    if kind == "json_object":
        return {"response_format": {"type": kind}}
    if kind != "json_schema":
        raise unsupported(("text", "format"))
    schema: Object = {name: value for name, value in form.items() if name != "type" and value is not None}
    return {"response_format": {"type": kind, "json_schema": schema}}


def _tools(tools: JSON) -> Object:
    if not isinstance(tools, list):
        raise unsupported(("tools",))
    return {"tools": [_tool(tool, position) for position, tool in enumerate(tools)]} if tools else {}


def _tool(tool: JSON, position: int) -> Object:
    """Return *tool* as a function. Tools that OpenAI runs itself are none."""
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise unsupported(("tools", position))
    function: Object = {name: value for name, value in tool.items() if name != "type" and value is not None}
    for name in function.keys() - {"name", "description", "parameters", "strict"}:
        raise unsupported(("tools", position, name))
    return {"type": "function", "function": function}


def _tool_choice(choice: JSON) -> Object:
    if isinstance(choice, dict) and choice.get("type") == "function":
        return {"tool_choice": {"type": "function", "function": {"name": choice.get("name")}}}
    if not isinstance(choice, str) or choice not in _CHOICES:
        raise unsupported(("tool_choice",))
    return {"tool_choice": choice}


_FIELDS: Mapping[str, Translate] = {
    "background": left_out,
    "include": _include,
    "max_output_tokens": named("max_completion_tokens"),
    "max_tool_calls": left_out,
    "metadata": left_out,
    "parallel_tool_calls": named("parallel_tool_calls"),
    "prompt_cache_key": left_out,
    "prompt_cache_options": left_out,
    "prompt_cache_retention": left_out,
    "reasoning": _reasoning,
    "safety_identifier": named("safety_identifier"),
    "service_tier": named("service_tier"),
    "store": left_out,
    "stream": named("stream"),
    "stream_options": left_out,
    "temperature": named("temperature"),
    "text": _text,
    "tool_choice": _tool_choice,
    "tools": _tools,
    "top_logprobs": named("top_logprobs"),
    "top_p": named("top_p"),
    "truncation": left_out,
    "user": named("user"),
}
"""Each field's translation."""
