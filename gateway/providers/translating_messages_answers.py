"""Answers of chat completions as Anthropic's messages: one whole message, or its events."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.dialects.texts import text_of
from gateway.domain.errors import ProviderFailed
from gateway.domain.json import JSON, Object

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
"""`finish_reason` to `stop_reason`."""
_THOUGHTS = ("reasoning_content", "reasoning")
"""Where servers put what a model thinks; OpenAI itself tells nothing of it."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a delta adds to one block."""

    block: tuple[str, int]
    """Type of the block, and number of the call among calls."""
    text: str
    id: JSON = None
    name: JSON = None


def message(raw: Object, model: str) -> Object:
    """Return the chat completion *raw* as a message; by *model* when it does not say.

    Raises `ProviderFailed` when the arguments of a call are no JSON object.
    """
    choice = _choice(raw)
    said = _said(choice)
    content: list[JSON] = [_block(piece) for piece in _pieces(said)]
    reason = choice.get("finish_reason") or "stop"
    return {**_opening(raw, model), "content": content, **_ending(choice, said, str(reason)), "usage": _usage(raw)}


class Events:
    """The events of one message, made as the chat completion's arrive."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._begun = False
        self._index = -1
        """Of the block that was begun last."""
        self._open: tuple[str, int] | None = None
        self._over: set[tuple[str, int]] = set()
        """Calls whose block has ended."""
        self._ending: Object = {"stop_reason": "end_turn", "stop_sequence": None}
        self._usage: Object = _usage({})
        self._refuses = False

    def of(self, raw: Object) -> Iterator[Object]:
        """Yield the events that *raw* stands for: an event of a chat completion, or a whole one.

        Raises `ProviderFailed` when calls come in pieces that are mixed up.
        """
        if not self._begun:
            self._begun = True
            yield {"type": "message_start", "message": {**_opening(raw, self._model), "content": [], **self._ending,
                                                        "stop_reason": None, "usage": self._usage}}  # fmt: skip
        choice = _choice(raw)
        said = _said(choice)
        for piece in _pieces(said):
            yield from self._add(piece)
        self._refuses = self._refuses or bool(said.get("refusal"))
        if choice.get("finish_reason"):
            self._ending = _ending(choice, {"refusal": self._refuses}, str(choice["finish_reason"]))
        if isinstance(raw.get("usage"), dict):
            self._usage = _usage(raw)

    def end(self) -> Iterator[Object]:
        """Yield the events with which the message ends."""
        if self._begun:
            yield from self._stop()
            yield {"type": "message_delta", "delta": self._ending, "usage": self._usage}
            yield {"type": "message_stop"}

    def _add(self, piece: _Piece) -> Iterator[Object]:
        if piece.block != self._open:
            yield from self._start(piece)
        if piece.text:
            yield {"type": "content_block_delta", "index": self._index, "delta": _delta(piece)}

    def _start(self, piece: _Piece) -> Iterator[Object]:
        yield from self._stop()
        if piece.block in self._over:
            raise ProviderFailed("The provider sent the pieces of several tool calls mixed up.")
        self._index += 1
        self._open = piece.block
        yield {"type": "content_block_start", "index": self._index, "content_block": _empty(piece)}

    def _stop(self) -> Iterator[Object]:
        if self._open is not None:
            if self._open[0] == "tool_use":
                self._over.add(self._open)
            self._open = None
            yield {"type": "content_block_stop", "index": self._index}


def _choice(raw: Object) -> Object:
    choices = raw.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _said(choice: Object) -> Object:
    said = choice.get("delta") or choice.get("message")
    return said if isinstance(said, dict) else {}


def _pieces(said: Object) -> Iterator[_Piece]:
    thought = next((said[name] for name in _THOUGHTS if said.get(name)), None)
    if isinstance(thought, str):
        yield _Piece(("thinking", 0), thought)
    for name in ("content", "refusal"):
        if text := text_of(said.get(name)):
            yield _Piece(("text", 0), text)
    calls = said.get("tool_calls")
    for position, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(call, dict) and isinstance(function, dict):
            number, arguments = call.get("index"), function.get("arguments")
            block = "tool_use", number if isinstance(number, int) else position
            yield _Piece(block, arguments if isinstance(arguments, str) else "", call.get("id"), function.get("name"))


def _empty(piece: _Piece) -> Object:
    """Return the block of *piece* with nothing in it yet."""
    kind = piece.block[0]
    if kind == "text":
        return {"type": kind, "text": ""}
    if kind == "thinking":
        return {"type": kind, "thinking": "", "signature": ""}
    return {"type": kind, "id": piece.id, "name": piece.name, "input": {}}


def _delta(piece: _Piece) -> Object:
    kind = piece.block[0]
    if kind == "tool_use":
        return {"type": "input_json_delta", "partial_json": piece.text}
    return {"type": f"{kind}_delta", kind: piece.text}


def _block(piece: _Piece) -> Object:
    kind = piece.block[0]
    return {**_empty(piece), **({"input": _input(piece.text)} if kind == "tool_use" else {kind: piece.text})}


def _input(arguments: str) -> Object:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ProviderFailed("The provider called a tool with arguments that are no JSON object.")
    return value


def _opening(raw: Object, model: str) -> Object:
    return {
        "id": raw.get("id") or "msg",
        "type": "message",
        "role": "assistant",
        "model": raw.get("model") or model,
    }


def _ending(choice: Object, said: Object, reason: str) -> Object:
    """Return why the message ends. `stop_reason` of a choice is how vLLM names the sequence that it came upon."""
    stop = choice.get("stop_reason")
    if reason == "stop" and isinstance(stop, str):
        return {"stop_reason": "stop_sequence", "stop_sequence": stop}
    told = "refusal" if said.get("refusal") else _REASONS.get(reason, "end_turn")
    return {"stop_reason": told, "stop_sequence": None}


def _usage(raw: Object) -> Object:
    """Return the tokens that *raw* tells. Those read from a cache are counted apart, as Anthropic does."""
    usage = raw.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    details = counts.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return {
        "input_tokens": max(0, _count(counts.get("prompt_tokens")) - cached),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": _count(counts.get("completion_tokens")),
    }


def _count(value: JSON) -> int:
    return value if isinstance(value, int) else 0
