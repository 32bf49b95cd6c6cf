"""OpenAI's responses.

Shapes: https://platform.openai.com/docs/api-reference/responses
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from gateway.dialects import fields
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.filesearch import searched
from gateway.dialects.items import found_by_tools, item_texts
from gateway.dialects.outputs import Outputs
from gateway.dialects.texts import named, text_of
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Cites, Text
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path

PREVIOUS = "previous_response_id"
"""Field that names the answer which a request goes on from."""

_KINDS = {"input": "user", "instructions": "system"}
"""Whose words the fields beside the items are."""


class ResponsesDialect(Outputs):
    """`POST /v1/responses`."""

    name = "responses"
    path = "/responses"

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        _check(body)
        body, searches, wanted = searched(body, arrival.collections)
        request = fields.parse(_without_logprobs(body), self, arrival, searches)
        cites = request.cites | ({Cites.ANNOTATIONS, *wanted} if searches else set())
        return replace(request, cites=cites, documents=(*request.documents, *found_by_tools(items(request.raw))))

    def continued(self, request: ChatRequest, earlier: Sequence[Object]) -> ChatRequest:
        """Return *request* with the *earlier* items in front of its own, instead of the id that stands for them."""
        known = [*earlier, *items(request.raw)]
        raw: Object = {name: value for name, value in request.raw.items() if name != PREVIOUS}
        brought = [chunk for chunk in request.documents if not chunk.in_place]
        return replace(request, raw={**raw, "input": [*known]}, documents=(*brought, *found_by_tools(known)))

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for number, (name, value) in enumerate(raw.items()):
            if name == "input" and isinstance(value, list):
                for position, item in enumerate(value):
                    yield from item_texts(item, ("input", position))
            elif name != "model":
                yield from named(raw, name, number, _KINDS.get(name, "other"))

    def question(self, raw: Object) -> str:
        """Return the text of the last user message."""
        for item in reversed(items(raw)):
            if is_users(item):
                return text_of(item.get("content"))
        return ""

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Return *raw* with a user's message that says *text* before the user's last one, and where the text stands."""
        known = items(raw)
        at = max((position for position, item in enumerate(known) if is_users(item)), default=len(known))
        message: Object = {"role": "user", "content": text}
        return {**raw, "input": [*known[:at], message, *known[at:]]}, ("input", at, "content")

    def withheld(self, block: JSON, notice: str) -> JSON:
        """Return what stands for *block*, a search's result or a part of a message, and says *notice*."""
        is_part = isinstance(block, dict) and "type" in block
        return {"type": "input_text", "text": notice} if is_part else {"text": notice}


RESPONSES = ResponsesDialect()


def items(raw: Object) -> list[Object]:
    """Return the items of the body *raw*'s `input`; a text is one message of the user."""
    given = raw.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return cast("list[Object]", given or [])


def is_users(item: Object) -> bool:
    """Return whether *item* is a message of the user."""
    return item.get("role") == "user" and item.get("type", "message") == "message"


def _check(body: Object) -> None:
    given = body.get("input")
    if not isinstance(given, str | list | None):
        raise BadRequest("'input' must be a text or a list of items.", param="input", code="invalid_type")
    for position, item in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(item, dict):
            raise BadRequest("Each item of 'input' must be an object.", param=f"input[{position}]", code="invalid_type")
    if given in (None, "", []) and not (body.get("prompt") or body.get(PREVIOUS)):
        raise BadRequest("'input' is needed: a text or at least one item.", param="input", code="missing_input")
    if not isinstance(body.get(PREVIOUS), str | None):
        raise BadRequest(f"'{PREVIOUS}' must be a string.", param=PREVIOUS, code="invalid_type")
    if body.get("background"):
        raise BadRequest(
            "An answer in the background cannot be fetched here later; leave 'background' out, or stream.",
            param="background",
            code="unsupported_parameter",
        )


def _without_logprobs(body: Object) -> Object:
    """Return *body* without the log-probabilities of earlier answers.

    They spell a text token by token, past what any detector can see, and no model reads them.
    """
    given = body.get("input")
    if not isinstance(given, list) or not any(map(_probable, given)):
        return body
    return {**body, "input": [bare(cast(Object, item)) for item in given]}


def bare(item: Object) -> Object:
    """Return *item* of a conversation without log-probabilities."""
    if not _probable(item):
        return item
    content = cast("list[JSON]", item["content"])
    return {**item, "content": [_part(part) for part in content]}


def _probable(item: JSON) -> bool:
    content = item.get("content") if isinstance(item, dict) else None
    return isinstance(content, list) and any(isinstance(part, dict) and part.get("logprobs") for part in content)


def _part(part: JSON) -> JSON:
    if not isinstance(part, dict):
        return part
    return {name: value for name, value in part.items() if name != "logprobs"}
