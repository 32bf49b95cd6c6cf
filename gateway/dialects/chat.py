"""OpenAI's chat completions.

Shapes: https://platform.openai.com/docs/api-reference/chat
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from gateway.dialects import fields
from gateway.dialects.chat_thoughts import may_have, sealed, without_masked_thoughts
from gateway.dialects.choices import Choices
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import KINDS, named, readable, text_of
from gateway.dialects.toolresults import results_in
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.documents import Chunk
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path


class ChatDialect(Choices):
    """`POST /v1/chat/completions`."""

    name = "chat.completions"
    path = "/chat/completions"
    annotates = True

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Thoughts that were masked when they were answered are left out, as in messages. Raises `BadRequest` with the
        path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        _check_messages(body.get("messages"))
        request = fields.parse(without_masked_thoughts(body), self, arrival)
        found = tuple(_found(_messages(request.raw)))
        return replace(request, documents=(*request.documents, *found)) if found else request

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for number, name in enumerate(raw):
            if name == "messages":
                for position, message in enumerate(_messages(raw)):
                    kind = KINDS.get(cast(str, message.get("role")), "other")
                    found = readable(message, ("messages", position), kind)
                    if kind == "history" and may_have(message):
                        found = (sealed(text, message, text.path[2:]) for text in found)
                    yield from found
            elif name != "model":
                yield from named(raw, name, number)

    def question(self, raw: Object) -> str:
        """Return the text of the last user message."""
        for message in reversed(_messages(raw)):
            if message.get("role") == "user":
                return text_of(message.get("content"))
        return ""

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Return *raw* with a user's message that says *text* before the user's last one, and where the text stands."""
        messages = _messages(raw)
        at = max((i for i, message in enumerate(messages) if message.get("role") == "user"), default=len(messages))
        message: Object = {"role": "user", "content": text}
        return {**raw, "messages": [*messages[:at], message, *messages[at:]]}, ("messages", at, "content")


CHAT = ChatDialect()


def _found(messages: Sequence[Object]) -> Iterator[Chunk]:
    """Yield the documents in the results of tools, each in its place."""
    tools: dict[str, JSON] = {}
    for position, message in enumerate(messages):
        if message.get("role") == "assistant":
            tools |= _called(message.get("tool_calls"))
        elif message.get("role") in ("tool", "function"):
            name = message.get("name") or tools.get(str(message.get("tool_call_id")))
            for text in readable(message.get("content"), ("messages", position, "content"), "tool"):
                yield from results_in(text.value, text.path, name if isinstance(name, str) else "tool")


def _called(calls: JSON) -> dict[str, JSON]:
    """Return the names of the functions that *calls* ask for, by the calls' ids."""
    named: dict[str, JSON] = {}
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(call, dict) and isinstance(function, dict) and isinstance(call.get("id"), str):
            named[cast(str, call["id"])] = function.get("name")
    return named


def _messages(raw: Object) -> list[Object]:
    return cast("list[Object]", raw["messages"])


def _check_messages(messages: JSON) -> None:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' must be a list of at least one message.", param="messages", code="invalid_type")
    for position, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(
                "Each message must be an object with a 'role'.", param=f"messages[{position}]", code="invalid_type"
            )
