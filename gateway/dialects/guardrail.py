"""LiteLLM's Generic Guardrail API: the texts of a request or of an answer, on their way through another gateway.

Shapes: https://docs.litellm.ai/docs/adding_provider/generic_guardrail_api
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, cast
from uuid import UUID

from gateway.dialects.bodies import Bodies
from gateway.dialects.choices import calls_in
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import KINDS, readable
from gateway.dialects.typed import mapping, names, string
from gateway.domain.chat import Call, ChatRequest, Delta, Fragment, Text
from gateway.domain.errors import BadRequest
from gateway.domain.findings import Where
from gateway.domain.json import JSON, Object, Path, place, replaced, strings

UNNAMED = "litellm"
"""Model of texts that come without one."""

_MENTION = "text"
"""The only key of what stands in a message for one of the texts; its value is a number, which no API has there."""

_ABOUT = frozenset({"additional_provider_specific_params", "input_type", "litellm_call_id", "litellm_trace_id",
                    "litellm_version", "model", "request_data", "request_headers"})  # fmt: skip
"""Fields that tell about the call; no model reads them."""


@dataclass(frozen=True, slots=True)
class GuardrailDialect(Bodies):
    """One direction of `POST /beta/litellm_basic_guardrail_api`."""

    is_answer_given: bool = False
    """Whether the texts are an answer: then they are judged as one, and not as a prompt."""

    name: ClassVar[str] = "litellm_guardrail"
    path: ClassVar[str] = "/beta/litellm_basic_guardrail_api"
    results: ClassVar[frozenset[str]] = frozenset({"texts"})

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        The calls before and after the model share their trace id and their conversation. Raises `BadRequest` with the
        path of the offending field.
        """
        body = mapping(body)
        kind = body.get("input_type")
        if kind not in ("request", "response"):
            raise BadRequest("'input_type' must be 'request' or 'response'.", param="input_type", code="invalid_value")
        names(body.get("texts"), "texts")
        _check_messages(body.get("structured_messages"))
        about = body.get("request_data") or {}
        if not isinstance(about, dict):
            raise BadRequest("'request_data' must be an object.", param="request_data", code="invalid_type")
        call = string(body, "litellm_call_id")
        raw: Object = {name: value for name, value in body.items() if name not in _ABOUT and value is not None}
        return ChatRequest(
            raw=raw if kind == "response" else _once(raw),
            model=string(body, "model") or UNNAMED,
            dialect=ANSWER if kind == "response" else PROMPT,
            conversation=(string(body, "litellm_trace_id") or call)[:256],
            end_user=_person(about),
            digest=arrival.digest,
            trace_id=_trace_id(call) if call else arrival.trace_id,
        )

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, each once; of an answer none."""
        if self.is_answer_given:
            return
        messages = cast("list[Object]", raw.get("structured_messages") or [])
        kinds = {number: _kind(message) for message in messages for _, number in mentions(message)}
        for position, text in enumerate(cast("list[str]", raw.get("texts") or [])):
            yield Text(("texts", position), text, kinds.get(position, "user"))
        for position, message in enumerate(messages):
            yield from readable(message, ("structured_messages", position), _kind(message))
        for name, value in raw.items():
            if name not in ("texts", "structured_messages"):
                yield from readable({name: value}, (), "other")

    def question(self, raw: Object) -> str:
        """Return the last text of the user."""
        return next((text.value for text in reversed([*self.texts(raw)]) if text.kind == "user"), "")

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return the strings of an answer. Those of a prompt have been judged before they came here."""
        if not self.is_answer_given:
            return []
        found: list[Fragment] = []
        for path, text in self.texts_of(delta.raw):
            if text:
                is_call = path[0] == "tool_calls"
                where = Where.TOOL_CALL if is_call else Where.RESPONSE
                is_json = is_call and path[-1] == "arguments"
                found.append(Fragment((-1, place(path)), path, text, False, where, is_json))
        return found

    def calls(self, delta: Delta) -> list[Call]:
        """Return the tool calls of an answer."""
        return calls_in(delta.raw.get("tool_calls"), "tool_calls") if self.is_answer_given else []


PROMPT = GuardrailDialect()
ANSWER = GuardrailDialect(is_answer_given=True)


def mentions(value: JSON, at: Path = ()) -> Iterator[tuple[Path, int]]:
    """Yield where in *value*, which stands at *at*, one of the texts is meant, and its number."""
    if isinstance(value, dict):
        number = value.get(_MENTION)
        if isinstance(number, int) and len(value) == 1:
            yield at, number
        else:
            for name, item in value.items():
                yield from mentions(item, (*at, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from mentions(item, (*at, position))


def _once(raw: Object) -> Object:
    """Return *raw* with each string in it once: in the texts, or else in the messages, or else where it stands.

    LiteLLM sends most of them several times. A message that holds one of the texts mentions it by its number.
    """
    numbers = {text: number for number, text in enumerate(cast("list[str]", raw.get("texts") or []))}
    messages = raw.get("structured_messages")
    said = {text for _, text in strings(messages)} if messages else set()
    rest: Object = {name: _without(raw[name], said) for name in ("tool_calls", "images") if name in raw}
    if messages:
        meant: dict[Path, JSON] = {
            path: {_MENTION: numbers[text]} for path, text in strings(messages) if text in numbers
        }
        rest["structured_messages"] = replaced(messages, meant)
    return {**raw, **rest}


def _without(items: JSON, said: set[str]) -> JSON:
    """Return those of *items* that hold a string that was not *said* before."""
    every = items if isinstance(items, list) else [items]
    return [item for item in every if any(text not in said for _, text in strings(item))]


def _kind(message: Object) -> str:
    return KINDS.get(str(message.get("role")), "other")


def _check_messages(messages: JSON) -> None:
    if messages is None:
        return
    are_messages = isinstance(messages, list) and all(isinstance(message, dict) for message in messages)
    if not are_messages or any(mentions(messages)):
        param = "structured_messages"
        raise BadRequest(f"'{param}' must be a list of messages.", param=param, code="invalid_type")


def _person(about: Object) -> str:
    """Return who asks, as LiteLLM knows them."""
    for name in ("user_api_key_end_user_id", "user_api_key_user_id"):
        value = about.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _trace_id(call: str) -> str:
    """Return the trace id that both halves of a *call* have: its own digits, or a digest of another kind of name."""
    try:
        return UUID(call).hex
    except ValueError:
        return sha256(call.encode("utf-8", "surrogatepass")).hexdigest()[:32]
