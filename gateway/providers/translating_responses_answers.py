"""Answers of chat completions as OpenAI's responses: the events of one, and what they come to."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from gateway.domain.digests import new_id
from gateway.domain.json import JSON, Object

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""`finish_reason` to the reason of an answer that is not complete."""
_THOUGHTS = ("reasoning_content", "reasoning")
"""Where servers put what a model thinks; OpenAI itself tells nothing of it."""
_ECHOED: Object = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "store": True,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
"""What a response repeats of its request, as it is when the request does not say."""


@dataclass(slots=True)
class _Words:
    """An item that is words: of the answer, of a refusal, or of thinking."""

    kind: str
    """`output_text`, `refusal` or `reasoning_text`: the type of its part, and the family of its events."""
    index: int
    item: Object
    text: list[str] = field(default_factory=list)
    logprobs: list[JSON] = field(default_factory=list)

    @property
    def place(self) -> Object:
        return {"item_id": self.item["id"], "output_index": self.index, "content_index": 0}

    def part(self) -> Object:
        words = "".join(self.text)
        if self.kind == "output_text":
            return {"type": self.kind, "text": words, "annotations": [], "logprobs": [*self.logprobs]}
        return {"type": self.kind, "refusal" if self.kind == "refusal" else "text": words}


@dataclass(slots=True)
class _Call:
    """An item that is a call, and its arguments so far."""

    index: int
    item: Object
    arguments: list[str] = field(default_factory=list)

    @property
    def place(self) -> Object:
        return {"item_id": self.item["id"], "output_index": self.index}


class Events:
    """The events of one response to the body *request*, made as the chat completion's arrive."""

    def __init__(self, request: Object, model: str) -> None:
        echoed: Object = {
            name: value if request.get(name) is None else request[name] for name, value in _ECHOED.items()
        }
        self.response: Object = {
            "id": f"resp_{_id()}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "model": model,
            "output": [],
            "previous_response_id": None,
            "usage": None,
            **echoed,
        }
        """The whole response, once the events have ended."""
        self._number = 0
        self._begun = False
        self._words: _Words | None = None
        """The item whose words come now."""
        self._calls: dict[int, _Call] = {}
        """The calls by their numbers; they end with the answer, for their pieces may alternate."""
        self._output: list[Object] = []
        self._finish = "stop"

    def of(self, raw: Object) -> Iterator[Object]:
        """Yield the events that *raw* means: a chunk of a chat completion, or a whole one."""
        if not self._begun:
            self._begun = True
            self.response |= {name: raw[name] for name in ("model", "service_tier") if raw.get(name)}
            yield self._event("response.created", response={**self.response})
            yield self._event("response.in_progress", response={**self.response})
        if isinstance(raw.get("usage"), dict):
            self.response["usage"] = _usage(cast(Object, raw["usage"]))
        choices = raw.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                yield from self._of_choice(choice)

    def end(self) -> Iterator[Object]:
        """Yield the events that end the response."""
        yield from self._end_words()
        for call in self._calls.values():
            yield from self._end_call(call)
        reason = _INCOMPLETE.get(self._finish)
        self.response["status"] = status = "incomplete" if reason else "completed"
        self.response["incomplete_details"] = {"reason": reason} if reason else None
        self.response["output"] = [*self._output]
        yield self._event(f"response.{status}", response=self.response)

    def _of_choice(self, choice: Object) -> Iterator[Object]:
        said = choice.get("delta") or choice.get("message")
        if isinstance(said, dict):
            thought = next((said[name] for name in _THOUGHTS if said.get(name)), None)
            yield from self._say("reasoning_text", thought, None)
            yield from self._say("output_text", said.get("content"), choice.get("logprobs"))
            yield from self._say("refusal", said.get("refusal"), None)
            calls = said.get("tool_calls")
            for position, call in enumerate(calls if isinstance(calls, list) else ()):
                if isinstance(call, dict):
                    yield from self._call(call, position)
        if isinstance(choice.get("finish_reason"), str):
            self._finish = str(choice["finish_reason"])

    def _say(self, kind: str, text: JSON, logprobs: JSON) -> Iterator[Object]:
        if not isinstance(text, str) or not text:
            return
        words = self._words
        if words is None or words.kind != kind:
            yield from self._end_words()
            words = self._words = self._new_words(kind)
            yield self._event("response.output_item.added", output_index=words.index, item={**words.item})
            yield self._event("response.content_part.added", **words.place, part=words.part())
        words.text.append(text)
        more: Object = {}
        if kind == "output_text":
            known = logprobs.get("content") if isinstance(logprobs, dict) else None
            more["logprobs"] = known if isinstance(known, list) else []
            words.logprobs += cast("list[JSON]", more["logprobs"])
        yield self._event(f"response.{kind}.delta", **words.place, delta=text, **more)

    def _new_words(self, kind: str) -> _Words:
        item: Object = {"id": f"msg_{_id()}", "type": "message", "role": "assistant", "content": []}
        if kind == "reasoning_text":
            item = {"id": f"rs_{_id()}", "type": "reasoning", "summary": [], "content": []}
        return _Words(kind, self._next({**item, "status": "in_progress"}), self._output[-1])

    def _end_words(self) -> Iterator[Object]:
        words, self._words = self._words, None
        if words is None:
            return
        part = words.part()
        said = {name: part[name] for name in ("text", "refusal", "logprobs") if name in part}
        yield self._event(f"response.{words.kind}.done", **words.place, **said)
        yield self._event("response.content_part.done", **words.place, part=part)
        words.item |= {"status": "completed", "content": [part]}
        yield self._event("response.output_item.done", output_index=words.index, item=words.item)

    def _call(self, raw: Object, position: int) -> Iterator[Object]:
        number, function = raw.get("index", position), raw.get("function")
        number = number if isinstance(number, int) else position
        if not isinstance(function, dict):
            return
        call = self._calls.get(number)
        if call is None:
            yield from self._end_words()
            call = self._calls[number] = self._new_call(raw, function)
            yield self._event("response.output_item.added", output_index=call.index, item={**call.item})
        piece = function.get("arguments")
        if isinstance(piece, str) and piece:
            call.arguments.append(piece)
            yield self._event("response.function_call_arguments.delta", **call.place, delta=piece)

    def _new_call(self, raw: Object, function: Object) -> _Call:
        item: Object = {
            "id": f"fc_{_id()}",
            "type": "function_call",
            "call_id": raw.get("id") or f"call_{_id()}",
            "name": function.get("name") or "",
            "arguments": "",
            "status": "in_progress",
        }
        return _Call(self._next(item), item)

    def _end_call(self, call: _Call) -> Iterator[Object]:
        arguments = "".join(call.arguments)
        call.item |= {"arguments": arguments, "status": "completed"}
        yield self._event(
            "response.function_call_arguments.done", **call.place, name=call.item["name"], arguments=arguments
        )
        yield self._event("response.output_item.done", output_index=call.index, item=call.item)

    def _next(self, item: Object) -> int:
        """Return the place of *item*, which now is the last one of the output."""
        self._output.append(item)
        return len(self._output) - 1

    def _event(self, kind: str, **more: JSON) -> Object:
        event: Object = {"type": kind, "sequence_number": self._number, **more}
        self._number += 1
        return event


def _usage(usage: Object) -> Object:
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    details = usage.get("prompt_tokens_details")
    return {
        "input_tokens": read,
        "input_tokens_details": {
            "cache_write_tokens": _count(details, "cache_write_tokens"),
            "cached_tokens": _count(details, "cached_tokens"),
        },
        "output_tokens": written,
        "output_tokens_details": {
            "reasoning_tokens": _count(usage.get("completion_tokens_details"), "reasoning_tokens")
        },
        "total_tokens": _count(usage, "total_tokens") or read + written,
    }


def _count(usage: JSON, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) else 0


def _id() -> str:
    return new_id().replace("-", "")
