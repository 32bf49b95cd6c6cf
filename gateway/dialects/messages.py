"""Anthropic's messages.

Shapes: https://docs.anthropic.com/en/api/messages
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from gateway.dialects import fields
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.messages_answers import MessagesAnswers
from gateway.dialects.messages_blocks import field_texts, message_texts, without_masked_thoughts
from gateway.dialects.messages_documents import declared_in, withheld
from gateway.dialects.texts import text_of
from gateway.dialects.typed import mapping, string
from gateway.domain.chat import ChatRequest, Delta, Fragment, Text
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path


class MessagesDialect(MessagesAnswers):
    """`POST /v1/messages`."""

    name = "messages"
    path = "/messages"

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Its document blocks, search results and what tools have found are its documents, beside those that it declares
        in Lineward's own way; they stand in it already. Thoughts that were masked when they were answered are left out:
        nobody has signed what stands in them now. Raises `BadRequest` with the path of the offending field,
        `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        _check_messages(body.get("messages"))
        body = without_masked_thoughts(body)
        request = fields.parse(body, self, arrival)
        metadata = body.get("metadata")
        user = string(metadata, "user_id", at="metadata.") if isinstance(metadata, dict) else ""
        return replace(
            request,
            documents=(*request.documents, *declared_in(messages(request.raw))),
            end_user=user or request.end_user,
        )

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for number, name in enumerate(raw):
            if name == "messages":
                for position, message in enumerate(messages(raw)):
                    yield from message_texts(message, ("messages", position))
            elif name != "model":
                yield from field_texts(raw, name, number)

    def question(self, raw: Object) -> str:
        """Return the text of the user's last message that has one: a message of tool results has none."""
        texts = (text_of(message.get("content")) for message in reversed(messages(raw)) if message["role"] == "user")
        return next(filter(None, texts), "")

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Return *raw* with a user's message that says *text* before the user's last one, and where the text stands.

        A message with the results of tools is not the one: nothing may come between them and the calls.
        """
        known = messages(raw)
        at = max((position for position, message in enumerate(known) if _is_users(message)), default=0)
        message: Object = {"role": "user", "content": text}
        return {**raw, "messages": [*known[:at], message, *known[at:]]}, ("messages", at, "content")

    def withheld(self, block: JSON, notice: str) -> JSON:
        """Return what stands for *block* and says *notice*: a block of its kind, since answers cite them by number."""
        return withheld(block, notice)


class TokenCountDialect(MessagesDialect):
    """`POST /v1/messages/count_tokens`: the request of a message, answered with how long it is."""

    name = "messages.count_tokens"
    path = "/messages/count_tokens"

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return what is no number."""
        return self.strays(delta.raw)

    def is_answer(self, raw: Object) -> bool:
        """Return whether the body *raw* counts tokens."""
        return isinstance(raw.get("input_tokens"), int)


MESSAGES = MessagesDialect()
TOKEN_COUNT = TokenCountDialect()


def messages(raw: Object) -> list[Object]:
    """Return the messages of the body *raw*."""
    return cast("list[Object]", raw["messages"])


def _is_users(message: Object) -> bool:
    content = message.get("content")
    blocks = content if isinstance(content, list) else ()
    results = (isinstance(block, dict) and block.get("type") == "tool_result" for block in blocks)
    return message["role"] == "user" and not any(results)


def _check_messages(given: JSON) -> None:
    if not isinstance(given, list) or not given:
        raise BadRequest("'messages' must be a list of at least one message.", param="messages", code="invalid_type")
    for position, message in enumerate(given):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(
                "Each message must be an object with a 'role'.", param=f"messages[{position}]", code="invalid_type"
            )
