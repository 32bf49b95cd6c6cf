"""What of a request a translating library is given, by name: nothing that it could take for an option of its own."""

import re
from collections.abc import Set as AbstractSet

from gateway.domain.errors import ProviderRefused
from gateway.domain.json import JSON, Object, Path, place, strings

PASSED = frozenset(
    {
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "modalities",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)
"""OpenAI's chat parameters, each of which `litellm.acompletion` documents as an argument of its own."""

_OURS = frozenset({"model", "metadata"})
"""Not passed and not missed: the gateway chooses the model, and `metadata` only tags what OpenAI itself stores."""

_MEDIA = frozenset({"audio_url", "file_data", "image_url", "images", "uri", "url", "video_url"})
"""Keys of message parts whose value a library may fetch."""

_FILE_ID = re.compile(r"[A-Za-z0-9_\-]+")


def parameters(raw: Object, names: AbstractSet[str] = PASSED) -> Object:
    """Return the fields of the body *raw* that are passed on: those of *names*, its dialect's parameters.

    Raises `ProviderRefused` (400) for a field that has no translation, rather than answering as if it were not there;
    for a tool that the library would call itself; and for media that it would fetch: no address that a caller names is
    ever connected to from here.
    """
    for name in raw.keys() - names - _OURS:
        raise _refused(f"{name!r} cannot be translated for this model's provider; leave it out.", name)
    _check_tools(raw.get("tools"))
    for name in ("messages", "input"):
        _check_media(raw.get(name), name)
    passed: Object = {name: value for name, value in raw.items() if name in names and value is not None}
    if not passed.get("stream"):
        passed.pop("stream_options", None)
    return passed


def _check_tools(tools: JSON) -> None:
    for position, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and (tool.get("type") == "mcp" or "server_url" in tool):
            raise _refused("Tools on servers that a request names are not called.", f"tools[{position}]")


def _check_media(content: JSON, name: str) -> None:
    for path, value in strings(content, (name,)):
        if _is_fetched(path, value):
            raise _refused("Media must be sent along as a 'data:' URL for this model's provider.", place(path))


def _is_fetched(path: Path, value: str) -> bool:
    if "annotations" in path:  # of an earlier answer: where it found what it said
        return False
    key = next(step for step in reversed(path) if isinstance(step, str))
    if key in _MEDIA:
        return not value.startswith("data:")
    return key == "file_id" and not _FILE_ID.fullmatch(value)


def _refused(sentence: str, param: str) -> ProviderRefused:
    return ProviderRefused(sentence, status=400, code="unsupported_parameter", param=param)
